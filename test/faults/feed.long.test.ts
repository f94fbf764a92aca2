import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { syncWorkflowId } from '../../src/domain/identity.ts';
import { requestRun } from '../../src/feed/run/request-run.ts';
import { setFeed } from '../../src/feed/store/set-feed.ts';
import { feedFiles, type FeedFiles } from '../support/faults/feed-files.ts';
import { say } from '../support/faults/parts.ts';
import { faultProduct, type FaultProduct } from '../support/faults/product.ts';
import { untilSettled } from '../support/faults/settle.ts';
import { until } from '../support/until.ts';

/** FEED_ROWS=20000 is the full size: each part is killed at each moment, not only one of them. */
const ROWS = Number(process.env.FEED_ROWS ?? 1_100);
const IS_FULL = ROWS >= 20_000;
/** So many items are not named by a file, every one by the others. */
const MISSING = Math.floor(ROWS / 10);
const ITEMS = ROWS + MISSING;
const WITHIN_MS = 200_000 + ROWS * 40;
const TENANT = 'shop';
const BY = { actor: 'fault tests', reason: 'fault tests' };

type Part = 'worker' | 'temporal' | 'postgres';
/** What is killed in the middle of fetching, reading, recording and zeroing. */
type Kills = readonly [Part, Part, Part, Part];
const FULL: readonly Kills[] = [
  ['worker', 'worker', 'worker', 'worker'],
  ['temporal', 'temporal', 'temporal', 'temporal'],
  ['postgres', 'postgres', 'postgres', 'postgres'],
];
const SMALL: readonly Kills[] = [['postgres', 'worker', 'temporal', 'postgres']];
const MOMENTS = [
  `state = 'fetching' AND file_bytes > 0`,
  `state = 'reading' AND rows >= 500`,
  `state = 'recording' AND recorded_rows >= 500`,
  `state = 'zeroing' AND zeroed > 0`,
];
const ENDED = `state IN ('completed', 'unchanged', 'failed', 'refused', 'cancelled')`;

let product: FaultProduct;
let files: FeedFiles;

beforeAll(async () => {
  product = await faultProduct();
  files = await feedFiles();
  await product.openTenant(TENANT);
  await fillCatalog();
  await setNight('night', 'acme');
  await setNight('small', 'globex');
  // So that there is a middle of it. A few items are zeroed in two steps, which go on while what was killed comes back.
  await product.sql(`
    CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_sleep(CASE WHEN NEW.zeroed_upto IS DISTINCT FROM OLD.zeroed_upto THEN ${IS_FULL ? 0.2 : 8} ELSE 0.2 END);
      RETURN NEW;
    END $$`);
  await product.sql(`
    CREATE TRIGGER take_time BEFORE UPDATE OF rows, recorded_rows, zeroed_upto ON feed_run
       FOR EACH ROW EXECUTE FUNCTION take_time()`);
}, WITHIN_MS);
afterAll(async () => {
  await product?.close();
  await files?.close();
});

async function setNight(feed: string, supplier: string): Promise<void> {
  await setFeed(product.database, async () => product.secretsKeys, {
    ...{ tenant: TENANT, by: BY },
    text: JSON.stringify({
      ...{ feed, supplier, source: { http: { url: files.url } }, kind: 'snapshot' },
      columns: { sku: 'sku', quantity: 'qty', updatedAt: 'at' },
      guards: { lost: '100%', toZero: '100%', refused: '0%' },
    }),
  });
}

/** Decided and published as by a worker, but without one. */
async function fillCatalog(): Promise<void> {
  await product.parts.worker.stop();
  const rows = Array.from({ length: ITEMS }, (_, no) => ({
    ...{ eventId: `e-${no}`, sku: `ITEM-${no}`, quantity: 1, updatedAtUs: '1780000000000000' },
    workflowId: syncWorkflowId({ tenant: TENANT, supplier: 'acme', eventId: `e-${no}` }, (text) => text),
  }));
  for (let from = 0; from < rows.length; from += 500) {
    const some = JSON.stringify(rows.slice(from, from + 500));
    await product.sql(`SELECT count(*) FROM record_supplier_events('shop', 'acme', $1::jsonb)`, [some]);
    await product.sql(
      `SELECT count(*) FROM (SELECT seq, sku FROM supplier_event WHERE decision IS NULL ORDER BY seq) e
        CROSS JOIN LATERAL save_catalog_item(e.seq, 'shop:' || e.sku, e.sku, NULL)`,
    );
  }
  await product.sql('UPDATE supplier_event SET start_due_us = NULL');
  await product.sql(`UPDATE catalog_item_version SET publication = 'accepted'`);
  await product.parts.worker.start();
}

