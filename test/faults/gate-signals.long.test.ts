import { databaseNow } from '../../src/database/clock.ts';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { seconds, type Micros } from '../../src/domain/time.ts';
import type { SignalName } from '../../src/domain/signals.ts';
import { GateRefused } from '../../src/gate/carry-out.ts';
import { giveCommand } from '../../src/gate/give-command.ts';
import { openCanary } from '../../src/gate/open-canary.ts';
import { readGate } from '../../src/gate/read-gate.ts';
import { readWatches, type WatchRow } from '../../src/gate/watch-rows.ts';
import type { GateStatus } from '../../src/gate/gate-status.ts';
import { wellBehaved } from '../../src/demo-storefront/control.ts';
import { closedTenant, command, confirmAll } from '../gate/launch.ts';
import { age, publishedEvents } from '../gate/published-event.ts';
import { runCli } from '../support/faults/cli.ts';
import { say } from '../support/faults/parts.ts';
import { faultProduct, type FaultProduct } from '../support/faults/product.ts';
import { record } from '../support/record.ts';
import { until } from '../support/until.ts';

/** `bystander` has no fault at all. */
const TENANTS = ['bystander', 'rejects', 'stopped', 'ignores', 'altered'] as const;
type Tenant = (typeof TENANTS)[number];

/** Publish errors say nothing below 200 calls. */
const BEFORE = 205;
const LIVE = 12;
/** On a busy machine a round of sampling takes long. */
const PATIENCE = 120_000;
const UPDATED_AT = seconds(1_790_000_000);

let product: FaultProduct;
const given: Record<string, string | undefined> = {};

beforeAll(async () => {
  for (const [name, value] of [
    ['GATE_SAMPLE_SECONDS', '1'],
    ['GATE_BUSINESS_DAY_SECONDS', '3600'],
  ] as const) {
    given[name] = process.env[name];
    process.env[name] = value;
  }
  product = await faultProduct();
  await product.parts.worker.stop();
  for (const tenant of TENANTS) await launch(tenant);
  await product.parts.worker.start();
  await Promise.all(
    TENANTS.map(async (tenant) => {
      // Whatever is asked of it, the gate begins to sample.
      await widen(tenant);
      await publish(tenant, 'live', LIVE);
      await untilGreen(tenant);
    }),
  );
}, 300_000);
afterAll(async () => {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  await product?.close();
});

/** A canary with a past: without one, the signals say nothing. */
async function launch(tenant: Tenant): Promise<void> {
  const { database } = product;
  await closedTenant(database, tenant, ['acme', 'globex']);
  await confirmAll(database, tenant);
  await openCanary(database, { ...(await command(database, tenant)), suppliers: ['acme'] });
  const events = Array.from({ length: BEFORE }, (_, index) => ({
    id: `before-${index}`,
    sku: `BEFORE-${index}`,
  }));
  await publishedEvents(product, { tenant, supplier: 'acme' }, events);
  // Those of `rejects` leave the 15 minutes that publish errors are counted in to the test's own.
  await age(product, tenant, tenant === 'rejects' ? 1_000 : 95);
}

/** Acknowledged events, each of an item of its own unless told. */
async function acknowledge(
  tenant: Tenant,
  name: string,
  count: number,
  { updatedAt = UPDATED_AT, items = name } = {},
): Promise<void> {
  await record(
    product.database,
    tenant,
    'acme',
    Array.from({ length: count }, (_, index) => ({
      eventId: `${name}-${index}`,
      sku: `${items.toUpperCase()}-${index}`,
      quantity: 10 + index,
      updatedAt,
    })),
  );
}

const decided = (tenant: Tenant, name: string, count: number): Promise<unknown> =>
  until(
    async () =>
      (await product.database.supplierEvent.count({
        where: {
          tenantId: tenant,
          eventId: { startsWith: `${name}-` },
          decision: { not: null },
          startDueUs: null,
        },
      })) === count,
    PATIENCE,
  );

/** Acknowledged, decided and told to the storefront by the product's own processes. */
async function publish(
  tenant: Tenant,
  name: string,
  count: number,
  more?: { updatedAt?: Micros; items?: string },
): Promise<void> {
  await acknowledge(tenant, name, count, more);
  await decided(tenant, name, count);
}

