import { databaseNow } from '../../src/database/clock.ts';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { seconds, type Micros } from '../../src/domain/time.ts';
import { openCanary } from '../../src/gate/open-canary.ts';
import { readGate } from '../../src/gate/read-gate.ts';
import { readSampledTenants } from '../../src/gate/sampled-tenants.ts';
import { sampleReviews } from '../../src/gate/sample-reviews.ts';
import { sampleTenants } from '../../src/gate/sample-tenants.ts';
import { readWatches } from '../../src/gate/watch-rows.ts';
import { renderGate } from '../../src/cli/gate/render-gate.ts';
import { gateStatusSchema } from '../../src/http/routes/gate-schema.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { shopAt } from '../support/shop-at.ts';
import { closedTenant, command, confirmAll, NEEDED, settings } from './launch.ts';
import { age, busySupplier, publishedEvent } from './published-event.ts';

let test: TestDatabase;
let tenant: string;
let no = 0;

beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test?.drop());
beforeEach(async () => {
  tenant = `shop-${(no += 1)}`;
  await closedTenant(test.database, tenant, ['acme', 'globex']);
  await confirmAll(test.database, tenant);
});

const open = async () =>
  openCanary(test.database, { ...(await command(test.database, tenant)), suppliers: ['acme'] });
const sample = async (nowUs?: Micros, more: object = {}) =>
  sampleTenants(test.database, [tenant], { settings, ...(nowUs !== undefined && { nowUs }), ...more });
const ownWatch = async () =>
  (await readWatches(test.database, tenant)).find(({ supplier }) => supplier === '');

const busy = () => busySupplier(test, { tenant, supplier: 'acme' });

