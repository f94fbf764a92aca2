import { retentionSettings, type Settings } from '../../config/settings.ts';
import type { Database } from '../../database/client.ts';
import { formatTime } from '../../domain/time.ts';
import { cutoffOf } from '../../retention/cutoff.ts';
import { readDiskUse, roughlyPrunable } from '../../retention/disk-use.ts';
import { ok, type Check } from './check.ts';

const DAY_SECONDS = 86_400;
/** For a ledger without a retention: what events of over so many days take. */
const DAYS_OTHERWISE = 400;
/** So many tables are told one by one. */
const SHOWN = 8;

/** What the tables take on the disk, and what a prune would free. It is no fault of any kind. */
export async function checkDiskUse(
  database: Database,
  settings: Pick<Settings, 'RETENTION_DAYS' | 'ARCHIVE_DIR'>,
): Promise<Check> {
  const use = await readDiskUse(database);
  const retention = retentionSettings(settings);
  const days = retention?.days ?? DAYS_OTHERWISE;
  // Of a great ledger it may take longer than a statement may.
  const old = await roughlyPrunable(database, use, await cutoffOf(database, days * DAY_SECONDS)).catch(
    () => undefined,
  );
  const frees = !old
    ? 'what a prune would take was not counted in time'
    : old.events === 0
      ? `none is older than ${days} days and needless`
      : `of those older than ${days} days a prune would take at most ${old.events.toLocaleString('en-US')}, ` +
        `some ${sizeInWords(old.bytes)}`;
  const kept = retention
    ? `RETENTION_DAYS is ${retention.days}${retention.archiveDir === undefined ? ', without an archive' : ''}`
    : 'RETENTION_DAYS is not set here';
  const since =
    use.oldestEvent === undefined ? 'no event' : `events since ${formatTime(use.oldestEvent).slice(0, 10)}`;
  return {
    ...ok('disk use', `${sizeInWords(use.bytes)}, ${since}; ${frees}; ${kept}`),
    table: {
      head: ['table', 'size', 'rows, estimated'],
      rows: use.tables
        .slice(0, SHOWN)
        .map(({ table, bytes, rows }) => [table, sizeInWords(bytes), rows.toLocaleString('en-US')]),
    },
    tables: use.tables,
  };
}

function sizeInWords(bytes: number): string {
  if (bytes < 2 ** 20) return `${Math.ceil(bytes / 2 ** 10)} KiB`;
  return bytes < 2 ** 30 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
