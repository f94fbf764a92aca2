import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest';
import { createRandom } from '../../src/start/sample-feed/random.ts';
import { syncWorkflowId } from '../../src/domain/identity.ts';
import { runCli, type CliRun } from '../support/faults/cli.ts';
import { faultFeed, post } from '../support/faults/feed.ts';
import { say } from '../support/faults/parts.ts';
import { faultProduct, type FaultProduct } from '../support/faults/product.ts';
import { until } from '../support/until.ts';

/** REPLAY_EVENTS=20000 is the full size. */
const EVENTS = Number(process.env.REPLAY_EVENTS ?? 600);
const TENANTS = ['canary', 'second', 'third'] as const;
const SINCE = '2020-01-01T00:00:00Z';
const WITHIN_MS = Math.max(240_000, EVENTS * 120);
const BATCH = 500;

let product: FaultProduct;
let secrets: Record<string, Buffer>;

beforeAll(async () => {
  product = await faultProduct();
  await product.parts.worker.stop();
  for (const tenant of TENANTS) await fillLedger(tenant);
  secrets = await product.openTenant('live');
  await product.parts.worker.start();
}, WITHIN_MS);
afterAll(() => product?.close());

/** Decided and published as by a worker, but without one: the replay is what is under test. */
async function fillLedger(tenant: string): Promise<void> {
  await product.openTenant(tenant);
  const feed = faultFeed(createRandom(7), {
    tenant,
    count: Math.round(EVENTS / 3),
    skus: Math.round(EVENTS / 20),
  });
  for (let from = 0; from < feed.length; from += BATCH) {
    for (const supplier of ['acme', 'globex']) {
      const rows = feed
        .slice(from, from + BATCH)
        .filter((event) => event.supplier === supplier && event.itemId !== undefined)
        .map(({ eventId, sku, quantity, updatedAt }) => ({
          eventId,
          sku,
          quantity,
          updatedAtUs: updatedAt.toString(),
          workflowId: syncWorkflowId({ tenant, supplier, eventId }, (text) => text),
        }));
      await product.sql('SELECT count(*) FROM record_supplier_events($1, $2, $3::jsonb)', [
        tenant,
        supplier,
        JSON.stringify(rows),
      ]);
      await product.sql(
        `SELECT count(*) FROM (SELECT seq, upper(trim(sku)) AS sku FROM supplier_event
                                WHERE tenant_id = $1 AND decision IS NULL ORDER BY seq) e
          CROSS JOIN LATERAL save_catalog_item(e.seq, $1 || ':' || e.sku, e.sku, NULL)`,
        [tenant],
      );
    }
  }
  await product.sql('UPDATE supplier_event SET start_due_us = NULL WHERE tenant_id = $1', [tenant]);
  await product.sql(`UPDATE catalog_item_version SET publication = 'accepted' WHERE publication = 'due'`);
}

const itemIdsOf = (run: CliRun): string[] =>
  run.values.flatMap(({ itemId }) => (typeof itemId === 'string' ? [itemId] : [])).toSorted();

const totalsOf = (run: CliRun): unknown => {
  const { events, items } = run.values.at(-1) as { events: object; items: object };
  return { events, items };
};

const expectedItems = async (): Promise<string[]> =>
  (
    await product.sql<{ item_id: string }>(
      `SELECT DISTINCT item_id FROM supplier_event WHERE tenant_id = 'canary'`,
    )
  )
    .map((row) => row.item_id)
    .toSorted();

/** All that the other tenants have, in one figure. */
const othersDigest = async (): Promise<string> => {
  const [row] = await product.sql<{ digest: string }>(
    `SELECT md5(string_agg(line, '' ORDER BY line)) AS digest FROM (
       SELECT e::text AS line FROM supplier_event e WHERE tenant_id IN ('second', 'third')
       UNION ALL SELECT i::text FROM catalog_item i WHERE tenant_id IN ('second', 'third')
       UNION ALL SELECT v::text FROM catalog_item_version v WHERE item_id ~ '^(second|third):'
       UNION ALL SELECT a::text FROM publish_attempt a WHERE item_id ~ '^(second|third):') lines`,
  );
  return String(row?.digest);
};

