import { randomInt } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../src/database/client.ts';
import {
  createDemoStorefront,
  type DemoStorefront,
} from '../../src/demo-storefront/create-demo-storefront.ts';
import { wellBehaved } from '../../src/demo-storefront/control.ts';
import { CHECKLIST } from '../../src/domain/checklist.ts';
import { openCanary } from '../../src/gate/open-canary.ts';
import { readGate } from '../../src/gate/read-gate.ts';
import { rollBack } from '../../src/gate/roll-back.ts';
import { closeGently } from '../../src/process/close-gently.ts';
import type { RunningWorker } from '../../src/worker/run-worker.ts';
import { foldFeed } from '../support/faults/oracle.ts';
import { say } from '../support/faults/parts.ts';
import { testProduct, type Product } from '../support/product.ts';
import { replay } from '../support/replay.ts';
import { until } from '../support/until.ts';
import { shopAt } from '../support/shop-at.ts';
import { flagsAfter, keepJournal, PAST, readJournal, type Entry } from '../gate/journal.ts';
import { wrongAttempts, wrongOpening, wrongWidening } from '../gate/journal-rules.ts';
import { closedTenant, command } from '../gate/launch.ts';
import { age } from '../gate/published-event.ts';
import {
  act,
  action,
  BUSINESS_DAY,
  confirm,
  type Action,
  type Scene,
  type Told,
} from '../gate/random-clients.ts';
import { wrongRequests } from '../gate/request-rules.ts';

/**
 * Random launches by eight clients at a time and more, held against what the database noted of them, change by change,
 * and against the storefront's own log. The full size, and one run again:
 *
 *     GATE_SEQUENCES=200 npx vitest run test/faults/gate-random-sequences.long.test.ts
 *     GATE_SEED=12345 npx vitest run test/faults/gate-random-sequences.long.test.ts
 */
const SEQUENCES = Number(process.env.GATE_SEQUENCES ?? 4);
const SEED = Number(process.env.GATE_SEED ?? randomInt(2 ** 30));
const CLIENTS = { minLength: 8, maxLength: 12 };
/** Sequences under way at a time, each with a tenant and a storefront of its own. */
const LANES = 2;
const CONNECTIONS = 2 * CLIENTS.maxLength;
const SECRET = Buffer.alloc(32, 7);
const SETTLE_MS = 120_000;

let product: Product;
let clients: Database;
let worker: RunningWorker | undefined;
/** Sequences that want the one worker stopped. */
const stoppedBy = new Set<string>();
let changing = Promise.resolve();
let no = 0;
const seen = { opened: 0, widened: 0, rolledBack: 0, attempts: 0, events: 0, launched: 0 };

beforeAll(async () => {
  say(`GATE_SEED=${SEED} GATE_SEQUENCES=${SEQUENCES}`);
  product = await testProduct();
  clients = openDatabase(product.url, { connections: CONNECTIONS });
  // A pool that is still connecting takes longer to begin a transaction than the product waits.
  await Promise.all(Array.from({ length: CONNECTIONS }, () => clients.$executeRaw`SELECT pg_sleep(0.5)`));
  await keepJournal(product);
  worker = await product.startWorker();
});
afterAll(async () => {
  await clients?.$disconnect();
  await product?.close();
});

/** One after the other: a worker is started or stopped when the last one that asked for the opposite has its way. */
function setWorker(tenant: string, runs: boolean): Promise<void> {
  if (runs) stoppedBy.delete(tenant);
  else stoppedBy.add(tenant);
  changing = changing.then(async () => {
    if (stoppedBy.size > 0) {
      await worker?.stop();
      worker = undefined;
    } else worker ??= await product.startWorker();
  });
  return changing;
}

/** Status says what the model says of the flags. */
async function expectStatus(tenant: string): Promise<void> {
  const flags = flagsAfter(await readJournal(product, tenant));
  const status = await readGate(clients, tenant);
  expect({
    state: status?.state,
    suppliers: new Map(status?.suppliers.map(({ supplier, state }) => [supplier, state])),
  }).toEqual(flags);
}

/** A step of a sequence: so many clients at once. */
class Step implements fc.AsyncCommand<Told, Scene> {
  readonly actions: readonly Action[];

  constructor(actions: readonly Action[]) {
    this.actions = actions;
  }

  check(): boolean {
    return true;
  }

  async run(told: Told, scene: Scene): Promise<void> {
    const outcomes = await Promise.allSettled(this.actions.map((what) => act(scene, told, what)));
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
    await expectStatus(scene.tenant);
  }

