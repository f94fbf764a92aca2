import type { Database } from './client.ts';
import { normalizedDefinition, type DatabaseTexts } from './function-texts.ts';

/** The functions and triggers that a database has, without those that belong to an extension. */
export async function readDatabaseTexts(database: Pick<Database, '$queryRaw'>): Promise<DatabaseTexts> {
  const functions = await database.$queryRaw<{ name: string; definition: string; body: string }[]>`
    SELECT p.proname::text AS name, p.prosrc AS body,
           -- PostgreSQL does not spell an aggregate's definition out.
           CASE WHEN p.prokind = 'a' THEN p.proname || '(aggregate)' ELSE pg_get_functiondef(p.oid) END AS definition
      FROM pg_proc p
     WHERE p.pronamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT 1 FROM pg_depend d
                        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
     ORDER BY p.proname, p.oid`;
  const triggers = await database.$queryRaw<
    { name: string; table: string; definition: string; enabled: boolean }[]
  >`
    SELECT t.tgname::text AS name, c.relname::text AS "table", pg_get_triggerdef(t.oid) AS definition,
           t.tgenabled = 'O' AS enabled
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
     ORDER BY c.relname, t.tgname`;
  return {
    functions: functions.map(({ name, definition, body }) => ({
      name,
      body,
      // A body in standard SQL has no such line, and stays in the header: none of ours is one.
      header: normalizedDefinition(definition.split('\nAS $')[0] ?? ''),
    })),
    triggers: triggers.map(({ name, table, definition, enabled }) => ({
      name,
      table,
      definition: normalizedDefinition(definition) + (enabled ? '' : ' (not enabled)'),
    })),
  };
}
