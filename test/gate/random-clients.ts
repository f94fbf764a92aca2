import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import type { Database } from '../../src/database/client.ts';
import type { SampleOptions } from '../../src/gate/sample-tenants.ts';
import { wellBehaved, type Control } from '../../src/demo-storefront/control.ts';
import type { DemoStorefront } from '../../src/demo-storefront/create-demo-storefront.ts';
import { CHECKLIST } from '../../src/domain/checklist.ts';
import { seconds } from '../../src/domain/time.ts';
import { FlagError } from '../../src/flags/set-state.ts';
import { addSupplier } from '../../src/flags/suppliers.ts';
import { approveTrace } from '../../src/gate/approve-trace.ts';
import { GateRefused } from '../../src/gate/carry-out.ts';
import { confirmChecklist } from '../../src/gate/checklist.ts';
import { openCanary } from '../../src/gate/open-canary.ts';
import { readGate } from '../../src/gate/read-gate.ts';
import { rollBack, type RolledBack } from '../../src/gate/roll-back.ts';
import { sampleTenants } from '../../src/gate/sample-tenants.ts';
import { widenSupplier } from '../../src/gate/widen-supplier.ts';
import { probeStorefronts } from '../../src/signals/probe/probe-storefronts.ts';
import type { FeedEvent } from '../support/faults/feed.ts';
import { record } from '../support/record.ts';
import { command } from './launch.ts';
import { PAST } from './journal.ts';

export const SUPPLIERS = ['acme', 'globex', 'initech'] as const;
/** In seconds; a launch of a real length would take a day each. */
export const BUSINESS_DAY = 0.2;
const settings: SampleOptions['settings'] = { sampleSeconds: 1, businessDaySeconds: BUSINESS_DAY };
const START = seconds(1_785_000_000);

const FAULTS: Record<string, Partial<Control>> = {
  well: {},
  failing: { failStatus: 503, failRatio: 0.4 },
  rejecting: { rejectReason: 'told to reject', rejectRatio: 0.3 },
  slow: { delayMs: 150 },
};

const supplier = fc.constantFrom(...SUPPLIERS);
/** What a client does in a step. The last supplier is not there from the beginning. */
export const action = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant('event' as const),
      supplier,
      item: fc.integer({ min: 0, max: 5 }),
      quantity: fc.integer({ min: 0, max: 3 }),
      second: fc.integer({ min: 0, max: 20 }),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('sample' as const), probe: fc.boolean() }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('launch' as const), supplier }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('open' as const),
      suppliers: fc.subarray([...SUPPLIERS], { minLength: 1 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('widen' as const), supplier }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('approve' as const),
      explanation: fc.constantFrom('', 'the newest wins'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('confirm' as const), name: fc.constantFrom(...CHECKLIST) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('rollback' as const), supplier: fc.option(supplier) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('add' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('miss' as const), there: fc.boolean() }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('storefront' as const),
      fault: fc.constantFrom('well', 'well', 'well', 'slow', 'slow', 'failing', 'rejecting'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('worker' as const), runs: fc.boolean() }) },
);
export type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** What one sequence goes on in. */
export interface Scene {
  tenant: string;
  database: Database;
  storefront: DemoStorefront;
  storefrontUrl: string;
  setWorker(runs: boolean): Promise<void>;
}

/** What the clients have been told. */
export interface Told {
  acknowledged: FeedEvent[];
  rollbacks: { reason: string; answer: RolledBack }[];
  no: number;
}

/** Does it. A refusal is an answer, too, and so is that the database is too busy; whatever else goes wrong is thrown. */
export async function act(scene: Scene, told: Told, what: Action): Promise<void> {
  await doIt(scene, told, what).catch((error: unknown) => {
    if (!/Unable to start a transaction in the given time/.test(String(error))) throw error;
  });
}

async function doIt(scene: Scene, told: Told, what: Action): Promise<void> {
  const { tenant, database, storefront } = scene;
  const reason = `change ${(told.no += 1)}`;
  const by = { tenant, actor: 'ada', reason };
  const given = async () => ({ ...(await command(database, tenant)), reason });
  switch (what.kind) {
    case 'event':
      return send(scene, told, what);
    case 'sample':
      return sample(scene, what.probe);
    case 'launch':
      return launch(scene, told, what.supplier);
    case 'open':
      return refusable(async () => {
        await openCanary(database, { ...(await given()), suppliers: what.suppliers });
        await letTimeGoBy(scene);
      });
    case 'widen':
      return refusable(async () =>
        widenSupplier(database, settings, { ...(await given()), supplier: what.supplier }),
      );
    case 'approve':
      return approve(scene, what.explanation);
    case 'confirm':
      return confirm(scene, what.name);
    case 'rollback':
      return refusable(async () => {
        const answer = await rollBack(database, {
          ...by,
          ...(what.supplier !== null && { supplier: what.supplier }),
        });
        told.rollbacks.push({ reason, answer });
      });
    case 'add':
      return refusable(() =>
        addSupplier(database, ringOf(Buffer.alloc(32, 1)), { ...by, supplier: 'initech' }),
      );
    case 'miss':
      // Untraceable: an event of the past is altered.
      await database.supplierEvent.updateMany({
        where: { tenantId: tenant, eventId: `${PAST}7` },
        data: { quantity: what.there ? 9 : 7 },
      });
      return;
    case 'storefront':
      storefront.control = { ...wellBehaved(), ...FAULTS[what.fault] };
      return;
    case 'worker':
      return scene.setWorker(what.runs);
  }
}

