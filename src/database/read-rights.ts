import type { Database } from './client.ts';

/** A right that a role has beyond what PostgreSQL gives by itself, or lacks of it. */
export interface Right {
  /** `supplier_event`, `supplier_event.sku`, `decision_no_seq`, `prune_events` or `schema public`. */
  object: string;
  grantee: string;
  right: string;
  /** False: taken away from those who have it by themselves. */
  given: boolean;
}

export interface Policy {
  table: string;
  name: string;
  /** `PERMISSIVE ALL`, for example. */
  kind: string;
  roles: string[];
  using: string;
  check: string;
}

/** What a database has of rights, whoever gave them. */
export interface FoundRights {
  rights: Right[];
  policies: Policy[];
  /** Every table, with its row-level security. */
  tables: { name: string; secured: boolean; forced: boolean }[];
  /** Tables, sequences, functions and the schema, by owner. */
  owners: { object: string; kind: string; signature: string; owner: string }[];
  rules: { table: string; name: string }[];
  /** The sequences that number a table's rows. */
  tableSequences: { sequence: string; table: string }[];
}

/** Reads the rights of everybody but the owners', without what belongs to an extension. */
export async function readRights(database: Pick<Database, '$queryRaw'>): Promise<FoundRights> {
  const rights = await database.$queryRaw<Right[]>`
    WITH objects AS (
      -- Everybody may use it; that everybody may also make things in it, as before PostgreSQL 15, is a right to be taken away.
      SELECT 'schema public' AS object, n.nspacl AS acl,
             acldefault('n', n.nspowner) || makeaclitem(0, n.nspowner, 'USAGE', false) AS usual
        FROM pg_namespace n
       WHERE n.nspname = 'public' AND n.nspacl IS NOT NULL
      UNION ALL
      SELECT c.relname::text, coalesce(c.relacl, usual.acl), usual.acl
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
      SELECT o.object, x.grantee, true AS given, x.privilege_type, x.is_grantable
        FROM objects o CROSS JOIN LATERAL (
        SELECT grantee, privilege_type, is_grantable FROM aclexplode(o.acl)
        EXCEPT SELECT grantee, privilege_type, is_grantable FROM aclexplode(o.usual)) x
      UNION ALL
      SELECT o.object, x.grantee, false, x.privilege_type, x.is_grantable
        FROM objects o CROSS JOIN LATERAL (
        SELECT grantee, privilege_type, is_grantable FROM aclexplode(o.usual)
        EXCEPT SELECT grantee, privilege_type, is_grantable FROM aclexplode(o.acl)) x
    )
    SELECT object, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee)::text END AS grantee,
           given, privilege_type || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END AS "right"
      FROM differing
     ORDER BY object COLLATE "C", 2, given, 4`;
  const policies = await database.$queryRaw<Policy[]>`
    SELECT c.relname::text AS "table", p.polname::text AS name,
           CASE WHEN p.polpermissive THEN 'PERMISSIVE ' ELSE 'RESTRICTIVE ' END ||
           CASE p.polcmd WHEN '*' THEN 'ALL' ELSE p.polcmd::text END AS kind,
           ARRAY(SELECT CASE r WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(r)::text END FROM unnest(p.polroles) r
                  ORDER BY 1) AS roles,
           coalesce(pg_get_expr(p.polqual, p.polrelid), '') AS using,
           coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '') AS check
      FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
     WHERE c.relnamespace = 'public'::regnamespace
     ORDER BY 1, 2`;
  const tables = await database.$queryRaw<FoundRights['tables']>`
    SELECT c.relname::text AS name, c.relrowsecurity AS secured, c.relforcerowsecurity AS forced
      FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
       AND NOT EXISTS (SELECT 1 FROM pg_depend d
                        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
     ORDER BY 1`;
  const owners = await database.$queryRaw<FoundRights['owners']>`
    SELECT c.relname::text AS object, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
           quote_ident(c.relname) AS signature, pg_get_userbyid(c.relowner)::text AS owner
      FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'S')
       AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                          AND d.deptype IN ('e', 'a', 'i'))
    UNION ALL
    SELECT p.proname::text, 'ROUTINE', p.oid::regprocedure::text, pg_get_userbyid(p.proowner)::text
      FROM pg_proc p
     WHERE p.pronamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT 1 FROM pg_depend d
                        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
     ORDER BY 1`;
  const rules = await database.$queryRaw<FoundRights['rules']>`
    SELECT c.relname::text AS "table", r.rulename::text AS name
      FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
     ORDER BY 1, 2`;
  const tableSequences = await database.$queryRaw<FoundRights['tableSequences']>`
    SELECT c.relname::text AS sequence, t.relname::text AS "table"
      FROM pg_depend d JOIN pg_class c ON c.oid = d.objid JOIN pg_class t ON t.oid = d.refobjid
     WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
       AND d.refobjsubid > 0 AND c.relkind = 'S' AND c.relnamespace = 'public'::regnamespace
     ORDER BY 1`;
  return { rights, policies, tables, owners, rules, tableSequences };
}
