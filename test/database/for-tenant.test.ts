import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/database/client.ts';
import { forTenant } from '../../src/database/for-tenant.ts';
import { TABLE_RIGHTS } from '../../src/database/rights.ts';
import { roleName, type DatabaseRole } from '../../src/database/roles.ts';
import { record } from '../support/record.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { fillEveryTable, OF_NOBODY } from './every-table.ts';

const TENANTS = ['aa', 'bb'];
const TABLES = Object.keys(TABLE_RIGHTS).filter((table) => !OF_NOBODY.includes(table));
const ROLES = ['server', 'reader', 'worker', 'operator', 'pruner'] as const;

let test: TestDatabase;
let own: Database;

beforeAll(async () => {
  test = await testDatabase();
  await fillEveryTable(test, TENANTS);
  own = forTenant(test.pools().people, 'aa');
});
afterAll(() => test?.drop());

/** How many rows a role sees of a table, as long as it may see any. */
async function seen(role: DatabaseRole, table: string, tenant?: string): Promise<number> {
  const [row] = await test.database.$transaction(async (transaction) => {
    await transaction.$executeRaw`SELECT set_config('role', ${roleName(role)}, true)`;
    if (tenant !== undefined)
      await transaction.$executeRaw`SELECT set_config('catalog_sync.tenant', ${tenant}, true)`;
    return transaction.$queryRawUnsafe<{ rows: number }[]>(`SELECT count(*)::integer AS rows FROM ${table}`);
  });
  return row?.rows ?? 0;
}

const maySee = (role: Exclude<DatabaseRole, 'owner'>, table: string): boolean =>
  TABLE_RIGHTS[table]?.grants[role] !== undefined;

/** The stock rule that every tenant has unless told otherwise is everybody's. */
const SHARED_ROWS: Partial<Record<string, number>> = { stock_rule: 1 };

describe('a table that belongs to tenants', () => {
  it.each(TABLES)('%s shows its own rows to a tenant, and all to whoever works for all', async (table) => {
    const [{ rows: all } = { rows: 0 }] = await test.sql<{ rows: number }>(
      `SELECT count(*)::integer AS rows FROM ${table}`,
    );
    expect(all).toBeGreaterThan(1);
    for (const role of ROLES)
      if (maySee(role, table)) expect([role, await seen(role, table)]).toEqual([role, all]);
    if (!maySee('tenant', table)) return;
    const shared = SHARED_ROWS[table] ?? 0;
    const each = await Promise.all(
      TENANTS.map(async (tenant) => (await seen('tenant', table, tenant)) - shared),
    );
    const entries = each.map((rows) => rows > 0);
    expect(entries).toEqual([true, true]);
    // What belongs to no tenant at all, as some entries of the audit list, is nobody's of these.
    expect(shared + each[0]! + each[1]!).toBeLessThanOrEqual(all);
    expect([each[0]! < all, each[1]! < all]).toEqual([true, true]);
    expect(await seen('tenant', table)).toBe(shared);
    expect(await seen('tenant', table, '')).toBe(shared);
    expect(await seen('tenant', table, 'cc')).toBe(shared);
  });
});

