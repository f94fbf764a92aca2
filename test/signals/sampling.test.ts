import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readGauges } from '../../src/signals/read-gauges.ts';
import { KEEP_US, rollUpSamples } from '../../src/signals/roll-up-samples.ts';
import { readSignals, recordSamples } from '../../src/signals/sample-signals.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { handMadeLedger, NOW } from './ledger.ts';

let db: TestDatabase;
let ledger: ReturnType<typeof handMadeLedger>;
let tenants = 0;
let tenant = '';

beforeAll(async () => {
  db = await testDatabase();
  ledger = handMadeLedger(db);
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.sql('DELETE FROM signal_sample');
  await db.sql('DELETE FROM storefront_probe');
  await db.sql(`UPDATE tenant SET state = 'closed'`);
  tenants += 1;
  tenant = `sampled-${tenants}`;
  await openTenant(db.database, tenant, ['acme', 'bolt']);
});

describe('sampling', () => {
  it('writes one sample for the tenant and one for each supplier, of every signal', async () => {
    await ledger.publish(tenant, { receivedAgo: 600 });
    const samples = await readSignals(db.database, { tenants: [tenant], nowUs: NOW });
    await recordSamples(db.database, samples);
    expect(samples).toHaveLength(15);
    const rows = await db.database.signalSample.findMany({ where: { tenantId: tenant } });
    expect(rows).toHaveLength(15);
    expect(
      rows
        .filter((row) => row.supplierId === null)
        .map((row) => `${row.signal} ${row.verdict}`)
        .toSorted(),
    ).toEqual([
      'feed_health pass',
      'publish_errors inconclusive',
      'queue_lag pass',
      'stale_items pass',
      'trace_coverage pass',
    ]);
    expect(new Set(rows.map((row) => row.sampledAtUs))).toEqual(new Set([NOW]));
  });

  it('reads several tenants at once, as it reads each alone', async () => {
    const other = `${tenant}-b`;
    await openTenant(db.database, other, ['acme']);
    await ledger.publish(tenant, { receivedAgo: 600 });
    await ledger.receive(other, { receivedAgo: 600 });
    const both = await readSignals(db.database, { tenants: [other, tenant], nowUs: NOW });
    const alone = [
      ...(await readSignals(db.database, { tenants: [tenant], nowUs: NOW })),
      ...(await readSignals(db.database, { tenants: [other], nowUs: NOW })),
    ];
    expect(both).toHaveLength(alone.length);
    expect(both).toEqual(expect.arrayContaining(alone));
  });

  it('says of a closed tenant that it is closed, and nothing of an unknown one', async () => {
    await db.sql(`UPDATE tenant SET state = 'closed' WHERE id = $1`, [tenant]);
    await ledger.receive(tenant, { receivedAgo: 600 });
    const samples = await readSignals(db.database, { tenants: [tenant, 'nobody'], nowUs: NOW });
    expect(new Set(samples.map((sample) => sample.tenant))).toEqual(new Set([tenant]));
    expect(new Set(samples.map((sample) => sample.verdict))).toEqual(new Set(['inconclusive']));
    expect(samples[0]?.reason).toContain('is closed');
    expect(await readSignals(db.database, { tenants: [], nowUs: NOW })).toEqual([]);
  });

  it("goes by the database's clock unless told otherwise", async () => {
    await openTenant(db.database, `${tenant}-now`, ['acme']);
    const samples = await readSignals(db.database, { tenants: [`${tenant}-now`] });
    const [row] = await db.sql<{ age: string }>('SELECT now_us() - $1 AS age', [samples[0]?.sampledAtUs]);
    expect(Number(row?.age)).toBeLessThan(60e6);
  });
});

describe('openings', () => {
  const openedAt = async (table: 'tenant' | 'supplier') =>
    (
      await db.sql<{ at: string | null }>(
        `SELECT opened_at_us AS at FROM ${table} WHERE ${table === 'tenant' ? 'id' : 'tenant_id'} = $1 LIMIT 1`,
        [tenant],
      )
    )[0]?.at;

  it('are noted when a closed flag opens, and only then', async () => {
    expect(await openedAt('tenant')).toBeNull();
    await db.sql(`UPDATE tenant SET state = 'canary' WHERE id = $1`, [tenant]);
    expect(await openedAt('tenant')).toBeNull();
    await db.sql(`UPDATE tenant SET state = 'closed' WHERE id = $1`, [tenant]);
    await db.database.tenant.update({ where: { id: tenant }, data: { state: 'canary' } });
    const opened = await openedAt('tenant');
    expect(opened).not.toBeNull();
    await db.database.tenant.update({ where: { id: tenant }, data: { state: 'open' } });
    expect(await openedAt('tenant')).toBe(opened);
    await db.sql(`UPDATE supplier SET state = 'closed' WHERE tenant_id = $1`, [tenant]);
    await db.sql(`UPDATE supplier SET state = 'open' WHERE tenant_id = $1`, [tenant]);
    expect(await openedAt('supplier')).not.toBeNull();
  });
});

