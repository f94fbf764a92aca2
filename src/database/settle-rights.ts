import pg from 'pg';
import { openDatabase } from './client.ts';
import { compareRights, inserters, policiesOf, type RightsFinding } from './compare-rights.ts';
import { makeRoles } from './make-roles.ts';
import { readRights, type FoundRights } from './read-rights.ts';
import { FUNCTION_RIGHTS, SEQUENCE_RIGHTS, TABLE_RIGHTS } from './rights.ts';
import { DATABASE_ROLES, roleName, type DatabaseRole } from './roles.ts';

/**
 * Brings a migrated database to the roles and rights that are ours: makes the roles that the cluster lacks, gives
 * everything to the owner, and grants what src/database/rights.ts says. What is right already is not touched: running
 * processes notice nothing. What others gave to others stays.
 *
 * @throws RolesMissing when the sign-in of the URL may not make them
 */
export async function settleRights(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, options: '-c lock_timeout=30000' });
  await client.connect();
  try {
    await client.query('BEGIN');
    // Of two at once, the second finds everything done; roles belong to the whole cluster.
    await client.query(`SELECT pg_advisory_xact_lock(hashtextextended('catalog_sync roles', 0))`);
    await makeRoles(client);
    await client.query('COMMIT');
    const { found, findings } = await lookAt(databaseUrl);
    const ours = findings.filter((one) => one.ours);
    if (ours.length === 0) return;
    await client.query('BEGIN');
    for (const statement of statementsFor(found, ours)) await client.query(statement);
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

async function lookAt(databaseUrl: string): Promise<{ found: FoundRights; findings: RightsFinding[] }> {
  const database = openDatabase(databaseUrl, { connections: 1 });
  try {
    const found = await readRights(database);
    return { found, findings: compareRights(found) };
  } finally {
    await database.$disconnect();
  }
}

function* statementsFor(found: FoundRights, findings: readonly RightsFinding[]): Generator<string> {
  const roles = DATABASE_ROLES.filter((role) => role !== 'owner').map(roleName);
  const all = [...roles, 'PUBLIC'].join(', ');
  const owner = roleName('owner');
  yield `GRANT USAGE, CREATE ON SCHEMA public TO ${owner}`;
  for (const { kind, signature, owner: former } of found.owners)
    if (former !== owner) yield `ALTER ${kind} ${signature} OWNER TO ${owner}`;
  for (const { name } of found.tables) yield `REVOKE ALL ON TABLE ${name} FROM ${all}`;
  for (const sequence of [...found.tableSequences.map((one) => one.sequence), ...Object.keys(SEQUENCE_RIGHTS)])
    yield `REVOKE ALL ON SEQUENCE ${sequence} FROM ${all}`;
  for (const [table, { grants }] of Object.entries(TABLE_RIGHTS))
    for (const [role, text] of Object.entries(grants))
      yield `GRANT ${text} ON TABLE ${table} TO ${roleName(role as DatabaseRole)}`;
  for (const { sequence, table } of found.tableSequences)
    for (const role of inserters(table)) yield `GRANT USAGE ON SEQUENCE ${sequence} TO ${role}`;
  for (const [sequence, users] of Object.entries(SEQUENCE_RIGHTS))
    for (const role of users) yield `GRANT USAGE ON SEQUENCE ${sequence} TO ${roleName(role)}`;
  for (const { kind, object, signature } of found.owners) {
    if (kind !== 'ROUTINE') continue;
    yield `REVOKE ALL ON ROUTINE ${signature} FROM ${all}`;
    const users = FUNCTION_RIGHTS[object]?.map(roleName) ?? ['PUBLIC'];
    if (users.length > 0) yield `GRANT EXECUTE ON ROUTINE ${signature} TO ${users.join(', ')}`;
  }
  for (const table of new Set(findings.flatMap(({ secured }) => secured ?? []))) yield* securityOf(table);
}

function* securityOf(table: string): Generator<string> {
  const rights = TABLE_RIGHTS[table];
  if (!rights) return;
  const policies = policiesOf(rights);
  const [on, forced] = policies.length > 0 ? ['ENABLE', 'FORCE'] : ['DISABLE', 'NO FORCE'];
  yield `ALTER TABLE ${table} ${on} ROW LEVEL SECURITY, ${forced} ROW LEVEL SECURITY`;
  for (const { name, roles, rows } of policies) {
    yield `DROP POLICY IF EXISTS ${name} ON ${table}`;
    yield `CREATE POLICY ${name} ON ${table} TO ${roles.join(', ')} USING (${rows}) WITH CHECK (${rows})`;
  }
}