const isNamed = (no: number, round: number): boolean => no % 11 !== round;

/** All items but some, each file with figures and times of its own. */
function fileOf(round: number): string {
  const at = `2026-11-2${round}T06:00:00Z`;
  const lines = ['sku,qty,at,note'];
  for (let no = 0; no < ITEMS; no += 1) {
    if (isNamed(no, round)) lines.push(`ITEM-${no},${10 + round},${at},${'of no use '.repeat(50)}`);
  }
  return `${lines.join('\n')}\n`;
}

const zeroEvents = async (): Promise<number> =>
  Number(
    (
      await product.sql<{ n: string }>(
        `SELECT count(*) AS n FROM supplier_event WHERE event_id LIKE 'missing:%'`,
      )
    )[0]?.n,
  );

/** Waits until a run is in the middle of something. @throws where it has gone past */
async function untilMiddle(runId: string, moment: string): Promise<void> {
  await until(
    async () => {
      const [row] = await product.sql<{ is_now: boolean; ended: boolean; state: string; failure: string }>(
        `SELECT ${moment} AS is_now, ${ENDED} AS ended, state, failure FROM feed_run WHERE id = $1`,
        [runId],
      );
      if (row?.ended)
        throw new Error(`the run is ${row.state} (${row.failure}), and was never where ${moment}`);
      return row?.is_now;
    },
    WITHIN_MS,
    10,
  );
}

async function killAndStart(name: Part): Promise<void> {
  await product.parts[name].kill();
  await sleep(500);
  await product.parts[name].start();
}

const runOf = async (runId: string) => {
  const run = await product.database.feedRun.findUniqueOrThrow({ where: { id: runId } });
  const { state, failure, reasons, rows, recordedRows, accepted, duplicates, conflicts, zeroed } = run;
  return { state, failure, reasons, rows, recordedRows, accepted, duplicates, conflicts, zeroed };
};

/** @throws where a guard holds it */
async function untilEnded(runId: string): Promise<void> {
  let last: unknown;
  const isOver = async (): Promise<boolean> => {
    const [row] = await product.sql<{ over: boolean; says: string }>(
      `SELECT ${ENDED} OR state = 'held' AS over, jsonb_build_array(state, reasons, rows, recorded_rows) AS says
         FROM feed_run WHERE id = $1`,
      [runId],
    );
    last = row?.says;
    return row?.over === true;
  };
  await until(isOver, WITHIN_MS / 2).catch((error: unknown) => {
    throw new Error(`the run ${runId} comes to no end: ${JSON.stringify(last)}`, { cause: error });
  });
}

const askForRun = (feed = 'night') =>
  requestRun(product.database, { tenant: TENANT, feed, trigger: 'command', by: BY });

/** What is wrong with the events of a run: each of its rows once, by its line, and each item that it misses. */
async function wrongOf(runId: string, round: number): Promise<string[]> {
  const rows = await product.sql<{ sku: string; quantity: number; line: number; id: string }>(
    `SELECT e.sku, e.quantity, f.line, e.event_id AS id
       FROM feed_event f JOIN supplier_event e USING (seq) WHERE f.run_id = $1`,
    [runId],
  );
  const told = new Map<string, string>();
  const wrong: string[] = [];
  for (const { sku, quantity, line } of rows) {
    if (told.has(sku)) wrong.push(`${sku} came twice`);
    told.set(sku, `${quantity} by line ${line}`);
  }
  let line = 1;
  for (let no = 0; no < ITEMS; no += 1) {
    if (isNamed(no, round)) line += 1;
    const wanted = isNamed(no, round) ? `${10 + round} by line ${line}` : '0 by line 0';
    const got = told.get(`ITEM-${no}`);
    if (got !== wanted) wrong.push(`ITEM-${no} is ${got}, not ${wanted}`);
  }
  return wrong;
}

