import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkOwnRole, WrongRole } from '../../src/database/own-role.ts';
import { DATABASE_ROLES, PROCESS_ROLES, roleName, type DatabaseRole } from '../../src/database/roles.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { fillEveryTable } from './every-table.ts';

/** Every role that a process works in, with that which signs in for it. */
const WORKING: [DatabaseRole, (typeof PROCESS_ROLES)[number]][] = [
  ['server', 'server'],
  ['tenant', 'server'],
  ['supplier', 'server'],
  ['reader', 'server'],
  ['worker', 'worker'],
  ['pruner', 'worker'],
  ['operator', 'operator'],
  ['pruner', 'operator'],
];

/** What nobody may change of an event, once it is in the ledger. */
const IMMUTABLE = [
  ...['seq', 'tenant_id', 'supplier_id', 'event_id', 'sku', 'quantity', 'updated_at_us'],
  ...['received_at_us', 'digest', 'workflow_id'],
];

/** What a decided event is given, none of which may change: the event in the database is one that won. */
const DECIDED = [
  ...[
    "decision = 'superseded'",
    "rule = 'newer'",
    'decision_no = 0',
    'decided_at_us = 1',
    "item_id = 'shop:X'",
  ],
  ...['version = 9', 'lost_to_seq = seq', 'beat_seq = seq', 'judged_by = 99', 'decision = NULL, rule = NULL'],
  ...["kind = 'correction'", "reason = 'x'", "actor = 'x'", 'target_seq = seq'],
];

/** Each is refused for want of a right, whoever tries. */
const FORBIDDEN = [
  'ALTER TABLE supplier_event ADD COLUMN mine text',
  'ALTER TABLE supplier_event DISABLE TRIGGER ALL',
  'ALTER TABLE tenant DISABLE TRIGGER tenant_opening',
  'ALTER TABLE supplier_event DISABLE ROW LEVEL SECURITY',
  'ALTER TABLE supplier_event DROP CONSTRAINT supplier_event_whole',
  'DROP POLICY one_tenant ON supplier_event',
  'DROP TABLE audit_entry CASCADE',
  'DELETE FROM supplier_event',
  "SET catalog_sync.prune = 'on'; DELETE FROM supplier_event",
  'TRUNCATE supplier_event CASCADE',
  'INSERT INTO supplier_event SELECT * FROM supplier_event',
  ...IMMUTABLE.map((column) => `UPDATE supplier_event SET ${column} = ${column}`),
  "UPDATE supplier_event SET kind = 'void', reason = 'x', actor = 'x', target_seq = seq",
  'UPDATE supplier_event SET voided_by_seq = seq',
  ...DECIDED.map((change) => `UPDATE supplier_event SET ${change}`),
  'DELETE FROM duplicate_delivery',
  'UPDATE duplicate_delivery SET conflict = false',
  'DELETE FROM pruned_event',
  'DELETE FROM audit_entry',
  "UPDATE audit_entry SET actor = 'somebody else'",
  'TRUNCATE audit_entry',
  "INSERT INTO audit_entry (at_us, actor, action, subject) VALUES (1, 'x', 'x', 'x')",
  "INSERT INTO audit_entry (id, actor, action, subject) VALUES (99, 'x', 'x', 'x')",
  "INSERT INTO tenant_erasure (tenant_id, actor, reason, prune_id) VALUES ('open', 'x', 'x', 1)",
  "INSERT INTO prune_run (tenant_id, actor, cutoff_us) VALUES ('shop', 'x', 1)",
  'INSERT INTO refused_delivery SELECT * FROM refused_delivery',
  'DELETE FROM refused_delivery',
  'UPDATE ledger_home SET generation = 9',
  'SELECT withdraw_events(ARRAY[1::bigint])',
  'SELECT trim_deliveries(ARRAY[1::bigint])',
  "SELECT setval('supplier_event_seq_seq', 1)",
  'SET ROLE catalog_sync_owner',
  'SET ROLE catalog',
  'SET session_replication_role = replica',
  'CREATE FUNCTION now_us(text) RETURNS bigint LANGUAGE sql AS $$ SELECT 1::bigint $$',
  'CREATE TABLE mine (id integer)',
  'CREATE SCHEMA mine',
  'UPDATE _prisma_migrations SET checksum = NULL',
  'CREATE ROLE mine SUPERUSER',
  "COPY tenant TO PROGRAM 'cat'",
  "SELECT pg_read_file('/etc/passwd')",
];

const ALL_BUT_SUPPLIER: DatabaseRole[] = ['server', 'tenant', 'reader', 'worker', 'pruner', 'operator'];

