import { openDatabase } from './client.ts';
import { compareRights, foreignOwned, inserters, policiesOf, type RightsFinding } from './compare-rights.ts';
import { readFunctionTexts } from './function-texts.ts';
import { makeRoles } from './make-roles.ts';
import { NamedClient } from './named-client.ts';
import { readRights, type FoundRights } from './read-rights.ts';
import { FUNCTION_RIGHTS, SEQUENCE_RIGHTS } from './function-rights.ts';
import { TABLE_RIGHTS } from './rights.ts';
import { DATABASE_ROLES, roleName, type DatabaseRole } from './roles.ts';

/**
 * Makes the roles that the cluster lacks, before anything is made that needs them. A database that is not there yet is
 * for whoever makes it.
 *
 * @throws RolesMissing when the sign-in of the URL may not make them
 */
export async function prepareRoles(databaseUrl: string): Promise<void> {
  const client = new NamedClient({ connectionString: databaseUrl });
  try {
    await client.connect();
  } catch {
    // Whoever comes next says why.
    return;
  }
  await makeRoles(client).finally(() => client.end());
}

/**
 * Brings a migrated database to the roles and rights that are ours: makes the roles that the cluster lacks, gives
 * everything to the owner, and grants what src/database/rights.ts says. What is right already is not touched: running
 * processes notice nothing. What others gave to others stays.
 *
 * @throws RolesMissing when the sign-in of the URL may not make them
 */
export async function settleRights(databaseUrl: string): Promise<void> {
  const client = new NamedClient({ connectionString: databaseUrl, options: '-c lock_timeout=30000' });
  await client.connect();
  try {
    await makeRoles(client);
    await client.query('BEGIN');
    // Two at once would change the same rows of the catalog.
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('catalog-sync settles rights'))`);
    const functions = new Set((await readFunctionTexts()).functions.map(({ name }) => name));
    const found = await lookAt(databaseUrl);
    const findings = compareRights(found, functions).filter(({ ours }) => ours);
    if (findings.length === 0) return;
    for (const statement of statementsFor(found, functions, findings)) await client.query(statement);
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
}

async function lookAt(databaseUrl: string): Promise<FoundRights> {
  const database = openDatabase(databaseUrl, { connections: 1 });
  try {
    return await readRights(database);
  } finally {
    await database.$disconnect();
  }
}

function* statementsFor(
  found: FoundRights,
  functions: ReadonlySet<string>,
  findings: readonly RightsFinding[],
): Generator<string> {
  const roles = DATABASE_ROLES.filter((role) => role !== 'owner').map(roleName);
  const all = [...roles, 'PUBLIC'].join(', ');
  const owner = roleName('owner');
  yield `GRANT USAGE, CREATE ON SCHEMA public TO ${owner}`;
  // Before PostgreSQL 15, everybody may; what ours find by their search path has to be the owner's.
  yield 'REVOKE CREATE ON SCHEMA public FROM PUBLIC';
  for (const { kind, signature } of foreignOwned(found, functions))
    yield `ALTER ${kind} ${signature} OWNER TO ${owner}`;
  const sequences = found.tableSequences.filter(({ table }) => table in TABLE_RIGHTS);
  for (const table of Object.keys(TABLE_RIGHTS)) yield `REVOKE ALL ON TABLE ${table} FROM ${all}`;
  for (const name of [...sequences.map(({ sequence }) => sequence), ...Object.keys(SEQUENCE_RIGHTS)])
    yield `REVOKE ALL ON SEQUENCE ${name} FROM ${all}`;
  for (const [table, { grants }] of Object.entries(TABLE_RIGHTS))
    for (const [role, text] of Object.entries(grants))
      yield `GRANT ${text} ON TABLE ${table} TO ${roleName(role as DatabaseRole)}`;
  for (const { sequence, table } of sequences)
    for (const role of inserters(table)) yield `GRANT USAGE ON SEQUENCE ${sequence} TO ${role}`;
  for (const [sequence, users] of Object.entries(SEQUENCE_RIGHTS))
    for (const role of users) yield `GRANT USAGE ON SEQUENCE ${sequence} TO ${roleName(role)}`;
  for (const { kind, object, signature } of found.owners) {
    if (kind !== 'ROUTINE' || !functions.has(object)) continue;
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