  toString(): string {
    return JSON.stringify(this.actions);
  }
}

async function openScene(): Promise<Scene & { close(): Promise<void> }> {
  const tenant = `launch-${(no += 1)}`;
  const storefront: DemoStorefront = createDemoStorefront({
    secrets: { '*': SECRET },
    readItem: async ({ itemId }) => {
      const item = await clients.catalogItem.findUnique({ where: { itemId } });
      return item ? { quantity: item.quantity, version: item.version } : undefined;
    },
  });
  await storefront.listen({ host: '127.0.0.1', port: 0 });
  const storefrontUrl = `http://127.0.0.1:${(storefront.server.address() as AddressInfo).port}`;
  await closedTenant(clients, tenant, ['acme', 'globex']);
  await shopAt(product.sql, storefrontUrl, tenant);
  await writePast(tenant);
  return {
    tenant,
    database: clients,
    storefront,
    storefrontUrl,
    setWorker: (runs) => setWorker(tenant, runs),
    close: async () => {
      await rollBack(clients, { tenant, actor: 'test', reason: 'the end' });
      await setWorker(tenant, true);
      await closeGently(storefront);
    },
  };
}

/** Enough calls for every signal to say something, all at once: no worker gets to see it half done. */
async function writePast(tenant: string): Promise<void> {
  await product.sql(`DO $$
    DECLARE e record; s record; b record;
    BEGIN
      UPDATE tenant SET state = 'canary' WHERE id = '${tenant}';
      UPDATE supplier SET state = 'open' WHERE tenant_id = '${tenant}';
      PERFORM record_supplier_events('${tenant}', 'acme', (
        SELECT jsonb_agg(jsonb_build_object('eventId', '${PAST}' || i, 'sku', '${PAST}' || i, 'quantity', 7,
                 'updatedAtUs', '1780000000000000', 'workflowId', 'sync:${tenant}:' || i)) FROM generate_series(1, 205) i));
      FOR e IN SELECT seq, workflow_id, sku FROM supplier_event WHERE tenant_id = '${tenant}' ORDER BY seq LOOP
        SELECT * INTO s FROM save_catalog_item(e.seq, '${tenant}:' || e.sku, e.sku, NULL);
        SELECT * INTO b FROM begin_publish_attempt(e.seq, '${tenant}:' || e.sku, s.version, e.workflow_id, 'msg', NULL);
        PERFORM finish_publish_attempt(b.attempt_id, 'accepted', 200, NULL);
      END LOOP;
      UPDATE supplier_event SET start_count = 1, start_due_us = NULL WHERE tenant_id = '${tenant}';
      UPDATE tenant SET state = 'closed' WHERE id = '${tenant}';
      UPDATE supplier SET state = 'closed' WHERE tenant_id = '${tenant}';
    END $$`);
  await age(product, tenant, 95);
}

/** Mends everything, goes forward, and waits until nothing is left to do. */
async function goForward(scene: Scene, since: bigint): Promise<void> {
  const { tenant, storefront } = scene;
  storefront.control = wellBehaved();
  await scene.setWorker(true);
  await rollBack(clients, { tenant, actor: 'test', reason: 'before the end' });
  await clients.supplierEvent.updateMany({
    where: { tenantId: tenant, eventId: `${PAST}7` },
    data: { quantity: 7 },
  });
  for (const name of CHECKLIST) await confirm(scene, name);
  const suppliers = (await clients.supplier.findMany({ where: { tenantId: tenant } })).map(({ id }) => id);
  await openCanary(clients, { ...(await command(clients, tenant)), suppliers, reason: 'at the end' });
  const settled = (): Promise<unknown> =>
    until(async () => {
      const waiting = await clients.supplierEvent.count({
        where: {
          tenantId: tenant,
          OR: [{ decision: null }, { startDueUs: { not: null } }, { heldAtUs: { not: null } }],
        },
      });
      return waiting === 0;
    }, SETTLE_MS);
  await settled();
  const rejected = await clients.supplierEvent.count({
    where: { tenantId: tenant, failureMode: 'publish_rejected' },
  });
  if (rejected > 0) {
    const { status } = await replay(clients, { tenant, since });
    expect(status).toMatchObject({ state: 'completed', events: { failed: 0 } });
    await settled();
  }
}