describe('the roll-up', () => {
  const HOUR = 3_600_000_000n;
  const hour = ((NOW - KEEP_US) / HOUR - 5n) * HOUR;
  const sample = (at: bigint, value: number | null, verdict: string, reason: string, supplier?: string) =>
    db.database.signalSample.create({
      data: {
        tenantId: tenant,
        supplierId: supplier ?? null,
        signal: 'queue_lag',
        sampledAtUs: at,
        value,
        verdict,
        reason,
      },
    });
  const rows = () =>
    db.sql(
      `SELECT supplier_id, sampled_at_us, hourly, value, verdict, reason FROM signal_sample
        ORDER BY sampled_at_us, supplier_id NULLS FIRST`,
    );

  it('leaves one sample an hour: the mean, the worst verdict, and what that said', async () => {
    await sample(hour, 10, 'pass', 'first');
    await sample(hour + 1n, 20, 'miss', 'bad');
    await sample(hour + 2n, null, 'inconclusive', 'none');
    await sample(hour + HOUR - 1n, 30, 'pass', 'last');
    await sample(hour + 5n, 4, 'pass', 'of acme', 'acme');
    await sample(hour + HOUR, 7, 'pass', 'next hour');
    expect(await rollUpSamples(db.database, { nowUs: NOW })).toEqual({ samples: 6, probes: 0, requests: 0 });
    const folded = [
      {
        supplier_id: null,
        sampled_at_us: String(hour),
        hourly: true,
        value: 20,
        verdict: 'miss',
        reason: 'bad',
      },
      {
        supplier_id: 'acme',
        sampled_at_us: String(hour),
        hourly: true,
        value: 4,
        verdict: 'pass',
        reason: 'of acme',
      },
      {
        supplier_id: null,
        sampled_at_us: String(hour + HOUR),
        hourly: true,
        value: 7,
        verdict: 'pass',
        reason: 'next hour',
      },
    ];
    expect(await rows()).toEqual(folded);
    expect(await rollUpSamples(db.database, { nowUs: NOW })).toEqual({ samples: 0, probes: 0, requests: 0 });
    expect(await rows()).toEqual(folded);
  });

  it('leaves alone what is younger than 7 days, and an hour that is only partly older', async () => {
    const edge = ((NOW - KEEP_US) / HOUR) * HOUR;
    await sample(edge, 1, 'pass', 'in an hour that is not over');
    await sample(NOW - 1n, 2, 'pass', 'now');
    expect(await rollUpSamples(db.database, { nowUs: NOW })).toEqual({ samples: 0, probes: 0, requests: 0 });
    expect(await rows()).toHaveLength(2);
  });

  it('loses nothing when it is stopped, or runs twice at once', async () => {
    for (let n = 0; n < 20; n += 1) await sample(hour - BigInt(n) * HOUR, n, 'pass', `${n}`);
    const stop = (): never => {
      throw new Error('stopped');
    };
    await expect(rollUpSamples(db.database, { nowUs: NOW, onBatch: stop })).rejects.toThrow('stopped');
    expect(await rows()).toHaveLength(20);
    await Promise.all([
      rollUpSamples(db.database, { nowUs: NOW }),
      rollUpSamples(db.database, { nowUs: NOW }),
    ]);
    const after = await rows();
    expect(after).toHaveLength(20);
    expect(after.every((row) => row.hourly)).toBe(true);
  });

  it('deletes old answers of storefronts, but not those that showed something wrong', async () => {
    for (const [at, mode] of [
      [NOW - KEEP_US - 1n, null],
      [NOW - KEEP_US - 1n, 'old_quantity_shown'],
      [NOW - KEEP_US, null],
    ] as const) {
      await db.database.storefrontProbe.create({
        data: { itemId: 'x:A', probedAtUs: at, acceptedVersion: 1, shownVersion: 1, failureMode: mode },
      });
    }
    expect(await rollUpSamples(db.database, { nowUs: NOW })).toEqual({ samples: 0, probes: 1, requests: 0 });
    expect(await db.database.storefrontProbe.count()).toBe(2);
  });

  it('deletes old answers to commands of the gate', async () => {
    const asked = { tenantId: tenant, answer: {} };
    await db.database.gateRequest.createMany({
      data: [
        { ...asked, id: 'old', atUs: NOW - KEEP_US - 1n },
        { ...asked, id: 'young', atUs: NOW - KEEP_US },
      ],
    });
    expect(await rollUpSamples(db.database, { nowUs: NOW })).toMatchObject({ requests: 1 });
    expect(await db.database.gateRequest.findMany({ select: { id: true } })).toEqual([{ id: 'young' }]);
  });
});

