import { workflowIdOf } from '../../src/intake/event-id.ts';
import { SUPPLIER, TENANT, type BenchDatabase, type Parts } from '../parts.ts';
import { figure, table } from '../report/markdown.ts';
import { lineChart } from '../report/svg.ts';
import { median } from '../stats.ts';
import type { GrowthOptions, GrowthResult } from './result.ts';

const CALLS = 30;
const LOOK_UPS = {
  'due events of a tenant': `
    SELECT seq FROM supplier_event WHERE tenant_id = '${TENANT}' AND start_due_us <= 9000000000000000
     ORDER BY start_due_us LIMIT 25 FOR NO KEY UPDATE SKIP LOCKED`,
  'the latest events of an item': `
    SELECT seq FROM supplier_event WHERE item_id = '${TENANT}:OLD-7' ORDER BY seq DESC LIMIT 51`,
  'an event that came again': `
    SELECT seq FROM supplier_event
     WHERE tenant_id = '${TENANT}' AND supplier_id = '${SUPPLIER}' AND event_id = 'old-7'`,
  'what a tenant has undecided': `
    SELECT seq FROM supplier_event WHERE tenant_id = '${TENANT}' AND decision IS NULL AND received_at_us < 0`,
  'a page of a replay': `
    SELECT seq FROM supplier_event
     WHERE tenant_id = '${TENANT}' AND received_at_us >= 0 AND received_at_us < 9000000000000000
     ORDER BY received_at_us, seq LIMIT 1000`,
};

/** How long the statements of an event's way take beside 10 to 1,000,000 ledger rows. */
export async function ledgerSize(parts: Parts, options: GrowthOptions): Promise<GrowthResult> {
  const sizes = options.full ? [10, 1_000, 100_000, 1_000_000] : [10, 1_000, 100_000];
  const database = await parts.databaseOf('ledger');
  const rows: string[][] = [];
  const points: Record<string, [number, number][]> = {};
  let filled = 0;
  for (const size of sizes) {
    await fill(database, filled, size);
    filled = size;
    const times = await timeCalls(database, size);
    rows.push([size.toLocaleString('en'), ...Object.values(times).map((ms) => figure(ms, 2))]);
    for (const [name, ms] of Object.entries(times)) (points[name] ??= []).push([size, ms]);
  }
  const plans = await plansOf(database);
  return {
    name: 'ledger',
    markdown: [
      table(['ledger rows', ...Object.keys(points).map((name) => `${name}, ms`)], rows),
      `Plans beside ${filled.toLocaleString('en')} rows:\n\n\`\`\`\n${plans}\n\`\`\``,
    ].join('\n\n'),
    plots: {
      'ledger.svg': lineChart(
        'Time of a statement by the rows in the ledger',
        { x: 'ledger rows', y: 'ms', logX: true },
        Object.entries(points).map(([label, line]) => ({ label, points: line })),
      ),
    },
  };
}

/** Decided events, as a ledger of some age is full of them: each with its item and an accepted version. */
async function fill({ sql }: BenchDatabase, from: number, to: number): Promise<void> {
  await sql(`
    WITH e AS (
      INSERT INTO supplier_event (tenant_id, supplier_id, event_id, sku, quantity, updated_at_us, received_at_us, digest,
                                  workflow_id, start_count, item_id, decision, decision_no, decided_at_us, rule, version)
      SELECT '${TENANT}', '${SUPPLIER}', 'old-' || n, 'OLD-' || n, 1, n, now_us(), event_digest('OLD-' || n, 1, n),
             'sync:old-' || n, 1, '${TENANT}:OLD-' || n, 'won', nextval('decision_no_seq'), now_us(), 'first', 1
        FROM generate_series(${from + 1}, ${to}) n
      RETURNING seq, item_id, sku, event_id, updated_at_us
    ), i AS (
      INSERT INTO catalog_item (item_id, tenant_id, sku, quantity, updated_at_us, supplier_id, event_id, winner_seq, version)
      SELECT e.item_id, '${TENANT}', e.sku, 1, e.updated_at_us, '${SUPPLIER}', e.event_id, e.seq, 1 FROM e
    )
    INSERT INTO catalog_item_version (item_id, version, event_seq, quantity, updated_at_us, rule, publication)
    SELECT e.item_id, 1, e.seq, 1, e.updated_at_us, 'first', 'accepted' FROM e`);
  await sql('ANALYZE');
}

async function timeCalls({ sql }: BenchDatabase, size: number): Promise<Record<string, number>> {
  const times: Record<string, number[]> = {
    'take in': [],
    claim: [],
    save: [],
    'begin publish': [],
    'end publish': [],
  };
  const time = async <T>(name: string, call: () => Promise<T[]>): Promise<T | undefined> => {
    const begun = performance.now();
    const [row] = await call();
    times[name]?.push(performance.now() - begun);
    return row;
  };
  for (let no = 0; no < CALLS; no += 1) {
    const id = `new-${size}-${no}`;
    const event = {
      eventId: id,
      sku: id.toUpperCase(),
      quantity: 1,
      updatedAtUs: '1',
      workflowId: workflowIdOf({ tenant: TENANT, supplier: SUPPLIER, eventId: id }),
    };
    const itemId = `${TENANT}:${event.sku}`;
    await time('take in', () =>
      sql(`SELECT * FROM record_supplier_events('${TENANT}', '${SUPPLIER}', '${JSON.stringify([event])}')`),
    );
    const claimed = await time('claim', () =>
      sql<{ seq: bigint }>(`SELECT seq FROM claim_supplier_events('bench', 50, 25, 60000000)`),
    );
    await time('save', () =>
      sql(`SELECT * FROM save_catalog_item(${claimed?.seq}, '${itemId}', '${event.sku}', NULL)`),
    );
    const begun = await time('begin publish', () =>
      sql<{ attempt_id: bigint }>(
        `SELECT attempt_id FROM begin_publish_attempt(${claimed?.seq}, '${itemId}', 1, '${id}', 'msg_${id}', NULL)`,
      ),
    );
    await time('end publish', () =>
      sql(`SELECT * FROM finish_publish_attempt(${begun?.attempt_id}, 'accepted', 200, NULL)`),
    );
  }
  return Object.fromEntries(Object.entries(times).map(([name, values]) => [name, median(values)]));
}

/** How PostgreSQL looks up what the ledger is asked for most: the plans, each with its title. */
async function plansOf({ sql }: BenchDatabase): Promise<string> {
  const texts: string[] = [];
  for (const [title, query] of Object.entries(LOOK_UPS)) {
    const rows = await sql<{ 'QUERY PLAN': string }>(`EXPLAIN (COSTS OFF) ${query}`);
    texts.push([`-- ${title}`, ...rows.map((row) => row['QUERY PLAN'])].join('\n'));
  }
  return texts.join('\n\n');
}
