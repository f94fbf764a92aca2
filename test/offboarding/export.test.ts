import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { linksOfExport } from '../../src/audit/export-audit.ts';
import { walkChain } from '../../src/audit/walk-chain.ts';
import { UnknownTenantError } from '../../src/database/known-tenant.ts';
import { ExportRefused, exportTenant, type TenantExport } from '../../src/offboarding/export-tenant.ts';
import { TENANT_TABLES } from '../../src/offboarding/tenant-tables.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { SECRETS, tenantWithAll } from './leaving.ts';

let db: TestDatabase;
let parent: string;

beforeAll(async () => {
  db = await testDatabase();
  await tenantWithAll(db, 'leaver');
  await tenantWithAll(db, 'stayer');
  parent = mkdtempSync(path.join(tmpdir(), 'export-'));
});
afterAll(async () => {
  rmSync(parent, { recursive: true, force: true });
  await db?.drop();
});

it('has every row of the tenant, none of another and no secret, with a digest of each file', async () => {
  const folder = path.join(parent, 'leaver');
  const exported = await exportTenant(db.database, { tenant: 'leaver', folder });
  const manifest = JSON.parse(readFileSync(path.join(folder, 'manifest.json'), 'utf8')) as TenantExport;
  expect(manifest).toEqual(exported);
  expect(manifest).toMatchObject({ format: 1, tenant: 'leaver' });
  expect(readdirSync(folder).toSorted()).toEqual(
    [...manifest.files.map(({ name }) => name), 'manifest.json'].toSorted(),
  );
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  const lines = new Map<string, string[]>();
  for (const { name, rows, bytes, sha256 } of manifest.files) {
    const content = readFileSync(path.join(folder, name));
    expect([bytes, sha256]).toEqual([content.length, createHash('sha256').update(content).digest('hex')]);
    const own = gunzipSync(content).toString('utf8').split('\n').slice(0, -1);
    expect([name, own.length]).toEqual([name, rows]);
    expect([name, rows > 0]).toEqual([name, true]);
    lines.set(name.replace('.ndjson.gz', ''), own);
  }
  const text = [...lines.values()].flat().join('\n');
  expect(text).not.toContain('stayer');
  for (const secret of SECRETS) expect(text).not.toContain(secret);
  for (const [table, own] of lines) {
    if (table === 'audit') continue;
    const column = table === 'tenant' ? 'id' : 'tenant_id';
    const first = JSON.parse(own[0] ?? '{}') as Record<string, unknown>;
    if (column in first) expect([table, first[column]]).toEqual([table, 'leaver']);
  }
  const [kept] = await db.sql<{ seqs: number[] }>(
    `SELECT jsonb_agg(seq ORDER BY seq) AS seqs FROM supplier_event WHERE tenant_id = 'leaver'`,
  );
  const events = (lines.get('supplier_event') ?? []).map((line) => (JSON.parse(line) as { seq: number }).seq);
  expect(events.toSorted((a, b) => a - b)).toEqual(kept?.seqs);
  async function* audit() {
    yield* lines.get('audit') ?? [];
  }
  expect((await walkChain(linksOfExport(audit()), { gaps: true })).fault).toBeNull();
});

it('is refused into a folder that holds something, and for a tenant that nobody knows', async () => {
  const into = (folder: string, tenant = 'leaver') => exportTenant(db.database, { tenant, folder });
  await expect(into(parent)).rejects.toBeInstanceOf(ExportRefused);
  await expect(into(path.join(parent, 'leaver', 'manifest.json', 'below'))).rejects.toThrow(
    /cannot be written/,
  );
  await expect(into(path.join(parent, 'x'), 'nobody')).rejects.toBeInstanceOf(UnknownTenantError);
  expect(readdirSync(parent)).toEqual(['leaver']);
});

it('leaves out every column that holds a secret, or the hash of one', async () => {
  const columns = await db.sql<{ name: string; column: string }>(
    `SELECT table_name AS name, column_name AS "column" FROM information_schema.columns
      WHERE table_schema = 'public' AND data_type = 'bytea' AND column_name ~ 'secret|ciphertext|hash'
      ORDER BY table_name, column_name`,
  );
  // Of a request's content, which is in its own row.
  const harmless = new Set(['replay.request_hash']);
  const given = columns.filter(({ name, column }) => {
    const table = TENANT_TABLES.find((one) => one.name === name);
    return table !== undefined && table.without?.includes(column) !== true;
  });
  expect(given.map(({ name, column }) => `${name}.${column}`).filter((one) => !harmless.has(one))).toEqual(
    [],
  );
});