describe('gauges', () => {
  const nowUs = async () => BigInt((await db.sql<{ now: string }>('SELECT now_us() AS now'))[0]?.now ?? 0);

  it('tell the verdicts of a fresh sample, with its age', async () => {
    const at = (await nowUs()) - 30_000_000n;
    await ledger.publish(tenant, { receivedAgo: 600 });
    const samples = await readSignals(db.database, { tenants: [tenant], nowUs: NOW });
    await db.database.signalSample.createMany({
      data: samples.map((one) => ({
        tenantId: tenant,
        supplierId: one.supplier,
        signal: one.signal,
        sampledAtUs: at,
        value: one.value,
        verdict: one.verdict,
        reason: one.reason,
      })),
    });
    const [gauges] = await readGauges(db.database);
    expect(gauges).toMatchObject({
      tenant,
      state: 'open',
      shownWrong: { old_quantity_shown: 0, wrong_quantity_shown: 0 },
    });
    expect(gauges?.sampleAgeSeconds).toBeGreaterThanOrEqual(30);
    expect(gauges?.signals).toEqual([
      { signal: 'stale_items', owner: 'Platform', verdict: 'pass', value: 0 },
      { signal: 'queue_lag', owner: 'Infra', verdict: 'pass', value: 1 },
      { signal: 'publish_errors', owner: 'Storefront', verdict: 'inconclusive', value: 0 },
      { signal: 'trace_coverage', owner: 'Support Eng', verdict: 'pass', value: 1 },
      { signal: 'feed_health', owner: 'Platform', verdict: 'pass', value: 1 },
    ]);
  });

  it('read inconclusive, and without values, when the last sample is over 150 s old or there is none', async () => {
    const inconclusive = Array.from({ length: 5 }, () => 'inconclusive');
    const [none] = await readGauges(db.database);
    expect(none?.signals.map(({ verdict }) => verdict)).toEqual(inconclusive);
    await db.database.signalSample.create({
      data: {
        tenantId: tenant,
        signal: 'queue_lag',
        sampledAtUs: (await nowUs()) - 151_000_000n,
        value: 1,
        verdict: 'pass',
        reason: 'fine',
      },
    });
    const [old] = await readGauges(db.database);
    expect(old?.sampleAgeSeconds).toBeGreaterThan(150);
    expect(old?.signals.map(({ verdict }) => verdict)).toEqual(inconclusive);
    expect(old?.signals.map(({ value }) => value)).toEqual([null, null, null, null, null]);
  });

  it('count the age from a reopening, without believing the samples from before it', async () => {
    await db.database.signalSample.create({
      data: {
        tenantId: tenant,
        signal: 'queue_lag',
        sampledAtUs: NOW / 2n,
        value: 1,
        verdict: 'pass',
        reason: '',
      },
    });
    await db.sql(`UPDATE tenant SET state = 'closed' WHERE id = $1`, [tenant]);
    expect(await readGauges(db.database)).toEqual([]);
    await db.sql(`UPDATE tenant SET state = 'canary' WHERE id = $1`, [tenant]);
    const [gauges] = await readGauges(db.database);
    expect(gauges?.sampleAgeSeconds).toBeLessThan(100);
    expect(gauges?.signals[1]).toMatchObject({ signal: 'queue_lag', verdict: 'inconclusive', value: null });
  });

  it('show the miss of an open supplier behind a healthy tenant, and count old pages', async () => {
    const at = await nowUs();
    for (const [supplierId, verdict, value] of [
      [null, 'pass', 1],
      ['acme', 'pass', 1],
      ['bolt', 'miss', 200],
    ] as const) {
      await db.database.signalSample.create({
        data: {
          tenantId: tenant,
          supplierId,
          signal: 'queue_lag',
          sampledAtUs: at,
          value,
          verdict,
          reason: '',
        },
      });
    }
    for (const [itemId, failureMode] of [
      ['A', 'old_quantity_shown'],
      ['B', 'old_quantity_shown'],
      ['B', null],
    ] as const) {
      await db.database.storefrontProbe.create({
        data: { itemId: `${tenant}:${itemId}`, probedAtUs: at, acceptedVersion: 1, failureMode },
      });
    }
    const [gauges] = await readGauges(db.database);
    expect(gauges?.shownWrong).toEqual({ old_quantity_shown: 1, wrong_quantity_shown: 0 });
    expect(gauges?.signals[1]).toMatchObject({ verdict: 'miss', value: 200 });
    await db.sql(`UPDATE supplier SET state = 'closed' WHERE tenant_id = $1 AND id = 'bolt'`, [tenant]);
    expect((await readGauges(db.database))[0]?.signals[1]).toMatchObject({ verdict: 'pass', value: 1 });
  });
});
