import type pg from 'pg';
import { DATABASE_ROLES, MAY_BECOME, PROCESS_ROLES, roleName } from './roles.ts';

/** The cluster lacks roles of ours, and whoever sets the database up may not make them; the message says what to do. */
export class RolesMissing extends Error {
  override name = 'RolesMissing';
}

/**
 * Makes what is missing of the roles and of who may become whom, and lets the session's own sign-in be the owner.
 *
 * @throws RolesMissing
 */
export async function makeRoles(client: Pick<pg.Client, 'query'>): Promise<void> {
  const statements = await missing(client);
  for (const statement of statements) {
    try {
      await client.query(statement);
    } catch (error) {
      const { code } = error as { code?: string };
      // Roles belong to the cluster: another database of it may just have been set up, too.
      if (code === '42710' || code === '23505') continue;
      if (code !== '42501') throw error;
      throw new RolesMissing(
        'The database lacks roles of catalog-sync, and the sign-in of DATABASE_URL may not make them: have a ' +
          `superuser run these statements, and then \`catalog-sync setup\` again.\n${statements.map((one) => `  ${one};`).join('\n')}`,
        { cause: error },
      );
    }
  }
}

/** An early migration makes functions that set it; whoever is no superuser has to be let, from PostgreSQL 15 on. */
const MAY_NOT_NAME_PRUNE = `
  SELECT CASE WHEN to_regproc('prune_events') IS NULL AND current_setting('server_version_num')::integer >= 150000
              THEN NOT has_parameter_privilege('catalog_sync.prune', 'SET') ELSE false END AS lacks`;

async function missing(client: Pick<pg.Client, 'query'>): Promise<string[]> {
  const names = DATABASE_ROLES.map(roleName);
  const roles = await client.query<{ name: string }>(
    'SELECT rolname::text AS name FROM pg_roles WHERE rolname = ANY ($1::text[])',
    [names],
  );
  const there = new Set(roles.rows.map(({ name }) => name));
  const memberships = await client.query<{ role: string; other: string }>(
    `SELECT r.rolname::text AS role, o.rolname::text AS other
       FROM pg_roles r, pg_roles o
      WHERE (r.rolname = ANY ($1::text[]) OR r.rolname = current_user) AND o.rolname = ANY ($1::text[])
        AND r.oid <> o.oid AND pg_has_role(r.oid, o.oid, 'MEMBER')`,
    [names],
  );
  const me = (await client.query<{ me: string }>('SELECT quote_ident(current_user) AS me')).rows[0]?.me ?? '';
  const prune = await client.query<{ lacks: boolean }>(MAY_NOT_NAME_PRUNE);
  const member = new Set(memberships.rows.map(({ role, other }) => `${role} ${other}`));
  const owner = roleName('owner');
  return [
    ...names.filter((name) => !there.has(name)).map((name) => `CREATE ROLE ${name} NOINHERIT`),
    ...MAY_BECOME.map(({ role, other }) => [roleName(role), roleName(other)] as const)
      .filter(([role, other]) => !member.has(`${role} ${other}`))
      .map(([role, other]) => `GRANT ${other} TO ${role}`),
    // Where one sign-in is all that there is, every process uses it.
    ...[owner, ...PROCESS_ROLES.map(roleName)]
      .filter((name) => !member.has(`${unquoted(me)} ${name}`))
      .map((name) => `GRANT ${name} TO ${me}`),
    ...(prune.rows[0]?.lacks ? [`GRANT SET ON PARAMETER "catalog_sync.prune" TO ${me}`] : []),
  ];
}

function unquoted(identifier: string): string {
  return identifier.startsWith('"') ? identifier.slice(1, -1).replaceAll('""', '"') : identifier;
}
