import { NamedClient } from './named-client.ts';
import { roleName, type DatabaseRole } from './roles.ts';

/** A process may not be in the database what it has to be; the message says what to do. */
export class WrongRole extends Error {
  override name = 'WrongRole';
}

const CONNECT_WITHIN_MS = 5_000;

interface Row {
  name: string;
  known: boolean;
  may: boolean;
  superuser: boolean;
  owner: boolean;
}

/**
 * Looks at whom an address signs in as, before a process works there in its role. A database that does not answer is
 * for others to tell of.
 *
 * @returns what is wrong though it works: the process could do more than its role may
 * @throws WrongRole
 */
export async function checkOwnRole(databaseUrl: string, role: DatabaseRole): Promise<string | undefined> {
  const row = await look(databaseUrl, role).catch(() => undefined);
  if (!row) return undefined;
  const wanted = roleName(role);
  if (!row.known) {
    throw new WrongRole(`The database knows no role ${wanted}: run \`catalog-sync setup\` first.`);
  }
  if (!row.may) {
    throw new WrongRole(
      `DATABASE_URL signs in as ${row.name}, who may not be ${wanted}: sign in as ${wanted}, or as somebody whom ` +
        `\`GRANT ${wanted} TO ${row.name}\` made a member (docs/database-roles.md).`,
    );
  }
  if (!row.superuser && !row.owner) return undefined;
  const what = row.superuser ? 'a superuser' : `of ${roleName('owner')}`;
  return (
    `DATABASE_URL signs in as ${row.name}, who is ${what} and may everything, also what ${wanted} may not: ` +
    `sign in as ${wanted} (docs/database-roles.md)`
  );
}

async function look(databaseUrl: string, role: DatabaseRole): Promise<Row | undefined> {
  const client = new NamedClient({
    connectionString: databaseUrl,
    connectionTimeoutMillis: CONNECT_WITHIN_MS,
    query_timeout: CONNECT_WITHIN_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<Row>(
      `SELECT u.rolname::text AS name, r.oid IS NOT NULL AS known, coalesce(pg_has_role(u.oid, r.oid, 'MEMBER'), false) AS may,
              u.rolsuper AS superuser, coalesce(pg_has_role(u.oid, o.oid, 'MEMBER'), false) AS owner
         FROM pg_roles u
         LEFT JOIN pg_roles r ON r.rolname = $1
         LEFT JOIN pg_roles o ON o.rolname = $2
        WHERE u.rolname = session_user`,
      [roleName(role), roleName('owner')],
    );
    return rows[0];
  } finally {
    await client.end().catch(() => undefined);
  }
}
