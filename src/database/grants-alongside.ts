import { inserters, parseGrant } from './compare-rights.ts';
import { FUNCTION_RIGHTS } from './function-rights.ts';
import { TABLE_RIGHTS } from './rights.ts';
import { roleName, type DatabaseRole } from './roles.ts';

/**
 * A statement for the end of a migration's transaction: what processes of the version before call may by then use tables and
 * columns that the migration has made, so their roles get the rights on them in that moment, and the owner what is new. It
 * takes nothing away and passes over what a later migration is to make; settleRights does the rest.
 */
export function grantsAlongside(): string {
  const owner = roleName('owner');
  return `DO $grants$
DECLARE one record;
BEGIN
  FOR one IN
    SELECT c.oid::regclass AS name FROM pg_class c
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname = ANY (${textArray(Object.keys(TABLE_RIGHTS))})
       AND pg_get_userbyid(c.relowner) <> '${owner}'
  LOOP
    EXECUTE format('ALTER TABLE %s OWNER TO ${owner}', one.name);
  END LOOP;
  FOR one IN
    SELECT p.oid::regprocedure AS name, w.users
      FROM (VALUES ${functionRows()}) w (name, users) JOIN pg_proc p ON p.proname = w.name
     WHERE p.pronamespace = 'public'::regnamespace AND pg_get_userbyid(p.proowner) <> '${owner}'
  LOOP
    EXECUTE format('ALTER ROUTINE %s OWNER TO ${owner}', one.name);
    EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', one.name);
    IF one.users <> '' THEN EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO %s', one.name, one.users); END IF;
  END LOOP;
  FOR one IN
    SELECT c.oid::regclass AS name, w.role, w."right" || coalesce(' (' || quote_ident(a.attname) || ')', '') AS "right"
      FROM (VALUES ${tableRows()}) w ("table", "column", role, "right")
      JOIN pg_class c ON c.relname = w."table" AND c.relnamespace = 'public'::regnamespace
      LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = w."column" AND NOT a.attisdropped
     WHERE CASE WHEN w."column" IS NULL THEN NOT has_table_privilege(w.role, c.oid, w."right")
                WHEN a.attname IS NOT NULL THEN NOT has_column_privilege(w.role, c.oid, a.attnum, w."right")
                ELSE false END
  LOOP
    EXECUTE format('GRANT %s ON TABLE %s TO %s', one."right", one.name, one.role);
  END LOOP;
  FOR one IN
    SELECT s.oid::regclass AS name, w.role
      FROM (VALUES ${sequenceRows()}) w ("table", role)
      JOIN pg_class t ON t.relname = w."table" AND t.relnamespace = 'public'::regnamespace
      JOIN pg_depend d ON d.refobjid = t.oid AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
      JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
     WHERE NOT has_sequence_privilege(w.role, s.oid, 'USAGE')
  LOOP
    EXECUTE format('GRANT USAGE ON SEQUENCE %s TO %s', one.name, one.role);
  END LOOP;
END
$grants$;
`;
}

function tableRows(): string {
  const rows = Object.entries(TABLE_RIGHTS).flatMap(([table, { grants }]) =>
    Object.entries(grants).flatMap(([role, text]) =>
      parseGrant(text).flatMap(({ right, columns }) =>
        (columns.length === 0 ? [null] : columns).map((column) => [
          table,
          column,
          roleName(role as DatabaseRole),
          right,
        ]),
      ),
    ),
  );
  return valuesOf(rows);
}

function functionRows(): string {
  return valuesOf(
    Object.entries(FUNCTION_RIGHTS).map(([name, users]) => [name, users.map(roleName).join(', ')]),
  );
}

function sequenceRows(): string {
  return valuesOf(
    Object.keys(TABLE_RIGHTS).flatMap((table) => inserters(table).map((role) => [table, role])),
  );
}

function valuesOf(rows: readonly (readonly (string | null)[])[]): string {
  return rows.map((row) => `(${row.map(literal).join(', ')})`).join(', ');
}

function literal(text: string | null): string {
  return text === null ? 'NULL' : `'${text}'`;
}

function textArray(names: readonly string[]): string {
  return `ARRAY[${names.map((name) => `'${name}'`).join(', ')}]::text[]`;
}