/** @returns a line for each thing that is wrong */
async function findWrong({ tenant, storefront, storefrontUrl }: Scene, told: Told): Promise<string[]> {
  const wrong: string[] = [];
  const entries = await readJournal(product, tenant);
  wrong.push(
    ...wrongAttempts(entries),
    ...wrongRequests(entries, storefront.requests.after(0), told.rollbacks),
  );
  for (const entry of entries) wrong.push(...(await wrongChange(tenant, entries, entry)));

  const rows = await clients.supplierEvent.findMany({ where: { tenantId: tenant } });
  const ledger = new Map(rows.map((row) => [row.eventId, row]));
  for (const { eventId } of told.acknowledged) {
    const decision = ledger.get(eventId)?.decision;
    if (decision !== 'won' && decision !== 'superseded') wrong.push(`${eventId} is lost: ${decision}`);
  }
  for (const [itemId, { quantity, supplier, eventId }] of foldFeed(told.acknowledged)) {
    const item = await clients.catalogItem.findUnique({ where: { itemId } });
    const wanted = `${quantity} of ${supplier}/${eventId}`;
    const kept = `${item?.quantity} of ${item?.supplierId}/${item?.eventId}`;
    if (kept !== wanted) wrong.push(`${itemId}: the catalog has ${kept}, not ${wanted}`);
    const answer = await fetch(`${storefrontUrl}/items/${encodeURIComponent(itemId)}`);
    const shown = (await answer.json()) as { quantity?: number };
    if (shown.quantity !== quantity)
      wrong.push(`${itemId}: the shop shows ${shown.quantity}, not ${quantity}`);
    const last = storefront.requests
      .after(0)
      .findLast((one) => one.itemId === itemId && one.answer === 'accepted');
    if (last?.quantity !== quantity)
      wrong.push(`${itemId}: the shop was told ${last?.quantity}, not ${quantity}`);
  }
  seen.events += told.acknowledged.length;
  return wrong;
}

/** Each opening and widening against what was there to be seen when it was made. */
async function wrongChange(tenant: string, entries: readonly Entry[], { no: number, xid, what, row }: Entry) {
  if (what === 'publish_attempt') seen.attempts += 1;
  if (what !== 'audit_entry') return [];
  const before = flagsAfter(
    entries.slice(
      0,
      entries.findIndex((one) => one.xid === xid),
    ),
  );
  const named = (wrong: string[]): string[] =>
    wrong.map((line) => `entry ${number}, ${String(row['action'])}: ${line}`);
  switch (row['action']) {
    case 'gate.open':
      seen.opened += 1;
      return named(wrongOpening(before, await readJournal(product, tenant, number)));
    case 'gate.widen': {
      seen.widened += 1;
      if ((row['after'] as { tenant?: string }).tenant === 'open') seen.launched += 1;
      const supplier = String(row['subject']).split('/').at(-1) ?? '';
      return named(
        wrongWidening(supplier, before, await readJournal(product, tenant, number), BUSINESS_DAY * 1_000_000),
      );
    }
    case 'gate.rollback':
      seen.rolledBack += 1;
      return [];
    default:
      return [];
  }
}

async function runLane(lane: number): Promise<void> {
  const steps = fc.commands<Told, Scene, false>(
    [fc.array(action, CLIENTS).map((actions) => new Step(actions))],
    {
      maxCommands: 5,
      size: 'max',
    },
  );
  await fc.assert(
    fc.asyncProperty(
      steps.filter((all) => [...all].length >= 2),
      async (all) => {
        const scene = await openScene();
        try {
          const told: Told = { acknowledged: [], rollbacks: [], no: 0 };
          const since = BigInt(Date.now()) * 1000n - 1_000_000n;
          await fc.asyncModelRun(() => ({ model: told, real: scene }), all);
          await goForward(scene, since);
          expect(await findWrong(scene, told)).toEqual([]);
        } finally {
          await scene.close();
        }
      },
    ),
    { seed: SEED + lane, numRuns: Math.ceil(SEQUENCES / LANES), endOnFailure: true },
  );
}

it(
  'whatever clients do at once, nothing is published while closed, nothing opens without its conditions, and nothing is lost',
  async () => {
    await Promise.all(Array.from({ length: LANES }, (_, lane) => runLane(lane)));
    say(`seen: ${JSON.stringify(seen)}`);
    // Else the rest would say nothing.
    expect(Math.min(seen.opened, seen.rolledBack, seen.attempts)).toBeGreaterThan(0);
  },
  Math.max(300_000, SEQUENCES * 20_000),
);
