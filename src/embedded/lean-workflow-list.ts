import { SEARCH_ATTRIBUTES } from '../temporal/search-attribute-keys.ts';
import { withoutSecrets } from '../config/secret-settings.ts';
import type { RunProgram } from './run-program.ts';

/**
 * The indexes that the dev server's list of workflows keeps: of its order, of one workflow, of what runs, and of our search
 * attributes, which the server puts into its first keyword columns. It makes some 60, each with the close time, so that
 * each workflow that ends rewrites all of them; what is looked up by others is found by going through the list.
 */
const KEPT = [
  'default_idx',
  'by_workflow_id',
  'by_status',
  ...SEARCH_ATTRIBUTES.map((_, no) => `by_keyword_${String(no + 1).padStart(2, '0')}`),
];

/** Python's own SQLite: that of Node is not in every version that this runs on, and pip needs Python anyway. */
const DROP_OTHERS = `
import sqlite3, sys
file, kept = sys.argv[1], set(sys.argv[2:])
with sqlite3.connect(file, timeout=10, isolation_level=None) as list:
    list.execute('BEGIN IMMEDIATE')
    names = [name for (name,) in list.execute(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'executions_visibility' AND sql IS NOT NULL")]
    for name in names:
        if name not in kept:
            list.execute('DROP INDEX "%s"' % name.replace('"', '""'))
    list.execute('COMMIT')
`;

/**
 * Takes those indexes off the list of workflows that cost more than they help. The server may run meanwhile. Where there is no
 * Python they stay: events cost some 3 ms of CPU more then, and nothing else changes.
 *
 * @param dbFile the dev server's, with its schema
 */
export async function leanWorkflowList(dbFile: string, run: RunProgram): Promise<void> {
  await run('index clean-up', 'python3', ['-I', '-c', DROP_OTHERS, dbFile, ...KEPT], {
    env: withoutSecrets(process.env),
  });
}
