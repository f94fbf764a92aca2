import { afterAll, beforeAll, expect, it } from 'vitest';
import { TABLE_RIGHTS } from '../../src/database/rights.ts';
import { TENANT_TABLES } from '../../src/offboarding/tenant-tables.ts';
import { fillEveryTable } from '../database/every-table.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
  await fillEveryTable(test, ['shop', 'shop-2']);
});
afterAll(() => test?.drop());

/** The audit list, and that a tenant was erased, outlive it. */
const OUTLIVE = ['audit_entry', 'tenant_erasure'];

it('what leaves with a tenant is what the database keeps from other tenants', () => {
  const kept = Object.entries(TABLE_RIGHTS).flatMap(([name, { rows }]) => (rows === null ? [] : [name]));
  const leaving = TENANT_TABLES.map(({ name }) => name);
  expect([...leaving, ...OUTLIVE].toSorted()).toEqual(kept.toSorted());
});

/** The rule that all tenants have unless told otherwise leaves with none. */
const OF_ALL: Partial<Record<string, string>> = { stock_rule: 'tenant_id IS NOT NULL' };

it.each(TENANT_TABLES)('the same rows of $name are a tenant’s, here and there', async ({ name, where }) => {
  const policy = TABLE_RIGHTS[name]?.rows ?? 'false';
  for (const tenant of ['shop', 'shop-2', 'nobody']) {
    const [leaving, own] = await test.database.$transaction(async (transaction) => {
      await transaction.$executeRaw`SELECT set_config('catalog_sync.tenant', ${tenant}, true)`;
      const rowsOf = (from: string, condition: string) =>
        transaction.$queryRawUnsafe<{ place: string }[]>(
          `SELECT ctid::text AS place FROM ${from} WHERE ${condition} ORDER BY ctid`,
        );
      return [
        await rowsOf(`${name} x`, where.replaceAll('$1', `'${tenant}'`)),
        await rowsOf(name, `(${policy}) AND ${OF_ALL[name] ?? 'true'}`),
      ];
    });
    expect(leaving).toEqual(own);
    expect(leaving.length > 0).toBe(tenant !== 'nobody');
  }
});
