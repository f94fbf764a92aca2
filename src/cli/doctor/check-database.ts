import { secondsInWords } from '../../domain/span.ts';
import { queueLag } from '../../signals/queue-lag.ts';
import { meets } from '../../domain/verdict.ts';
import { readHead } from '../../audit/verify-audit.ts';
import { alteredParts } from '../../database/altered-parts.ts';
import type { Database } from '../../database/client.ts';
import { readFunctionTexts } from '../../database/function-texts.ts';
import { isOfEarlierVersion, readMigrationState } from '../../database/migration-state.ts';
import { roleName } from '../../database/roles.ts';
import { formatTime } from '../../domain/time.ts';
import { failed, ok, reasonOf, type Check } from './check.ts';

/** PostgreSQL 14 is the oldest that knows CREATE OR REPLACE TRIGGER, in which prisma/functions is written. */
const OLDEST_VERSION = 140_000;

/** So many findings are told in a line. */
const MOST_FINDINGS = 10;

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
  return [
    server,
    migrations,
    await checkSignIn(database),
    await checkFunctions(database),
    await checkAudit(database),
    await checkOldestPending(database),
  ];
}

async function checkMigrations(database: Database): Promise<Check> {
  const name = 'migrations';
  const todo = 'Run `catalog-sync setup`.';
  let state: Awaited<ReturnType<typeof readMigrationState>>;
  try {
    state = await readMigrationState(database);
  } catch (error) {
    return failed(name, reasonOf(error), todo);
  }
  if (!state) return failed(name, 'none is applied', todo);
  const { ours, missing, unknown, altered } = state;
  if (isOfEarlierVersion(state)) {
    return failed(
      name,
      'an earlier version of catalog-sync made this database',
      'Use an empty database; docs/running.md says how to bring the events along.',
    );
  }
  if (altered.length > 0) {
    return failed(
      name,
      `altered after it was applied: ${altered.join(', ')}`,
      'Put prisma/migrations back to what it was, or use an empty database.',
    );
  }
  if (missing.length > 0) return failed(name, `not applied: ${missing.join(', ')}`, todo);
  if (unknown.length > 0) {
    return failed(
      name,
      `this version does not know ${unknown.join(', ')}`,
      'Run the newest version of catalog-sync.',
    );
  }
  return ok(name, `all ${ours.length} are applied`);
}

/** Whoever signs in as the owner or a superuser could do more than any command has to. */
async function checkSignIn(database: Database): Promise<Check> {
  const name = 'database role';
  const [row] = await database.$queryRaw<{ name: string; strong: boolean }[]>`
    SELECT u.rolname::text AS name,
           u.rolsuper OR EXISTS (SELECT 1 FROM pg_roles o WHERE o.rolname = ${roleName('owner')}
                                    AND pg_has_role(u.oid, o.oid, 'MEMBER')) AS strong
      FROM pg_roles u WHERE u.rolname = session_user`;
  const who = row?.name ?? 'nobody';
  return row?.strong === false
    ? ok(name, who)
    : failed(
        name,
        `${who} owns the catalog or is a superuser`,
        `Sign in as ${roleName('operator')}; only \`setup\` needs the owner. See docs/database-roles.md.`,
      );
}

async function checkFunctions(database: Database): Promise<Check> {
  const name = 'functions and rights';
  const findings = await alteredParts(database);
  if (findings.length > 0) {
    const more = findings.length > MOST_FINDINGS ? `; and ${findings.length - MOST_FINDINGS} more` : '';
    return failed(
      name,
      findings.slice(0, MOST_FINDINGS).join('; ') + more,
      'See who did it. `catalog-sync setup` puts right what our roles may. The text of a function or trigger is in ' +
        'prisma/functions/NAME.sql: run that file with psql. Take away what is not ours.',
    );
  }
  const { functions, triggers } = await readFunctionTexts();
  return ok(name, `all ${functions.length} functions and ${triggers.length} triggers are ours`);
}

/** Whoever notes the head can prove later that nothing up to here was taken away. */
async function checkAudit(database: Database): Promise<Check> {
  const name = 'audit list';
  const head = await readHead(database);
  return ok(name, head ? `${head.no} entries, head ${head.hash}` : 'no entry');
}

async function checkOldestPending(database: Database): Promise<Check> {
  const name = 'oldest pending event';
  const [row] = await database.$queryRaw<
    { tenant_id: string; event_id: string; received_at_us: bigint; age: number }[]
  >`
    SELECT e.tenant_id, e.event_id, e.received_at_us, (greatest(0, now_us() - e.received_at_us) / 1000000)::integer AS age
      FROM supplier_event e
      JOIN supplier_flow(ARRAY(SELECT id FROM tenant)) f ON f.tenant_id = e.tenant_id AND f.supplier_id = e.supplier_id
     WHERE e.decision IS NULL AND coalesce(e.start_due_us, 0) < behind_live_us()
       AND outcome_with_flags(e, f.flows) = 'pending'
     ORDER BY e.received_at_us
     LIMIT 1`;
  if (!row) return ok(name, 'none is pending');
  const detail = `${row.event_id} of tenant ${row.tenant_id}, for ${secondsInWords(row.age)}, since ${formatTime(row.received_at_us)}`;
  return meets(row.age, queueLag.bound)
    ? ok(name, detail)
    : failed(name, detail, 'See that workers run and Temporal answers; then look at `catalog-sync trace`.');
}
