import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/client.ts';
import { openCanary } from '../../src/gate/open-canary.ts';
import { readGate } from '../../src/gate/read-gate.ts';
import { rollBack } from '../../src/gate/roll-back.ts';
import { sampleTenants } from '../../src/gate/sample-tenants.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';
import { closedTenant, command, confirmAll, settings } from './launch.ts';
import { busySupplier } from './published-event.ts';

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
const sample = async () => sampleTenants(test.database, [tenant], { settings });
const busy = () => busySupplier(test, { tenant, supplier: 'acme' });

describe('a sample that is being counted', () => {
  /** A sampler that has read all it goes by, and cannot write it down before the work is done. */
  async function meanwhile(work: () => Promise<unknown>, begin: () => Promise<unknown>): Promise<void> {
    const holder = openDatabase(test.url, { connections: 1 });
    try {
      let sampling: Promise<unknown> | undefined;
      await holder.$transaction(
        async (transaction) => {
          await transaction.$executeRaw`LOCK TABLE signal_sample IN SHARE MODE`;
          sampling = begin();
          sampling.catch(() => undefined);
          await until(async () => {
            const [row] = await test.sql<{ waits: boolean }>(
              `SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'signal_sample'::regclass
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS waits`,
            );
            return row?.waits === true;
          });
          await work();
        },
        { timeout: 30_000 },
      );
      await sampling;
    } finally {
      await holder.$disconnect();
    }
  }

  it('goes by flags that nobody changes meanwhile', async () => {
    await open();
    await busy();
    await test.sql('UPDATE supplier_event SET quantity = 0 WHERE tenant_id = $1 AND event_id = $2', [
      tenant,
      `${tenant}-7`,
    ]);
    let isBack = false;
    let back: Promise<unknown> | undefined;
    await meanwhile(
      async () => {
        back = rollBack(test.database, { tenant, actor: 'ada', reason: 'wrong prices' }).then(
          () => (isBack = true),
        );
        await test.sql('SELECT pg_sleep(0.3)');
        expect(isBack).toBe(false);
      },
      () => sample(),
    );
    await back;
    expect(await test.database.signalSample.count({ where: { tenantId: tenant, verdict: 'miss' } })).toBe(2);
    expect(await readGate(test.database, tenant)).toMatchObject({ state: 'closed', sampledAt: null });
  });

  it('is one from before what was opened while the signals were read', async () => {
    await open();
    await busy();
    await sample();
    const row = { tenantId_id: { tenantId: tenant, id: 'globex' } };
    // The opening has its moment before the sample has, and is seen after its signals were read.
    await test.sql('ALTER FUNCTION supplier_flow(text[]) RENAME TO flow_before');
    await test.sql(`CREATE FUNCTION supplier_flow(p_tenants text[])
      RETURNS TABLE (tenant_id text, supplier_id text, flows boolean, opened_us bigint) LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock_shared(4711);
        RETURN QUERY SELECT * FROM flow_before(p_tenants);
      END $$`);
    const opener = openDatabase(test.url, { connections: 1 });
    try {
      let sampling: Promise<unknown> | undefined;
      await opener.$transaction(
        async (transaction) => {
          await transaction.$executeRaw`SELECT pg_advisory_xact_lock(4711)`;
          await transaction.supplier.update({ where: row, data: { state: 'open' } });
          sampling = sample();
          sampling.catch(() => undefined);
          await until(async () => {
            const [found] = await test.sql<{ waits: boolean }>(
              `SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND objid = 4711) AS waits`,
            );
            return found?.waits === true;
          });
        },
        { timeout: 30_000 },
      );
      await sampling;
    } finally {
      await opener.$disconnect();
      await test.sql('DROP FUNCTION supplier_flow(text[])');
      await test.sql('ALTER FUNCTION flow_before(text[]) RENAME TO supplier_flow');
    }
    const { openedAtUs } = await test.database.supplier.findUniqueOrThrow({ where: row });
    const last = await test.database.signalSample.findFirst({
      where: { tenantId: tenant },
      orderBy: { id: 'desc' },
    });
    expect(last?.sampledAtUs).toBe(openedAtUs);
    await sample();
    expect((await readGate(test.database, tenant))?.toWiden.map(({ condition }) => condition)).not.toContain(
      'sample_after_opening',
    );
  });
});

describe('a tenant with too much data to be read in time', () => {
  it('fails alone, and the others are sampled', async () => {
    const heavy = `${tenant}-heavy`;
    for (const id of [heavy, `${tenant}-a`, `${tenant}-z`]) {
      await closedTenant(test.database, id, ['acme']);
      await test.database.tenant.update({ where: { id }, data: { state: 'open' } });
    }
    await test.sql(`ALTER FUNCTION supplier_flow(text[]) RENAME TO light_flow`);
    const impatient = openDatabase(test.url, { connections: 1, statementTimeoutMs: 500 });
    try {
      await test.sql(`CREATE FUNCTION supplier_flow(p_tenants text[])
        RETURNS TABLE (tenant_id text, supplier_id text, flows boolean, opened_us bigint) LANGUAGE plpgsql AS $$
        BEGIN
          IF '${heavy}' = ANY (p_tenants) THEN PERFORM pg_sleep(10); END IF;
          RETURN QUERY SELECT * FROM light_flow(p_tenants);
        END $$`);
      const tenants = [`${tenant}-a`, heavy, `${tenant}-z`];
      const sampled = await sampleTenants(impatient, tenants, { settings });
      expect(sampled.map((one) => [one.tenant, one.failure !== undefined])).toEqual(
        tenants.map((one) => [one, one === heavy]),
      );
      const rows = await test.database.signalSample.groupBy({
        by: ['tenantId'],
        where: { tenantId: { in: tenants } },
      });
      expect(rows.map(({ tenantId }) => tenantId).toSorted()).toEqual([`${tenant}-a`, `${tenant}-z`]);
    } finally {
      await impatient.$disconnect();
      await test.sql(`DROP FUNCTION IF EXISTS supplier_flow(text[])`);
      await test.sql(`ALTER FUNCTION light_flow(text[]) RENAME TO supplier_flow`);
    }
  });
});