export async function refusable(work: () => Promise<unknown>): Promise<void> {
  await work().catch((error: unknown) => {
    if (!(error instanceof GateRefused || error instanceof FlagError)) throw error;
  });
}

/** Trace coverage says nothing before the flags have been open for 90 s; the past is old enough. */
async function letTimeGoBy({ tenant, database }: Scene): Promise<void> {
  const ago = seconds(95);
  await database.$executeRaw`UPDATE tenant SET opened_at_us = opened_at_us - ${ago} WHERE id = ${tenant}`;
  await database.$executeRaw`UPDATE supplier SET opened_at_us = opened_at_us - ${ago} WHERE tenant_id = ${tenant}`;
}

/** @param name the checklist's; whatever the evidence */
export async function confirm({ tenant, database }: Scene, name: (typeof CHECKLIST)[number]): Promise<void> {
  const key = { tenantId: tenant, name };
  const content = { confirmedBy: 'ada', reference: 'https://tickets.example.com/12' };
  // A replay for each tenant would take longer than all the rest.
  if (name === 'replay-tested') {
    await database.checklistItem.upsert({
      where: { tenantId_name: key },
      create: { ...key, ...content },
      update: content,
    });
  } else await confirmChecklist(database, { tenant, name, actor: 'ada', reference: content.reference });
}

async function send(
  { tenant, database }: Scene,
  told: Told,
  what: { supplier: string; item: number; quantity: number; second: number },
): Promise<void> {
  const event: FeedEvent = {
    supplier: what.supplier,
    eventId: `event-${(told.no += 1)}`,
    sku: `ITEM-${what.item}`,
    quantity: what.quantity,
    updatedAt: START + seconds(what.second),
    itemId: `${tenant}:ITEM-${what.item}`,
  };
  // The intake turns away a supplier that is not there yet.
  if (
    !(await database.supplier.findUnique({
      where: { tenantId_id: { tenantId: tenant, id: event.supplier } },
    }))
  )
    return;
  await record(database, tenant, event.supplier, [event]);
  told.acknowledged.push(event);
}

async function sample({ tenant, database, storefrontUrl }: Scene, probe: boolean): Promise<void> {
  if (probe)
    await probeStorefronts(database, {
      tenants: [tenant],
      defaultStorefrontUrl: storefrontUrl,
      withinMs: 2_000,
    });
  for (const { failure } of await sampleTenants(database, [tenant], { settings })) if (failure) throw failure;
}

async function approve({ tenant, database }: Scene, explanation: string): Promise<void> {
  const status = await readGate(database, tenant);
  for (const review of status?.reviews ?? []) {
    if (review.approvedAt !== null) continue;
    const { eventId, supplier: whose } = review;
    await refusable(async () =>
      approveTrace(database, { ...(await command(database, tenant)), eventId, supplier: whose, explanation }),
    );
  }
}

/** Somebody who wants the supplier open, and does all that it takes, while others do what they do. */
async function launch(scene: Scene, told: Told, wanted: (typeof SUPPLIERS)[number]): Promise<void> {
  const { tenant, database } = scene;
  for (const name of CHECKLIST) await confirm(scene, name);
  await act(scene, told, { kind: 'open', suppliers: ['acme'] });
  const from = told.acknowledged.length;
  for (let item = 0; item < 4; item += 1) {
    await send(scene, told, { supplier: 'acme', item, quantity: 5, second: 30 + (told.no % 50) });
  }
  const ids = told.acknowledged.slice(from).map(({ eventId }) => eventId);
  for (let look = 0; look < 20; look += 1) {
    const open = await database.supplierEvent.count({
      where: { tenantId: tenant, eventId: { in: ids }, startDueUs: { not: null } },
    });
    if (open === 0) break;
    await sleep(50);
  }
  for (let round = 0; round < 3; round += 1) {
    await sample(scene, false);
    await sleep(BUSINESS_DAY * 600);
  }
  await approve(scene, 'the newest of its item wins');
  await act(scene, told, { kind: 'widen', supplier: wanted });
}