async function statusOf(tenant: Tenant): Promise<GateStatus> {
  const status = await readGate(product.database, tenant);
  if (!status) throw new Error(`no tenant ${tenant}`);
  return status;
}

async function ownWatch(tenant: Tenant): Promise<WatchRow> {
  const [watch] = await readWatches(product.database, tenant);
  if (!watch) throw new Error(`${tenant} is not watched`);
  return watch;
}

/** All signals pass, and the watch goes on. */
const untilGreen = (tenant: Tenant): Promise<GateStatus> =>
  until(async () => {
    const status = await statusOf(tenant);
    const { watch, signals } = status;
    if (watch && watch.watchedSeconds > 0 && status.verdict === 'pass') return status;
    throw new Error(
      signals.map(({ signal, verdict, reason }) => `${signal} ${verdict}: ${reason}`).join('\n'),
    );
  }, PATIENCE);

/** The conditions that keep the next supplier closed. */
async function widen(tenant: Tenant): Promise<string[]> {
  const refused: unknown = await giveCommand(product, 'widenSupplier', {
    tenant,
    supplier: 'globex',
    actor: 'ada',
    reason: 'is it green?',
  }).catch((error: unknown) => error);
  if (!(refused instanceof GateRefused)) throw new Error(`not refused: ${String(refused)}`);
  return refused.missing.map(({ condition }) => condition);
}

/** What the gate's own workflow wrote down of a signal since, oldest first. */
const samplesSince = (tenant: Tenant, signal: SignalName, since: Micros) =>
  product.database.signalSample.findMany({
    where: { tenantId: tenant, supplierId: null, signal, sampledAtUs: { gt: since } },
    orderBy: { sampledAtUs: 'asc' },
  });

/** Does what breaks the tenant, and holds what the gate makes of it against what it has to. @returns its words */
async function expectMiss(
  tenant: Tenant,
  signal: SignalName,
  breakIt: () => Promise<unknown>,
): Promise<string | undefined> {
  onTestFailed(() => say(product.lastWords()));
  const before = await ownWatch(tenant);
  const [calm, calmStatus] = [await ownWatch('bystander'), await statusOf('bystander')];
  await breakIt();
  const since = await databaseNow(product.database);
  const samples = await until(async () => {
    const found = await samplesSince(tenant, signal, since);
    return found.length >= 2 && found;
  }, PATIENCE);
  expect(samples.slice(0, 2).map(({ verdict }) => verdict)).toContain('miss');

  const watch = await ownWatch(tenant);
  expect(watch.number).toBeGreaterThan(before.number);
  expect(watch).toMatchObject({ watched: 0n, verdict: 'miss', lastMiss: { reason: expect.any(String) } });
  expect(await widen(tenant)).toEqual(expect.arrayContaining([`signal_${signal}`, 'watch_complete']));
  expect((await statusOf(tenant)).suppliers).toMatchObject([{ state: 'open' }, { state: 'closed' }]);

  const told = runCli(product, ['gate', 'status', '--tenant', tenant]);
  expect(await told.ended).toBe(3);
  const status = told.values[0] as unknown as GateStatus;
  expect(status).toMatchObject({ state: 'canary', verdict: 'miss' });
  const said = status.signals.find((one) => one.signal === signal);
  expect(said?.verdict).toBe('miss');
  expect(said?.whatToDo).toMatch(/catalog-sync [a-z]+/);

  const [still, stillStatus] = [await ownWatch('bystander'), await statusOf('bystander')];
  expect(still).toMatchObject({ number: calm.number, beganAt: calm.beganAt, lastMiss: null });
  expect(still.watched).toBeGreaterThanOrEqual(calm.watched);
  expect(stillStatus).toMatchObject({ state: 'canary', suppliers: calmStatus.suppliers });
  expect(stillStatus.signals.map(({ verdict }) => verdict)).not.toContain('miss');
  return said?.reason;
}

