import type { Database } from './client.ts';

/**
 * Policies, row-level security and grants that a database has beyond what it has by itself: its owner's own rights,
 * and PUBLIC's right to run functions. None is ours so far.
 */
export async function readForeignRights(database: Pick<Database, '$queryRaw'>): Promise<string[]> {
  const policies = await database.$queryRaw<{ finding: string }[]>`
    SELECT 'policy ' || polname || ' on ' || c.relname || ' is not ours' AS finding
      FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
     WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'row-level security of ' || c.relname || ' is ' ||
           CASE WHEN c.relrowsecurity THEN 'on' ELSE 'off' END ||
           CASE WHEN c.relforcerowsecurity THEN ', and forced' ELSE '' END
      FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND (c.relrowsecurity OR c.relforcerowsecurity)
    UNION ALL
    SELECT 'rule ' || r.rulename || ' on ' || c.relname || ' is not ours'
      FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
     ORDER BY 1`;
  const grants = await database.$queryRaw<
    { object: string; grantee: string; given: boolean; rights: string }[]
  >`
    WITH objects AS (
      -- Everybody may use it; before PostgreSQL 15, everybody may also make things in it.
      SELECT 'schema public' AS name, n.nspacl AS acl,
             acldefault('n', n.nspowner) || makeaclitem(0, n.nspowner, 'USAGE', false) AS usual
        FROM pg_namespace n
       WHERE n.nspname = 'public' AND n.nspacl IS NOT NULL AND current_setting('server_version_num')::integer >= 150000
      UNION ALL
      SELECT c.relname::text AS name, coalesce(c.relacl, usual.acl) AS acl, usual.acl AS usual
        FROM pg_class c
       CROSS JOIN LATERAL acldefault((CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END)::"char", c.relowner) usual (acl)
       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
         AND NOT EXISTS (SELECT 1 FROM pg_depend d
                          WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
      UNION ALL
      SELECT c.relname || '.' || a.attname, a.attacl, NULL
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
       WHERE c.relnamespace = 'public'::regnamespace AND a.attacl IS NOT NULL AND NOT a.attisdropped
      UNION ALL
      SELECT p.proname::text, coalesce(p.proacl, usual.acl), usual.acl
        FROM pg_proc p
       CROSS JOIN LATERAL acldefault('f', p.proowner) usual (acl)
       WHERE p.pronamespace = 'public'::regnamespace
         AND NOT EXISTS (SELECT 1 FROM pg_depend d
                          WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
    ), differing AS (
      SELECT o.name, x.grantee, true AS given, x.privilege_type FROM objects o CROSS JOIN LATERAL (
        SELECT grantee, privilege_type, is_grantable FROM aclexplode(o.acl)
        EXCEPT SELECT grantee, privilege_type, is_grantable FROM aclexplode(o.usual)) x
      UNION ALL
      SELECT o.name, x.grantee, false, x.privilege_type FROM objects o CROSS JOIN LATERAL (
        SELECT grantee, privilege_type, is_grantable FROM aclexplode(o.usual)
        EXCEPT SELECT grantee, privilege_type, is_grantable FROM aclexplode(o.acl)) x
    )
    SELECT name AS object, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee)::text END AS grantee,
           given, string_agg(privilege_type, ', ' ORDER BY privilege_type) AS rights
      FROM differing
     GROUP BY name, differing.grantee, given
     ORDER BY name, 2, given`;
  return [
    ...policies.map(({ finding }) => finding),
    ...grants.map(
      ({ object, grantee, given, rights }) =>
        `${object} is ${given ? '' : 'no longer '}granted to ${grantee}: ${rights}`,
    ),
  ];
}
