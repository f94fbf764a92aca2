import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alteredParts } from '../../src/database/altered-parts.ts';
import { projectRoot } from '../../src/config/project-root.ts';
import { deployMigrations } from '../../src/database/deploy-migrations.ts';
import { grantsAlongside } from '../../src/database/grants-alongside.ts';
import { FUNCTION_RIGHTS } from '../../src/database/function-rights.ts';
import { TABLE_RIGHTS } from '../../src/database/rights.ts';
import { settleRights } from '../../src/database/settle-rights.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { OF_NOBODY } from './every-table.ts';

let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test?.drop());

const names = async (statement: string): Promise<string[]> =>
  (await test.sql<{ name: string }>(statement)).map(({ name }) => name);

describe('the list of rights', () => {
  it('has every table, and each with a tenant keeps tenants apart', async () => {
    const tables = await names(`SELECT relname AS name FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY relname COLLATE "C"`);
    expect(Object.keys(TABLE_RIGHTS).toSorted()).toEqual(tables);
    const apart = Object.keys(TABLE_RIGHTS).filter((table) => TABLE_RIGHTS[table]?.rows !== null);
    expect(apart.toSorted()).toEqual(tables.filter((table) => !OF_NOBODY.includes(table)));
    const withTenant = await names(`SELECT table_name AS name FROM information_schema.columns
      WHERE table_schema = 'public' AND column_name = 'tenant_id'`);
    expect(withTenant.filter((table) => OF_NOBODY.includes(table))).toEqual([]);
  });

  it('is what the database has, forced where tenants are kept apart', async () => {
    expect(await alteredParts(test.database)).toEqual([]);
    const forced = await names(`SELECT relname AS name FROM pg_class
      WHERE relnamespace = 'public'::regnamespace AND relrowsecurity AND relforcerowsecurity ORDER BY relname COLLATE "C"`);
    const apart = Object.keys(TABLE_RIGHTS).filter((table) => !OF_NOBODY.includes(table));
    expect(forced).toEqual(apart.toSorted());
  });

  it('names every function that runs as the owner, and each has a search path of its own', async () => {
    const functions = await test.sql<{ name: string; settings: string[] | null }>(
      `SELECT proname AS name, proconfig AS settings FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prosecdef ORDER BY proname COLLATE "C"`,
    );
    expect(functions.map(({ name }) => name)).toEqual(Object.keys(FUNCTION_RIGHTS).toSorted());
    for (const { name, settings } of functions) {
      // How something is looked up is no matter of rights.
      const ofRights = settings?.filter((setting) => !/^(enable_seqscan|plan_cache_mode)=/.test(setting));
      expect([name, ofRights]).toEqual([name, ['search_path=public, pg_temp']]);
    }
  });
});

describe('a migration', () => {
  it('ends with the rights on what it has made, so that nobody who runs ever lacks them', async () => {
    const made = `
      ALTER TABLE gate_watch OWNER TO CURRENT_USER;
      ALTER FUNCTION prune_events OWNER TO CURRENT_USER;
      GRANT EXECUTE ON FUNCTION prune_events TO PUBLIC;
      REVOKE ALL ON gate_watch, notify_channel FROM catalog_sync_worker, catalog_sync_operator;
      REVOKE UPDATE (publication) ON catalog_item_version FROM catalog_sync_worker;
      REVOKE USAGE ON SEQUENCE audit_entry_id_seq FROM catalog_sync_worker;`;
    await test.sql(`${made} ${grantsAlongside()}`);
    expect(await alteredParts(test.database)).toEqual([]);
  });

  it('passes over what a later one makes, and over what is right', async () => {
    await test.sql(
      'BEGIN; ALTER TABLE notification RENAME TO not_yet; ALTER TABLE replay RENAME summary TO not_yet; ' +
        `${grantsAlongside()} ROLLBACK`,
    );
    const marks = () =>
      test.sql(`SELECT relname, relacl::text, xmin::text FROM pg_class WHERE relacl IS NOT NULL ORDER BY 1`);
    const before = await marks();
    await test.sql(grantsAlongside());
    expect(await marks()).toEqual(before);
  });

  it('has them in its own transaction', async () => {
    const name = '20261126126000_zeroing_beside_much_that_waits';
    const text = await readFile(path.join(projectRoot(), 'prisma/functions/zero_missing.sql'), 'utf8');
    await test.sql('DELETE FROM _prisma_migrations WHERE migration_name = $1', [name]);
    await deployMigrations(test.url, 'CREATE TABLE alongside (id integer)');
    try {
      expect(
        await test.sql(
          `SELECT (SELECT xmin::text FROM pg_class WHERE relname = 'alongside')
                = (SELECT xmin::text FROM pg_proc WHERE proname = 'zero_missing') AS together`,
        ),
      ).toEqual([{ together: true }]);
    } finally {
      await test.sql(`DROP TABLE alongside; ${text}`);
    }
    expect(await alteredParts(test.database)).toEqual([]);
  });
});

describe('setting a database up', () => {
  it('puts right what our roles may, and leaves what others were given', async () => {
    const reader = `dashboard_${process.pid}`;
    await test.sql(`CREATE ROLE ${reader}`);
    await test.sql(`
      GRANT SELECT ON catalog_item TO ${reader};
      GRANT UPDATE ON supplier_event TO catalog_sync_worker;
      GRANT SELECT (token_hash) ON api_token TO catalog_sync_reader;
      REVOKE SELECT ON tenant FROM catalog_sync_server;
      REVOKE USAGE ON SEQUENCE audit_entry_id_seq FROM catalog_sync_worker;
      GRANT EXECUTE ON FUNCTION prune_events TO PUBLIC;
      ALTER TABLE replay NO FORCE ROW LEVEL SECURITY;
      DROP POLICY one_tenant ON sweep;
      ALTER POLICY one_tenant ON catalog_item USING (true);
      ALTER POLICY one_tenant ON duplicate_delivery USING (EXISTS (SELECT 1 FROM supplier_event e
        WHERE e.seq = e.seq AND e.tenant_id = current_setting('catalog_sync.tenant', true)));
      GRANT CREATE ON SCHEMA public TO PUBLIC;
      ALTER TABLE gate_watch OWNER TO CURRENT_USER`);
    const found = await alteredParts(test.database);
    expect(found).toEqual([
      'row-level security of replay is on',
      'policy one_tenant on duplicate_delivery differs',
      'policy one_tenant on catalog_item differs',
      'policy one_tenant on sweep is missing',
      'gate_watch belongs to catalog',
      'api_token.token_hash is granted to catalog_sync_reader: SELECT',
      `catalog_item is granted to ${reader}: SELECT`,
      'schema public is granted to PUBLIC: CREATE',
      'supplier_event is granted to catalog_sync_worker: UPDATE',
      'audit_entry_id_seq is not granted to catalog_sync_worker: USAGE',
      'prune_events is still granted to PUBLIC: EXECUTE',
      'tenant is not granted to catalog_sync_server: SELECT',
    ]);
    await settleRights(test.url);
    expect(await alteredParts(test.database)).toEqual([`catalog_item is granted to ${reader}: SELECT`]);
    await test.sql(`DROP OWNED BY ${reader}; DROP ROLE ${reader}`);
  });
});