describe('the gate closes, for that tenant alone, and says why, when', () => {
  it('the storefront rejects 1 % of the publishes', async () => {
    product.storefront.control = {
      ...wellBehaved(),
      rejectReason: 'unknown colour',
      items: ['rejects:REFUSED-7', 'rejects:REFUSED-70'],
    };
    const said = await expectMiss('rejects', 'publish_errors', () => publish('rejects', 'refused', 200));
    expect(said).toMatch(/2 were rejected.*rejects:REFUSED-7.*unknown colour/);
    product.storefront.control = wellBehaved();
  });

  it('the storefront ignores cache busts', async () => {
    const items = Array.from({ length: LIVE }, (_, index) => `ignores:LIVE-${index}`);
    // A page that nobody has looked at is not in the storefront's cache.
    for (const item of items) await fetch(`${product.storefrontUrl}/items/${encodeURIComponent(item)}`);
    product.storefront.control = { ...wellBehaved(), ignoreBusts: true, items };
    const said = await expectMiss('ignores', 'stale_items', () =>
      publish('ignores', 'newer', LIVE, { updatedAt: UPDATED_AT + 1n, items: 'live' }),
    );
    expect(said).toMatch(/shown in an older version.*old_quantity_shown/);
    product.storefront.control = wellBehaved();
  });

  it('the worker was stopped for two minutes', async () => {
    const said = await expectMiss('stopped', 'queue_lag', async () => {
      await product.parts.worker.stop();
      await acknowledge('stopped', 'waiting', 20);
      // Two minutes go by.
      await product.sql(
        `UPDATE supplier_event SET received_at_us = received_at_us - $1
          WHERE tenant_id = 'stopped' AND event_id LIKE 'waiting-%'`,
        [seconds(120)],
      );
      await product.parts.worker.start();
    });
    expect(said).toMatch(/95 of 100 of|undecided after/);
    // Nothing is lost for it.
    await decided('stopped', 'waiting', 20);
  });
});

describe('an acknowledged event is altered afterwards:', () => {
  beforeAll(async () => {
    // These lose. Of two events that cannot be traced the later one is named.
    await publish('altered', 'late', 7, { updatedAt: UPDATED_AT - 1n, items: 'live' });
    // Trace coverage leaves an event 90 s to become complete.
    await age(product, 'altered', 95);
    await untilGreen('altered');
  }, PATIENCE);

  it.each([
    {
      what: 'its quantity',
      words: /acme\/live-8,.*its content does not match its digest/,
      alter: `UPDATE supplier_event SET quantity = quantity + 1 WHERE tenant_id = 'altered' AND event_id = 'live-8'`,
      restore: `UPDATE supplier_event SET quantity = quantity - 1 WHERE tenant_id = 'altered' AND event_id = 'live-8'`,
    },
    {
      what: 'the winner that it lost to',
      words: /acme\/late-4,.*names a winner that it did not lose to/,
      alter: `UPDATE supplier_event e SET lost_to_seq = o.seq FROM supplier_event o
               WHERE e.tenant_id = 'altered' AND e.event_id = 'late-4' AND o.tenant_id = 'altered' AND o.event_id = 'live-5'`,
      restore: `UPDATE supplier_event e SET lost_to_seq = o.seq FROM supplier_event o
                 WHERE e.tenant_id = 'altered' AND e.event_id = 'late-4' AND o.tenant_id = 'altered' AND o.event_id = 'live-4'`,
    },
    {
      what: "its item's winner",
      words: /acme\/(live|late)-6,.*whose winner is not the ledger's/,
      alter: `UPDATE catalog_item i SET winner_seq = e.seq FROM supplier_event e
               WHERE i.item_id = 'altered:LIVE-6' AND e.tenant_id = 'altered' AND e.event_id = 'late-6'`,
      restore: `UPDATE catalog_item i SET winner_seq = e.seq FROM supplier_event e
                 WHERE i.item_id = 'altered:LIVE-6' AND e.tenant_id = 'altered' AND e.event_id = 'live-6'`,
    },
    {
      what: 'its digest',
      words: /acme\/live-9,.*its content does not match its digest/,
      alter: `UPDATE supplier_event SET digest = sha256(digest) WHERE tenant_id = 'altered' AND event_id = 'live-9'`,
      restore: `UPDATE supplier_event SET digest = event_digest(sku, quantity, updated_at_us)
                 WHERE tenant_id = 'altered' AND event_id = 'live-9'`,
    },
  ])(
    '$what; the gate closes for that tenant alone, until it is healed',
    async ({ words, alter, restore }) => {
      expect(await expectMiss('altered', 'trace_coverage', () => product.sql(alter))).toMatch(words);
      await product.sql(restore);
      await untilGreen('altered');
    },
  );
});
