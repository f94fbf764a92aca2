import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../src/audit/verify-audit.ts';
import { UnknownTenantError } from '../../src/database/known-tenant.ts';
import { FlagError } from '../../src/flags/set-state.ts';
import { addTenant } from '../../src/flags/tenants.ts';
import { endErasure, EraseRefused, eraseRows } from '../../src/offboarding/erase-tenant.ts';
import { countTenantRows, KEPT_TABLES, TENANT_TABLES } from '../../src/offboarding/tenant-tables.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { rowsThatSpeakOf, tenantWithAll } from './leaving.ts';

let db: TestDatabase;
const reason = 'contract ended';
const erase = (tenant: string, options: Parameters<typeof eraseRows>[2] = {}) =>
  eraseRows(db.as('operator'), { tenant, actor: 'ada', reason }, options);

beforeAll(async () => {
  db = await testDatabase();
  await tenantWithAll(db, 'leaver');
  await tenantWithAll(db, 'stayer');
});
afterAll(() => db?.drop());

describe('what is kept of a tenant', () => {
  it('is listed table by table: none is forgotten', async () => {
    const tables = await db.sql<{ name: string }>(
      `SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'`,
    );
    const others = [
      '_prisma_migrations',
      'audit_chain',
      'audit_entry',
      'console_ticket',
      'judging_rule',
      'ledger_home',
      'notification',
      'secrets_key',
      'tenant_erasure',
    ];
    expect([...TENANT_TABLES.map(({ name }) => name), ...others].toSorted()).toEqual(
      tables.map(({ name }) => name).toSorted(),
    );
    const counts = await countTenantRows(db.database, 'leaver');
    const counted = TENANT_TABLES.map(({ name }) => name).filter((name) => !KEPT_TABLES.includes(name));
    expect(Object.keys(counts).toSorted()).toEqual(counted.toSorted());
  });
});

describe('erasing a tenant', () => {
  it('is refused for one that is open, and for one that nobody knows', async () => {
    await openTenant(db.database, 'open', []);
    const open = await erase('open').catch((error: unknown) => error);
    expect(open).toBeInstanceOf(EraseRefused);
    expect((open as Error).message).toBe(
      'Tenant open is open: only a closed one can be erased.\n' +
        'Close it first: catalog-sync gate rollback --tenant open --reason TEXT',
    );
    await expect(erase('nobody')).rejects.toBeInstanceOf(UnknownTenantError);
    await expect(erase("x'; --")).rejects.toBeInstanceOf(UnknownTenantError);
    await expect(db.sql(`SELECT erase_tenant_rows('stayer', 10)`)).rejects.toThrow(
      /no erasure of tenant stayer/,
    );
  });

  it('goes in small steps, goes on after it was ended, and stops when the tenant is opened meanwhile', async () => {
    const before = await rowsThatSpeakOf(db, 'stayer');
    const counts = await countTenantRows(db.as('operator'), 'leaver');
    const stop = new AbortController();
    let steps = 0;
    const stopped = erase('leaver', {
      atOnce: 2,
      signal: stop.signal,
      onProgress: () => (steps += 1) === 12 && stop.abort(new Error('Ctrl-C')),
    });
    await expect(stopped).rejects.toThrow('Ctrl-C');
    expect(await db.database.tenant.count({ where: { id: 'leaver' } })).toBe(1);

    await db.sql(`UPDATE tenant SET state = 'open' WHERE id = 'leaver'`);
    await expect(erase('leaver')).rejects.toBeInstanceOf(EraseRefused);
    await expect(db.sql(`SELECT erase_tenant_rows('leaver', 10)`)).rejects.toThrow(
      'tenant leaver is open, not closed',
    );
    await db.sql(`UPDATE tenant SET state = 'closed' WHERE id = 'leaver'`);

    const gone = await erase('leaver', { atOnce: 3 });
    expect(gone).toMatchObject({ rowsGoneAt: expect.any(String), finishedAt: null });
    expect(gone.erased).toEqual(counts);
    // Again, as after a crash before Temporal was asked.
    expect(await erase('leaver')).toEqual(gone);
    const { finishedAt } = await endErasure(db.as('operator'), { tenant: 'leaver', actor: 'ada', reason });
    expect(finishedAt).not.toBeNull();
    await expect(erase('leaver')).rejects.toThrow(/Tenant leaver was erased; that ended at 20/);

    expect(await rowsThatSpeakOf(db, 'stayer')).toEqual(before);
    const left = await rowsThatSpeakOf(db, 'leaver');
    expect(Object.keys(left).toSorted()).toEqual(['audit_entry', 'prune_run', 'tenant_erasure']);
  });

  it('leaves a tombstone of each event: a hash of its names, and one of its content', async () => {
    const [erased] = await db.sql<{ events: number }>(
      `SELECT (erased ->> 'supplier_event')::integer AS events FROM tenant_erasure`,
    );
    const stones = await db.sql(
      `SELECT p.key = event_key('leaver', 'acme', 'e-acme-3') AS known FROM pruned_event p
         JOIN tenant_erasure t ON t.prune_id = p.prune_id`,
    );
    expect(stones).toHaveLength(erased?.events ?? 0);
    expect(stones.filter(({ known }) => known)).toHaveLength(1);
  });

  it('stands in the audit list, of which nothing went, at its beginning and at its end', async () => {
    const entries = await db.database.auditEntry.findMany({
      where: { tenantId: 'leaver', action: { startsWith: 'tenant.eras' } },
      orderBy: { id: 'asc' },
    });
    expect(entries.map(({ action, reason: why }) => [action, why])).toEqual([
      ['tenant.erase', reason],
      ['tenant.erased', reason],
    ]);
    expect(entries[1]?.after).toMatchObject({ supplier: 3 });
    expect(await db.database.auditEntry.count({ where: { tenantId: 'leaver', action: 'event.void' } })).toBe(
      3,
    );
    expect((await verifyAudit(db.database)).fault).toBeNull();
  });

  it('gives the name to nobody again', async () => {
    const added = await addTenant(db.database, { tenant: 'leaver', actor: 'ada' }).catch(
      (error: unknown) => error,
    );
    expect(added).toBeInstanceOf(FlagError);
    expect((added as Error).message).toMatch(
      /^A tenant leaver was erased on 20.*, and its name is not given again/,
    );
  });
});
