import type { Database } from './client.ts';
import { DATABASE_ROLES, MAY_BECOME, roleName } from './roles.ts';

/** What is wrong with the roles themselves, one finding an entry. */
export async function readRoleFindings(database: Pick<Database, '$queryRaw'>): Promise<string[]> {
  const rows = await database.$queryRaw<
    { name: string; strong: boolean; inherits: boolean; owns: boolean; others: string[] }[]
  >`
    SELECT r.rolname::text AS name, r.rolinherit AS inherits,
           r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR r.rolreplication AS strong,
           EXISTS (SELECT 1 FROM pg_roles o
                    WHERE o.oid <> r.oid AND (o.rolsuper OR o.rolname = ${roleName('owner')})
                      AND NOT r.rolsuper AND pg_has_role(r.oid, o.oid, 'MEMBER')) AS owns,
           ARRAY(SELECT o.rolname::text FROM pg_roles o
                  WHERE o.rolname = ANY (${DATABASE_ROLES.map(roleName)}::text[]) AND o.oid <> r.oid
                    AND pg_has_role(r.oid, o.oid, 'MEMBER')) AS others
      FROM pg_roles r
     WHERE r.rolname = ANY (${DATABASE_ROLES.map(roleName)}::text[])`;
  const found = new Map(rows.map((row) => [row.name, row]));
  return DATABASE_ROLES.flatMap((role) => {
    const name = roleName(role);
    const row = found.get(name);
    if (!row) return [`the role ${name} is missing`];
    const wanted = MAY_BECOME.filter((one) => one.role === role).map(({ other }) => roleName(other));
    return [
      ...(row.strong ? [`${name} may more than a role of ours: see \\du in psql`] : []),
      ...(row.inherits && role !== 'owner' ? [`${name} inherits the rights of others`] : []),
      ...(row.owns ? [`${name} may become the owner or a superuser`] : []),
      ...wanted
        .filter((other) => !row.others.includes(other))
        .map((other) => `${name} may not become ${other}`),
      ...row.others
        .filter((other) => !wanted.includes(other) && other !== roleName('owner'))
        .map((other) => `${name} may become ${other}`),
    ];
  });
}
