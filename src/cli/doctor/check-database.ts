import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '../../config/project-root.ts';
import type { Database } from '../../database/client.ts';
import { formatTime } from '../../domain/time.ts';
import { failed, ok, reasonOf, type Check } from './check.ts';

/** PostgreSQL 14 is the oldest that the migrations run on: they have SQL function bodies. */
const OLDEST_VERSION = 140_000;

/** Beyond the gate's target of the queue lag, in seconds. */
const PENDING_TOO_LONG = 90;

export async function checkDatabase(database: Database): Promise<Check[]> {
  let version: { number: number; text: string };
  try {
    const [row] = await database.$queryRaw<{ number: number; text: string }[]>`
      SELECT current_setting('server_version_num')::integer AS number, current_setting('server_version') AS text`;
    if (!row) throw new Error('it does not tell its version');
    version = row;
  } catch (error) {
    return [
      failed(
        'PostgreSQL',
        reasonOf(error),
        'Start it, or set DATABASE_URL to where it is and who you are there.',
      ),
    ];
  }
  const server =
    version.number >= OLDEST_VERSION
      ? ok('PostgreSQL', `version ${version.text}`)
      : failed('PostgreSQL', `version ${version.text} is too old`, 'Use PostgreSQL 14 or newer.');
  const migrations = await checkMigrations(database);
  if (migrations.status !== 'ok') return [server, migrations];
  return [server, migrations, await checkOldestPending(database)];
}

async function checkMigrations(database: Database): Promise<Check> {
  const name = 'migrations';
  const todo = 'Run `catalog-sync setup`.';
  const folder = path.join(projectRoot(), 'prisma', 'migrations');
  const entries = await readdir(folder, { withFileTypes: true });
  const wanted = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  let rows: { migration_name: string; applied: boolean }[];
  try {
    rows = await database.$queryRaw`
      SELECT migration_name, bool_or(finished_at IS NOT NULL AND rolled_back_at IS NULL) AS applied
        FROM _prisma_migrations GROUP BY migration_name`;
  } catch (error) {
    if (/\b42P01\b|does not exist/.test(String(error))) return failed(name, 'none is applied', todo);
    return failed(name, reasonOf(error), todo);
  }
  const applied = new Set(rows.filter((row) => row.applied).map((row) => row.migration_name));
  const missing = wanted.filter((one) => !applied.has(one)).toSorted();
  const unknown = [...applied].filter((one) => !wanted.includes(one)).toSorted();
  if (missing.length > 0) return failed(name, `not applied: ${missing.join(', ')}`, todo);
  if (unknown.length > 0) {
    return failed(
      name,
      `this version does not know ${unknown.join(', ')}`,
      'Run the newest version of catalog-sync.',
    );
  }
  return ok(name, `all ${wanted.length} are applied`);
}

async function checkOldestPending(database: Database): Promise<Check> {
  const name = 'oldest pending event';
  const [row] = await database.$queryRaw<
    { tenant_id: string; event_id: string; received_at_us: bigint; age: number }[]
  >`
    SELECT tenant_id, event_id, received_at_us, ((now_us() - received_at_us) / 1000000)::integer AS age
      FROM supplier_event
     WHERE decision IS NULL AND start_due_us IS NOT NULL
     ORDER BY received_at_us
     LIMIT 1`;
  if (!row) return ok(name, 'none is pending');
  const detail = `${row.event_id} of tenant ${row.tenant_id}, for ${row.age} s, since ${formatTime(row.received_at_us)}`;
  return row.age <= PENDING_TOO_LONG
    ? ok(name, detail)
    : failed(name, detail, 'See that workers run and Temporal answers; then look at `catalog-sync trace`.');
}