async function wrongInCatalog(round: number): Promise<string[]> {
  const items = await product.sql<{ sku: string; quantity: number }>(
    'SELECT sku, quantity FROM catalog_item',
  );
  const shown = new Map(items.map(({ sku, quantity }) => [sku, quantity]));
  return Array.from({ length: ITEMS }, (_, no) => no)
    .filter((no) => shown.get(`ITEM-${no}`) !== (isNamed(no, round) ? 10 + round : 0))
    .map((no) => `ITEM-${no} shows ${shown.get(`ITEM-${no}`)}`);
}

it.each((IS_FULL ? FULL : SMALL).map((kills, round) => [round, ...kills] as const))(
  '%i: a snapshot comes whole, and once, though %s, %s, %s and %s are killed while it is fetched, read, recorded and zeroed',
  async (round, ...kills) => {
    onTestFailed(() => say(product.lastWords()));
    files.serve(fileOf(round), `"${round}"`);
    const held = files.hold();
    const zeroedBefore = await zeroEvents();
    const runId = await askForRun();
    for (const [no, part] of kills.entries()) {
      await untilMiddle(runId, MOMENTS[no] ?? '');
      say(`${part} is killed where ${MOMENTS[no]}: ${JSON.stringify(await runOf(runId))}`);
      if (no < 3) expect(await zeroEvents()).toBe(zeroedBefore);
      await killAndStart(part);
      held.goOn();
    }
    await untilEnded(runId);
    const missing = ITEMS - fileOf(round).split('\n').length + 2;
    const rows = ITEMS - missing;
    expect(await runOf(runId)).toEqual({
      ...{ state: 'completed', failure: null, reasons: null, rows, recordedRows: rows, accepted: rows },
      ...{ duplicates: 0, conflicts: 0, zeroed: missing },
    });
    expect(await wrongOf(runId, round)).toEqual([]);
    await untilSettled(product, TENANT, WITHIN_MS);
    expect(await wrongInCatalog(round)).toEqual([]);
  },
  WITHIN_MS * 2,
);

it(
  'a snapshot that is cut each time zeroes nothing, and counts when it comes whole',
  async () => {
    onTestFailed(() => say(product.lastWords()));
    const small = (items: number, day: number): string =>
      `sku,qty,at\n${Array.from({ length: items }, (_, no) => `G-${no},7,2026-11-2${day}T06:00:00Z\n`).join('')}`;
    files.serve(small(40, 1), '"small-1"');
    const first = await askForRun('small');
    await untilEnded(first);
    expect(await runOf(first)).toMatchObject({ state: 'completed', accepted: 40, zeroed: 0 });

    files.serve(small(30, 2), '"small-2"');
    files.cut(true);
    const before = await zeroEvents();
    const cut = await askForRun('small');
    await untilMiddle(cut, `state = 'fetching' AND etag IS NOT NULL`);
    if (IS_FULL) await killAndStart('worker');
    await untilEnded(cut);
    expect(await runOf(cut)).toMatchObject({
      ...{ state: 'failed', failure: expect.stringContaining('cut on its way'), recordedRows: 0, zeroed: 0 },
    });
    expect(await zeroEvents()).toBe(before);

    files.cut(false);
    const whole = await askForRun('small');
    await untilEnded(whole);
    expect(await runOf(whole)).toMatchObject({ state: 'completed', accepted: 30, zeroed: 10 });
  },
  WITHIN_MS,
);

/** Longer than a worker may be silent. */
const SILENT_MS = 25_000;

it.skipIf(!IS_FULL)(
  'a server that says nothing for long is waited for, and asked once',
  async () => {
    files.serve('sku,qty,at\nG-1,8,2026-11-23T06:00:00Z\n', '"silent"');
    const asked = files.asked;
    const { goOn } = files.hold();
    const runId = await askForRun('small');
    setTimeout(goOn, SILENT_MS);
    await untilEnded(runId);
    expect((await runOf(runId)).state).toBe('completed');
    expect(files.asked - asked).toBe(1);
  },
  WITHIN_MS,
);