describe('a sample of the gate', () => {
  it('is not taken of a closed tenant', async () => {
    expect(await sample()).toMatchObject([{ state: 'closed', signals: [] }]);
    expect(await test.database.signalSample.count({ where: { tenantId: tenant } })).toBe(0);
  });

  it('without any traffic is inconclusive, counts no time and opens nothing', async () => {
    await open();
    const start = await databaseNow(test.database);
    for (const second of [0, 60, 120]) await sample(start + seconds(second));
    expect(await ownWatch()).toMatchObject({ watched: 0n, verdict: 'inconclusive' });
    const status = await readGate(test.database, tenant, { nowUs: start + seconds(125) });
    expect(status).toMatchObject({ state: 'canary', verdict: 'inconclusive' });
    expect(status?.toWiden.map(({ condition }) => condition)).toEqual([
      'signal_stale_items',
      'signal_queue_lag',
      'signal_publish_errors',
      'signal_trace_coverage',
      'watch_complete',
      'traces_explained',
    ]);
  });

  it('with every signal green counts the time since the last one, and samples three updates at the end', async () => {
    await open();
    await busy();
    // Another supplier's later update overtakes one: an update that did not stay the winner.
    await publishedEvent(test, { tenant, supplier: 'acme', id: 'late', sku: 'ITEM-3', quantity: 9 });
    const start = await databaseNow(test.database);
    expect(await sample(start)).toMatchObject([
      { state: 'canary', signals: Array.from({ length: 5 }, () => ({ verdict: 'pass' })) },
    ]);
    await sample(start + seconds(30));
    expect(await ownWatch()).toMatchObject({ watched: seconds(30), verdict: 'pass' });
    expect(await test.database.traceReview.count({ where: { tenantId: tenant } })).toBe(0);
    await sample(start + seconds(NEEDED));
    const status = await readGate(test.database, tenant, { nowUs: start + seconds(NEEDED) });
    expect(status).toMatchObject({
      verdict: 'pass',
      watch: { watchedSeconds: NEEDED, neededSeconds: NEEDED, calendarSeconds: 86_400, complete: true },
    });
    expect(status?.reviews).toHaveLength(3);
    expect(status?.reviews.map(({ outcome }) => outcome)).toContain('superseded');
    expect(status?.toWiden.map(({ condition }) => condition)).toEqual(['traces_explained']);
    await sample(start + seconds(NEEDED + 1));
    expect(await test.database.traceReview.count({ where: { tenantId: tenant } })).toBe(3);
  });

  it('that misses begins the watch anew and says what happened; other tenants are untouched', async () => {
    await open();
    await busy();
    const other = tenant;
    tenant = `${tenant}-two`;
    await closedTenant(test.database, tenant, ['acme', 'globex']);
    await confirmAll(test.database, tenant);
    await open();
    await busy();
    const start = await databaseNow(test.database);
    const both = [other, tenant];
    await sampleTenants(test.database, both, { settings, nowUs: start });
    await test.sql(
      'UPDATE supplier_event SET quantity = quantity + 1 WHERE tenant_id = $1 AND event_id = $2',
      [tenant, `${tenant}-7`],
    );
    await sampleTenants(test.database, both, { settings, nowUs: start + seconds(30) });
    expect(await ownWatch()).toMatchObject({ watched: 0n, lastMiss: { signal: 'trace_coverage' } });
    const status = await readGate(test.database, tenant, { nowUs: start + seconds(31) });
    expect(status?.verdict).toBe('miss');
    const coverage = status?.signals.find(({ signal }) => signal === 'trace_coverage');
    expect(coverage).toMatchObject({ verdict: 'miss', reason: expect.stringContaining(`${tenant}-7`) });
    expect(coverage?.whatToDo).not.toBe('');
    expect(await readGate(test.database, other, { nowUs: start + seconds(31) })).toMatchObject({
      verdict: 'pass',
      watch: { watchedSeconds: 30, lastMiss: null },
    });
  });

  it('of few calls, most of them bad, is inconclusive, and says what fails and who mends it', async () => {
    await open();
    await busy();
    const start = await databaseNow(test.database);
    const told = async () => {
      await sample(start);
      const status = await readGate(test.database, tenant, { nowUs: start });
      return {
        signal: status?.signals.find(({ signal }) => signal === 'publish_errors'),
        missing: status?.toWiden.find(({ condition }) => condition === 'signal_publish_errors'),
      };
    };
    await test.sql('DELETE FROM publish_attempt WHERE tenant_id = $1 AND id % 25 > 0', [tenant]);
    expect((await told()).signal).toMatchObject({
      verdict: 'inconclusive',
      whatToDo: 'Wait until there is enough data; nothing opens meanwhile.',
    });
    await test.sql(
      "UPDATE publish_attempt SET status = 'failed', http_status = 500, reason = 'HTTP 500: no' WHERE tenant_id = $1",
      [tenant],
    );
    const { signal, missing } = await told();
    expect(signal?.verdict).toBe('inconclusive');
    expect(signal?.reason).toMatch(
      /failed \(100\.00 %\)\. Fewer than 200 are too few for a verdict\. Last, for .*: HTTP 500: no\.$/,
    );
    expect(signal?.whatToDo).toMatch(
      /^What there is misses the target, and waiting does not mend it: it is Storefront's to mend\. Read the reason .* Nothing opens meanwhile\.$/,
    );
    expect(missing?.detail).toContain('HTTP 500: no');
    expect(missing?.detail).not.toContain('wait until');
  });

  it('tells several storefronts apart, and goes by the worst of them', async () => {
    await open();
    await busy();
    await shopAt(test.sql, 'https://shop.example', tenant);
    await shopAt(test.sql, 'https://cache.example', tenant, { name: 'cache', place: 2 });
    const now = (await databaseNow(test.database)) + seconds(70);
    await sample(now);
    const status = await readGate(test.database, tenant, { nowUs: now + seconds(1) });
    const stale = status.signals.find(({ signal }) => signal === 'stale_items');
    expect(stale).toMatchObject({
      ...{ verdict: 'miss', value: 1, reason: expect.stringMatching(/^storefront cache: /) },
      storefronts: [
        { storefront: 'cache', verdict: 'miss', valueText: '100.00 %', counts: true },
        { storefront: 'shop', verdict: 'pass', valueText: '0.00 %', counts: false },
      ],
    });
    expect(gateStatusSchema.parse(status)).toEqual(status);
    const text = renderGate(status, { colour: false }).replaceAll(/\s+/g, ' ');
    expect(text).toContain(
      'storefront cache: miss, 100.00 %; counts, as the worst storefront shop: pass, 0.00 %',
    );
    expect(status.signals.find(({ signal }) => signal === 'queue_lag')?.storefronts).toEqual([]);
    expect((await readGate(test.database, tenant, { nowUs: now + seconds(200) })).signals[0]).toMatchObject({
      storefronts: [{ verdict: 'inconclusive' }, { verdict: 'inconclusive' }],
    });
  });

  it('older than 150 s reads inconclusive', async () => {
    await open();
    await busy();
    const start = await databaseNow(test.database);
    await sample(start);
    const at = (second: number) => readGate(test.database, tenant, { nowUs: start + seconds(second) });
    expect((await at(150))?.verdict).toBe('pass');
    const late = await at(151);
    expect(late?.verdict).toBe('inconclusive');
    expect(late?.signals[0]).toMatchObject({
      verdict: 'inconclusive',
      reason: expect.stringMatching(/2 min 31(\.\d+)? s old, and holds for 2 min 30 s/),
    });
    expect(late?.toWiden.map(({ condition }) => condition)).toContain('sample_fresh');
  });

  it('closes the flow where a missed signal says so', async () => {
    await open();
    await busy();
    await test.sql(
      'UPDATE supplier_event SET quantity = quantity + 1 WHERE tenant_id = $1 AND event_id = $2',
      [tenant, `${tenant}-7`],
    );
    const signals = [{ name: 'trace_coverage' as const, onMiss: 'hold' as const }];
    expect(await sample(undefined, { signals })).toMatchObject([{ state: 'closed' }]);
    expect(await test.database.tenant.findUniqueOrThrow({ where: { id: tenant } })).toMatchObject({
      state: 'closed',
    });
    expect(
      await test.database.auditEntry.findFirst({ where: { tenantId: tenant, action: 'gate.rollback' } }),
    ).toMatchObject({
      actor: 'gate',
      reason: expect.stringContaining('trace_coverage'),
    });
  });

  it('of a tenant with a broken calendar fails alone', async () => {
    await open();
    await test.sql(`UPDATE tenant SET calendar = '{"days":[]}' WHERE id = $1`, [tenant]);
    const other = `${tenant}-two`;
    await closedTenant(test.database, other, []);
    await test.database.tenant.update({ where: { id: other }, data: { state: 'open' } });
    const [broken, fine] = await sampleTenants(test.database, [tenant, other], { settings });
    expect(String(broken?.failure)).toContain('calendar');
    expect(fine).toMatchObject({ tenant: other, state: 'open' });
  });
});

