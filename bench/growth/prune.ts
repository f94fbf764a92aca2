import { mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Prisma } from '../../src/generated/prisma/client.ts';
import { untraceableEvents } from '../../src/ledger/traced-events.ts';
import { eventMaker, type BenchEvent } from '../events.ts';
import { SUPPLIER, TENANT, type BenchDatabase, type Parts } from '../parts.ts';
import { figure, table } from '../report/markdown.ts';
import { percentile } from '../stats.ts';
import { startOurs } from '../subjects.ts';
import { EVENTS_AN_ITEM, fillHistory } from './fill-history.ts';
import type { GrowthOptions, GrowthResult } from './result.ts';

const CLI = path.resolve(import.meta.dirname, '../../dist/src/cli/main.js');
const PER_SECOND = 10;
const AGAIN = 200;
const TABLES = [
  'supplier_event',
  'catalog_item_version',
  'publish_attempt',
  'pruned_event',
  'archived_rival',
];

/** A ledger that is pruned to a tenth while events flow: how late they are before and meanwhile, and what is left. */
export async function prune(parts: Parts, options: GrowthOptions): Promise<GrowthResult> {
  const items = options.full ? 50_000 : 2_500;
  const database = await parts.databaseOf('prune');
  options.say(`prune: filling ${(items * EVENTS_AN_ITEM).toLocaleString('en')} ledger rows`);
  await fillHistory(database.url, items);
  const before = await sizesOf(database);
  const late = await database.sql(`
    SELECT event_id AS "eventId", sku, quantity, updated_at_us::text AS "updatedAtUs", workflow_id AS "workflowId"
      FROM supplier_event ORDER BY seq LIMIT ${AGAIN}`);
  const running = await startOurs(parts, { databaseName: 'prune' });
  try {
    const send = sender(parts, running.post);
    await send('warm', during(15_000));
    options.say('prune: events without a prune');
    const calm = await send('calm', during(options.full ? 60_000 : 20_000));
    const archives = path.join(parts.folder, 'archives');
    mkdirSync(archives);
    const begun = performance.now();
    options.say('prune: events beside a prune');
    const child = parts.run(
      'prune',
      [CLI, 'prune', '--older-than', '400d', '--tenant', TENANT, '--archive', archives, '--yes', '--json'],
      { DATABASE_URL: database.urls.operator, DATA_DIR: parts.folder },
    );
    let seconds = 0;
    const ended = child.exited.then((code) => {
      seconds = (performance.now() - begun) / 1000;
      if (code !== 'exit code 0')
        throw new Error(`prune ended with ${code}; see ${parts.folder}/logs/prune.log`);
    });
    const busy = await send('busy', () => child.isAlive());
    await ended;
    const after = await sizesOf(database);
    const facts = await factsOf(database, late);
    await database.sql('VACUUM FULL');
    const repacked = await sizesOf(database);
    return {
      name: 'prune',
      markdown: [
        table(
          [`${PER_SECOND} events/s`, 'events', 'lag p50, ms', 'p95', 'p99'],
          [
            ['without a prune', ...shownLags(calm)],
            [`beside one, ${figure(seconds)} s`, ...shownLags(busy)],
          ],
        ),
        `p95 is ${figure(percentile(busy, 0.95) / percentile(calm, 0.95), 2)} times as long beside the prune.`,
        table(
          ['table', 'rows before', 'after', 'MiB before', 'after', 'after VACUUM FULL'],
          TABLES.map((name) => [
            `\`${name}\``,
            ...[before, after].map((sizes) => (sizes[name]?.rows ?? 0).toLocaleString('en')),
            ...[before, after, repacked].map((sizes) => figure((sizes[name]?.bytes ?? 0) / 2 ** 20, 1)),
          ]),
        ),
        `The archive has ${figure(bytesBelow(archives) / 2 ** 20, 1)} MiB. ${facts}`,
      ].join('\n\n'),
    };
  } finally {
    await running.stop();
  }
}

function during(ms: number): () => boolean {
  const end = performance.now() + ms;
  return () => performance.now() < end;
}

/** Sends events at a steady rate, every other one for an item that has a history, until all are accepted. */
function sender(parts: Parts, post: (events: readonly BenchEvent[]) => Promise<void>) {
  let oldItem = 0;
  return async (prefix: string, goesOn: () => boolean): Promise<number[]> => {
    const make = eventMaker(prefix);
    const sent = new Map<string, number>();
    const posts: Promise<void>[] = [];
    const begun = performance.now();
    for (let no = 0; goesOn(); no += 1) {
      const wait = begun + (no * 1000) / PER_SECOND - performance.now();
      if (wait > 0) await sleep(wait);
      const [event] = make(1) as [BenchEvent];
      if (no % 2 === 0) event.sku = `OLD-${(oldItem += 1)}`;
      sent.set(event.sku, performance.now());
      posts.push(post([event]));
    }
    await Promise.all(posts);
    const { accepted } = parts.storefront;
    const end = performance.now() + 60_000;
    while (![...sent.keys()].every((sku) => accepted.has(sku))) {
      if (performance.now() > end) throw new Error('some events were not accepted within a minute');
      await sleep(20);
    }
    return [...sent].map(([sku, at]) => (accepted.get(sku) ?? 0) - at);
  };
}

function shownLags(lags: readonly number[]): string[] {
  return [
    lags.length.toLocaleString('en'),
    ...[0.5, 0.95, 0.99].map((share) => figure(percentile([...lags], share))),
  ];
}

async function sizesOf({ sql }: BenchDatabase): Promise<Record<string, { rows: number; bytes: number }>> {
  const rows = await sql<{ name: string; rows: bigint; bytes: bigint }>(
    TABLES.map(
      (name) =>
        `SELECT '${name}' AS name, (SELECT count(*) FROM ${name}) AS rows, pg_total_relation_size('${name}') AS bytes`,
    ).join(' UNION ALL '),
  );
  return Object.fromEntries(
    rows.map((row) => [row.name, { rows: Number(row.rows), bytes: Number(row.bytes) }]),
  );
}

/** Whether every trace that is left is complete, and what late deliveries of events that went are answered. */
async function factsOf({ database, sql }: BenchDatabase, late: readonly unknown[]): Promise<string> {
  const gaps = await database.$queryRaw<{ seq: bigint }[]>(
    Prisma.sql`SELECT u.seq FROM (${untraceableEvents(TENANT)}) u LIMIT 10`,
  );
  const [{ count }] = (await sql<{ count: bigint }>('SELECT count(*) AS count FROM supplier_event')) as [
    { count: bigint },
  ];
  const answers = await sql<{ status: string; count: bigint }>(
    `SELECT status, count(*) AS count FROM record_supplier_events('${TENANT}', '${SUPPLIER}', $1::jsonb) GROUP BY 1`,
    [JSON.stringify(late)],
  );
  const said = answers.map((row) => `${Number(row.count)} ${row.status}`).join(', ');
  return (
    `Of the ${Number(count).toLocaleString('en')} events that are left, ` +
    `${gaps.length === 0 ? 'every one has a complete trace (100 %)' : `at least ${gaps.length} have no complete trace`}. ` +
    `${late.length} late deliveries of events that went: ${said}.`
  );
}

function bytesBelow(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => statSync(path.join(folder, name)))
    .reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0);
}