describe('a database that is bound to a tenant', () => {
  it('knows no other, whatever is asked', async () => {
    expect((await own.tenant.findMany({ select: { id: true } })).map(({ id }) => id)).toEqual(['aa']);
    expect((await own.catalogItem.findMany()).map(({ itemId }) => itemId)).toEqual(['aa:CHAIR']);
    expect(await own.catalogItem.findUnique({ where: { itemId: 'bb:CHAIR' } })).toBeNull();
    expect(await own.$queryRaw`SELECT DISTINCT tenant_id FROM supplier_event`).toEqual([{ tenant_id: 'aa' }]);
    expect(await own.$queryRawUnsafe('SELECT tenant_id FROM replay WHERE id <> $1', 'x')).toEqual([
      { tenant_id: 'aa' },
    ]);
    const counts = await own.$transaction(async (transaction) => [
      await transaction.supplierEvent.count(),
      await transaction.catalogItemVersion.count(),
    ]);
    expect(counts).toEqual([1, 1]);
  });

  it('writes to no other', async () => {
    expect(await own.tenant.updateMany({ data: { state: 'closed' } })).toEqual({ count: 1 });
    expect(await test.sql(`SELECT id FROM tenant WHERE state = 'open'`)).toEqual([{ id: 'bb' }]);
    const entry = { tenantId: 'bb', actor: 'x', action: 'x', subject: 'x' };
    await expect(own.auditEntry.create({ data: entry })).rejects.toThrow(/row-level security/);
    expect(
      await own.$executeRaw`UPDATE replay SET state = 'cancelled', finished_at_us = 1 WHERE id = 'bb'`,
    ).toBe(0);
    await expect(
      own.replay.create({ data: { id: 'r', tenantId: 'bb', sinceUs: 1, untilUs: 2, requestedBy: 'x' } }),
    ).rejects.toThrow(/row-level security/);
  });

  it('makes nothing of another due', async () => {
    await test.sql(`UPDATE replay SET state = 'cancelled', finished_at_us = 1`);
    await test.sql(
      `UPDATE catalog_item_version SET replay_id = split_part(item_id, ':', 1), publication = 'due'`,
    );
    await test.sql('UPDATE supplier_event SET start_due_us = NULL');
    const due = () => test.sql('SELECT tenant_id FROM supplier_event WHERE start_due_us IS NOT NULL');
    await own.$executeRaw`SELECT release_replay_rest('bb')`;
    expect(await due()).toEqual([]);
    await own.$executeRaw`SELECT release_replay_rest('aa')`;
    expect(await due()).toEqual([{ tenant_id: 'aa' }]);
  });

  it('keeps to its tenant beside others on the same connections', async () => {
    const other = forTenant(test.pools().people, 'bb');
    const ask = (database: Database) => database.catalogItem.findUnique({ where: { itemId: 'aa:CHAIR' } });
    for (let round = 0; round < 10; round += 1) {
      const rows = await Promise.all([own, other, own, other, own].map(ask));
      expect(rows.map((row) => row?.tenantId)).toEqual(['aa', undefined, 'aa', undefined, 'aa']);
    }
    const after = await test.pools().people.tenant.count();
    expect(after).toBe(2);
  });

  it('reads only, where it was opened to read', async () => {
    const reads = forTenant(test.pools().reads, 'aa');
    expect(await reads.catalogItem.count()).toBe(1);
    for (const database of [reads, test.pools().reads]) {
      const write = database.tenant.updateMany({ data: { state: 'open' } });
      await expect(write).rejects.toThrow(/read-only transaction|permission denied/);
    }
  });
});

describe('a database that is bound to a supplier', () => {
  let mine: Database;
  beforeAll(async () => {
    for (const tenant of TENANTS) {
      await test.database.supplier.create({ data: { tenantId: tenant, id: 'rival', state: 'open' } });
      const event = { eventId: 'r-1', sku: 'CHAIR', quantity: 9, updatedAt: 9n };
      await record(test.database, tenant, 'rival', [event, event]);
      // By hand: of a tenant that is being erased none is recorded.
      await test.sql(
        `INSERT INTO refused_delivery (tenant_id, supplier_id, status, code, reason, signed)
         VALUES ($1, 'rival', 401, 'not_signed', 'x', false)`,
        [tenant],
      );
    }
    mine = forTenant(test.pools().reads, 'aa', 'acme');
  });

  it.each(['supplier_event', 'supplier', 'duplicate_count', 'refused_delivery'])(
    'sees the rows of %s that are its own, and no others',
    async (table) => {
      const seenBy = async (database: Database): Promise<number> => {
        const [row] = await database.$queryRawUnsafe<{ rows: number }[]>(
          `SELECT count(*)::integer AS rows FROM ${table}`,
        );
        return row?.rows ?? 0;
      };
      expect(await seenBy(forTenant(test.pools().reads, 'aa'))).toBeGreaterThan(1);
      expect(await seenBy(mine)).toBe(1);
      expect(await seenBy(forTenant(test.pools().reads, 'aa', 'nobody'))).toBe(0);
      expect(await seenBy(forTenant(test.pools().reads, 'nowhere', 'acme'))).toBe(0);
    },
  );

  it('may read no other table, and of those no column that tells of others', async () => {
    const ofSuppliers = new Set(['supplier_event', 'supplier', 'duplicate_count', 'refused_delivery']);
    for (const table of Object.keys(TABLE_RIGHTS).filter((name) => !ofSuppliers.has(name))) {
      const read = mine.$queryRawUnsafe(`SELECT count(*) FROM ${table}`);
      await expect(read).rejects.toThrow(/permission denied/);
    }
    for (const column of ['lost_to_seq', 'beat_seq', 'rule', 'version', 'decision_no', 'stock_rule_id']) {
      const read = mine.$queryRawUnsafe(`SELECT ${column} FROM supplier_event`);
      await expect(read).rejects.toThrow(/permission denied/);
    }
  });
});