describe('the updates to be explained', () => {
  it('are the same for the same seed, and none before there are three', async () => {
    await open();
    const watch = async () => {
      const found = await ownWatch();
      if (!found) throw new Error('no watch');
      return found;
    };
    const now = async () => databaseNow(test.database);
    await publishedEvent(test, { tenant, supplier: 'acme', id: 'one', sku: 'ONE' });
    await publishedEvent(test, { tenant, supplier: 'acme', id: 'two', sku: 'TWO' });
    expect(await sampleReviews(test.database, tenant, await watch(), await now(), 'seed')).toBe(0);
    for (let index = 0; index < 20; index += 1) {
      await publishedEvent(test, { tenant, supplier: 'acme', id: `more-${index}`, sku: `MORE-${index}` });
    }
    const taken: string[][] = [];
    for (const seed of ['seed', 'seed', 'other']) {
      expect(await sampleReviews(test.database, tenant, await watch(), await now(), seed)).toBe(3);
      const rows = await test.database.traceReview.findMany({
        where: { tenantId: tenant },
        orderBy: { eventSeq: 'asc' },
      });
      expect(rows.every((row) => row.seed === seed)).toBe(true);
      taken.push(rows.map(({ eventSeq }) => eventSeq.toString()));
      await test.sql('DELETE FROM trace_review WHERE tenant_id = $1', [tenant]);
    }
    expect(taken[1]).toEqual(taken[0]);
    expect(taken[2]).not.toEqual(taken[0]);
  });

  it('leave out those whose trace is incomplete, and those from before the watch', async () => {
    await open();
    for (const id of ['a', 'b', 'c', 'd']) {
      await publishedEvent(test, { tenant, supplier: 'acme', id, sku: `SKU-${id.toUpperCase()}` });
    }
    await test.sql(`UPDATE supplier_event SET quantity = 8 WHERE tenant_id = $1 AND event_id = 'a'`, [
      tenant,
    ]);
    const watch = await ownWatch();
    if (!watch) throw new Error('no watch');
    const now = await databaseNow(test.database);
    expect(await sampleReviews(test.database, tenant, { ...watch, beganAt: now }, now + 1n)).toBe(0);
    expect(await sampleReviews(test.database, tenant, watch, now)).toBe(3);
    const rows = await test.database.traceReview.findMany({
      where: { tenantId: tenant },
      include: { event: true },
    });
    expect(rows.map(({ event }) => event.eventId).toSorted()).toEqual(['b', 'c', 'd']);
  });
});