const doneEvents = async (replayId: string): Promise<number> => {
  const [row] = await product.sql<{ done: string }>(
    'SELECT count(*) AS done FROM replay_event WHERE replay_id = $1 AND done_at_us IS NOT NULL',
    [replayId],
  );
  return Number(row?.done ?? 0);
};

let undisturbed: unknown;

it(
  'touches exactly the items of its window, and nothing of another tenant',
  async () => {
    onTestFailed(() => say(product.lastWords()));
    const before = await othersDigest();
    const begun = performance.now();
    const run = runCli(product, ['replay', '--tenant', 'canary', '--since', SINCE, '--yes']);
    const code = await run.ended;
    if (code !== 0) say(run.stderr());
    expect(code).toBe(0);
    say(
      `replayed in ${Math.round((performance.now() - begun) / 1000)} s; the command had at most ${run.peakMiB()} MiB`,
    );
    expect(itemIdsOf(run)).toEqual(await expectedItems());
    expect(await othersDigest()).toBe(before);
    undisturbed = totalsOf(run);
  },
  WITHIN_MS,
);

it(
  'ends alike when the command, the worker and Temporal are killed on its way, while live events go on',
  async () => {
    onTestFailed(() => say(product.lastWords()));
    const live = sendLive();
    const killed = runCli(product, ['replay', '--tenant', 'canary', '--since', SINCE, '--yes']);
    const replay = await until(
      async () =>
        (await product.database.replay.findFirst({
          where: { state: 'running', preparedAtUs: { not: null } },
        })) ?? undefined,
    );
    const total = replay.eventsTotal;
    const passed = (part: number): Promise<true> =>
      until(async () => (await doneEvents(replay.id)) >= total * part, WITHIN_MS);
    await passed(0.2);
    killed.process.kill('SIGKILL');
    await killed.ended;
    await passed(0.35);
    await product.parts.worker.kill();
    say(`worker killed after ${await doneEvents(replay.id)} of ${total} events`);
    await product.parts.worker.start();
    await passed(0.6);
    await product.parts.temporal.kill();
    say(`Temporal killed after ${await doneEvents(replay.id)} of ${total} events`);
    expect(await doneEvents(replay.id)).toBeLessThan(total);
    await product.parts.temporal.start();

    const followed = runCli(product, ['replay', 'show', replay.id, '--follow']);
    const code = await followed.ended;
    if (code !== 0) say(followed.stderr());
    expect(code).toBe(0);
    expect(itemIdsOf(followed)).toEqual(await expectedItems());
    expect(totalsOf(followed)).toEqual(undisturbed);

    const sent = await live.stop();
    await until(async () => {
      const open = await product.database.supplierEvent.count({
        where: { tenantId: 'live', startDueUs: { not: null } },
      });
      return open === 0;
    }, 120_000);
    const [lag] = await product.sql<{ p95: string; events: string }>(
      `SELECT percentile_cont(0.95) WITHIN GROUP (ORDER BY v.publication_at_us - e.received_at_us) / 1e6 AS p95,
              count(*) AS events
         FROM supplier_event e JOIN catalog_item_version v ON v.event_seq = e.seq
        WHERE e.tenant_id = 'live' AND v.publication = 'accepted'`,
    );
    say(`${lag?.events} live events meanwhile, lag p95 ${Number(lag?.p95).toFixed(1)} s`);
    expect(Number(lag?.events)).toBe(sent);
    // The launch gate's target.
    expect(Number(lag?.p95)).toBeLessThan(90);
  },
  WITHIN_MS,
);

/** Two events a second, each of an item of its own, until told to stop. */
function sendLive(): { stop(): Promise<number> } {
  let stopped = false;
  let sent = 0;
  const loop = async (): Promise<void> => {
    while (!stopped) {
      const event = {
        id: `live-${sent}`,
        sku: `LIVE-${sent}`,
        quantity: sent,
        updatedAt: new Date().toISOString(),
      };
      const answer = await post(product.apiUrl, {
        tenant: 'live',
        supplier: 'acme',
        id: event.id,
        body: JSON.stringify(event),
        secret: secrets.acme ?? Buffer.alloc(0),
      });
      if (answer?.status === 202) sent += 1;
      await sleep(500);
    }
  };
  const ended = loop();
  return {
    stop: async () => {
      stopped = true;
      await ended;
      return sent;
    },
  };
}