/** What some may, and is refused for want of a right to all others. */
const SOME_MAY: [string, DatabaseRole[]][] = [
  ['UPDATE supplier_event SET start_due_us = NULL', ['worker', 'operator']],
  ["SELECT record_refused_delivery('nobody', 'x', '{}')", ['server']],
  // A tenant's token: for its own tenant only, and here it has none.
  ["SELECT add_manual_supplier('shop')", ['server', 'operator']],
  [`SELECT record_correction('shop', '{}', 'x', 'x')`, ['server', 'operator']],
  [`SELECT void_event('shop', 'acme', 'x', '{}', 'x', 'x')`, ['server', 'operator']],
  ['SELECT lost_to_seq FROM supplier_event', ALL_BUT_SUPPLIER],
  ['SELECT quantity FROM catalog_item', ALL_BUT_SUPPLIER],
  ['SELECT secret FROM storefront', ['server', 'worker', 'operator']],
  ['SELECT secret_before FROM storefront', ['server', 'worker', 'operator']],
  ['DELETE FROM sweep_finding', ['worker']],
  ["DELETE FROM sweep WHERE id = 'none'", ['worker']],
  ["SELECT record_feed_events('none', 0, 0, '[]')", ['worker']],
  ["SELECT zero_missing('none', 1)", ['worker']],
  ['SELECT secrets FROM feed_version', ['server', 'worker', 'operator']],
  ["SELECT begin_prune('none', 1, 'x', NULL)", ['pruner']],
  ["SELECT begin_erasure('shop', 'x', 'x')", ['operator']],
  ["SELECT erase_tenant_rows('shop', 1)", ['operator']],
];

let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
  await fillEveryTable(test, ['shop']);
});
afterAll(() => test?.drop());

async function signedIn(role: (typeof PROCESS_ROLES)[number]): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: test.urlOf(role) });
  await client.connect();
  return client;
}

/** Insufficient privilege. */
const NO_RIGHT = '42501';

/** Runs a statement as a role, and undoes it. @returns PostgreSQL's code of the error */
async function tried(client: pg.Client, role: DatabaseRole, statement: string): Promise<string | undefined> {
  await client.query('BEGIN');
  await client.query(`SET LOCAL ROLE ${roleName(role)}`);
  const refused = await client.query(statement).then(
    () => undefined,
    (error: { code?: string }) => error.code,
  );
  await client.query('ROLLBACK');
  return refused;
}

describe('a role that a process works in', () => {
  it.each(WORKING)(
    '%s, of whoever signs in as %s, may not do what is none of its work',
    async (role, process) => {
      const client = await signedIn(process);
      try {
        const done: string[] = [];
        for (const statement of FORBIDDEN) {
          const refused = await tried(client, role, statement);
          if (refused !== NO_RIGHT) done.push(`${statement}: ${refused ?? 'done'}`);
        }
        expect(done).toEqual([]);
        for (const [statement, roles] of SOME_MAY) {
          const refused = (await tried(client, role, statement)) === NO_RIGHT;
          expect([statement, refused]).toEqual([statement, !roles.includes(role)]);
        }
        const before = await test.sql('SELECT count(*)::integer AS events FROM supplier_event');
        expect(before).toEqual([{ events: 1 }]);
      } finally {
        await client.end();
      }
    },
  );

  it('is no superuser, and may neither make roles nor pass row-level security by', async () => {
    const roles = await test.sql(
      `SELECT rolname FROM pg_roles WHERE rolname = ANY ($1)
          AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)`,
      [DATABASE_ROLES.map(roleName)],
    );
    expect(roles).toEqual([]);
  });

  it('signs in only if it is that of a process', async () => {
    const rows = await test.sql<{ name: string }>(
      'SELECT rolname AS name FROM pg_roles WHERE rolname = ANY ($1) AND rolcanlogin',
      [DATABASE_ROLES.map(roleName)],
    );
    expect(rows.map(({ name }) => name).toSorted()).toEqual(PROCESS_ROLES.map(roleName).toSorted());
  });

  it('prunes by its function only, and only as the pruner', async () => {
    const client = await signedIn('worker');
    try {
      const prune = 'SELECT prune_events(0, NULL, ARRAY[1::bigint])';
      await expect(client.query(prune)).rejects.toThrow('permission denied for function prune_events');
      await client.query('SET ROLE catalog_sync_pruner');
      await expect(client.query(prune)).rejects.toThrow('prune 0 was ended by another one');
    } finally {
      await client.end();
    }
  });
});

describe('a process', () => {
  it('works as its role, whoever signed in', async () => {
    for (const role of PROCESS_ROLES) {
      expect(await checkOwnRole(test.urlOf(role), role)).toBeUndefined();
      expect(await test.as(role).$queryRaw`SELECT current_user::text AS me`).toEqual([
        { me: roleName(role) },
      ]);
    }
    expect(await checkOwnRole(test.url, 'server')).toMatch(/signs in as catalog, who is a superuser/);
  });

  it('is refused where it is somebody else, in one sentence', async () => {
    const refused = checkOwnRole(test.urlOf('worker'), 'server');
    await expect(refused).rejects.toThrow(WrongRole);
    await expect(refused).rejects.toThrow(
      'DATABASE_URL signs in as catalog_sync_worker, who may not be catalog_sync_server: sign in as',
    );
  });

  it('is told when it could be the owner', async () => {
    const name = `old_owner_${process.pid}`;
    await test.sql(`CREATE ROLE ${name} LOGIN PASSWORD 'x' IN ROLE catalog_sync_owner, catalog_sync_server`);
    const url = new URL(test.url);
    [url.username, url.password] = [name, 'x'];
    expect(await checkOwnRole(url.href, 'server')).toMatch(/who is of catalog_sync_owner and may everything/);
    await test.sql(`DROP ROLE ${name}`);
  });
});