describe('the updates to be explained for suppliers that came after the launch', () => {
  it('say for which of them they are', async () => {
    const { database } = test;
    await database.tenant.update({ where: { id: tenant }, data: { state: 'open' } });
    await database.supplier.updateMany({ where: { tenantId: tenant }, data: { state: 'open' } });
    await busy();
    for (const id of ['late', 'later']) await database.supplier.create({ data: { tenantId: tenant, id } });
    await sample();
    await age(test, tenant, 95);
    for (const watch of await readWatches(database, tenant)) {
      await sampleReviews(database, tenant, { ...watch, beganAt: 0n }, await databaseNow(database));
    }
    const reviews = (await readGate(database, tenant))?.reviews ?? [];
    expect(reviews.map(({ forSupplier, supplier }) => [forSupplier, supplier])).toEqual([
      ...Array.from({ length: 3 }, () => ['late', 'acme']),
      ...Array.from({ length: 3 }, () => ['later', 'acme']),
    ]);
  });
});

describe('who is sampled', () => {
  it('are open tenants, and canaries that nobody has sampled for two rounds', async () => {
    await open();
    const other = `${tenant}-open`;
    await closedTenant(test.database, other, ['acme']);
    await test.database.tenant.update({ where: { id: other }, data: { state: 'open' } });
    const first = await readSampledTenants(test.database, settings);
    expect(first.open).toContain(other);
    expect(first.abandoned).not.toContain(tenant);
    await test.sql('UPDATE gate_watch SET began_at_us = began_at_us - $2 WHERE tenant_id = $1', [
      tenant,
      seconds(3),
    ]);
    expect((await readSampledTenants(test.database, settings)).abandoned).toContain(tenant);
    await sample();
    expect((await readSampledTenants(test.database, settings)).abandoned).not.toContain(tenant);
  });

  it('a supplier that came after the launch has a watch of its own', async () => {
    const { database } = test;
    await database.tenant.update({ where: { id: tenant }, data: { state: 'open' } });
    await database.supplier.updateMany({ where: { tenantId: tenant }, data: { state: 'open' } });
    await sample();
    expect(await readWatches(database, tenant)).toEqual([]);
    await database.supplier.create({ data: { tenantId: tenant, id: 'late' } });
    await sample();
    const status = await readGate(database, tenant);
    expect(status?.watch).toBeNull();
    expect(status?.suppliers).toMatchObject([
      { supplier: 'acme', watch: null },
      { supplier: 'globex', watch: null },
      { supplier: 'late', watch: { watchedSeconds: 0, complete: false } },
    ]);
    expect(status?.toWiden.every(({ detail }) => detail.startsWith('late: '))).toBe(true);
  });
});
