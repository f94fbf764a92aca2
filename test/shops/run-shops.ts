import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openSupervisor } from '../../src/embedded/supervisor.ts';
import { addStorefront } from '../../src/storefronts/set-storefront.ts';
import { readStorefront } from '../../src/storefronts/storefront-document.ts';
import { createRandom } from '../../src/start/sample-feed/random.ts';
import { faultFeed, newSending, sendFaultFeed, type FeedEvent } from '../support/faults/feed.ts';
import { runCli } from '../support/faults/cli.ts';
import { faultProduct, type FaultProduct } from '../support/faults/product.ts';
import { untilSettled } from '../support/faults/settle.ts';
import { faultProxy, type FaultProxy } from './fault-proxy.ts';
import { findWrongCatalog, findWrongShop, type Finding } from './find-wrong.ts';
import { medusaShop } from './medusa-shop.ts';
import type { Shop } from './shop.ts';
import { installShop, SHOPS, shopsFolder } from './shops-folder.ts';
import { vendureShop } from './vendure-shop.ts';

export interface ShopReport {
  name: string;
  version: string;
  attempts: Record<string, number>;
  calls: number;
  faults: number;
  restarts: number;
  movements: number;
}

export interface ShopsReport {
  seed: number;
  events: number;
  /** Sent again on purpose. */
  duplicates: number;
  versions: number;
  /** From the first event to the last publication, in s. */
  seconds: number;
  shops: ShopReport[];
  findings: Finding[];
}

const TENANT = 'shops';
/** What `storefront check` is given in each shop: no event tells of it. */
const TRIED_ON = 'sync-check';
const FAULT_SHARE = 0.05;
/** A second time, as an event of another message. */
const SENT_AGAIN_SHARE = 0.1;
const EVENTS_A_SKU = 20;
const SETTLE_MS = 1_800_000;
/** Sent at once; what comes behind comes slowly, so that shops are restarted while it comes. */
const BURST_SHARE = 0.1;
/** By the share of events that were acknowledged. */
const RESTART_AT = { vendure: 0.4, medusa: 0.7 } as const;
const OPENED_SHOPS = { vendure: vendureShop, medusa: medusaShop } as const;
/** For a call that somebody may have held back. */
const QUIET_MS = 5_000;

/** Sends events through the whole product to shops that are none of ours, breaks what lies between, and compares. */
export async function runShops(
  { events: count, seed }: { events: number; seed: number },
  say: (doing: string) => void,
): Promise<ShopsReport> {
  await mkdir(shopsFolder(), { recursive: true });
  const supervisor = await openSupervisor(path.join(shopsFolder(), 'data'));
  const folder = mkdtempSync(path.join(tmpdir(), 'catalog-sync-shops-'));
  const endings: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  endings.push(() => supervisor.close());
  try {
    const shops: Shop[] = [];
    for (const name of SHOPS) {
      const installed = await installShop(name, { supervisor, say });
      say(`starting ${name}`);
      shops.push(await OPENED_SHOPS[name](installed, { supervisor, say }));
    }
    say('starting the product');
    const product = await faultProduct({ folder });
    endings.push(() => product.close());
    const random = createRandom(seed);
    const ways = new Map<Shop, FaultProxy>();
    for (const shop of shops) {
      const way = await faultProxy(shop.port, createRandom(random.int(1, 2 ** 31 - 1)), FAULT_SHARE);
      ways.set(shop, way);
      endings.push(() => way.close());
    }
    return await sendAll({ product, shops, ways, seed, count, say });
  } finally {
    say('ending all processes');
    for (let end = endings.pop(); end; end = endings.pop()) await end();
  }
}

interface Trial {
  product: FaultProduct;
  shops: readonly Shop[];
  ways: ReadonlyMap<Shop, FaultProxy>;
  seed: number;
  count: number;
  say: (doing: string) => void;
}

async function sendAll({ product, shops, ways, seed, count, say }: Trial): Promise<ShopsReport> {
  const secrets = await product.openTenant(TENANT);
  const skus = Math.max(5, Math.round(count / EVENTS_A_SKU));
  const random = createRandom(seed);
  const events = faultFeed(random, { tenant: TENANT, count, skus });
  say(`putting ${skus} products into each shop`);
  for (const shop of shops) {
    await shop.sell([...skusOf(events), TRIED_ON]);
    const url = ways.get(shop)?.url;
    const settings = await readStorefront(shop.name, JSON.stringify({ url, ...shop.document }));
    await addStorefront(product.database, product.secretsKeys, {
      ...{ tenant: TENANT, name: shop.name, settings, state: 'open', actor: 'shops', reason: 'shops' },
    });
  }
  const begun = Date.now();
  const sending = newSending();
  const restarts = new Map<Shop, number>();
  let isSent = false;
  const restarting = Promise.all(
    shops.map(async (shop) => {
      while (sending.acknowledged.length < count * RESTART_AT[shop.name] && !isSent) await sleep(200);
      say(`killing ${shop.name} and starting it again`);
      await shop.part.kill();
      await shop.part.start();
      restarts.set(shop, (restarts.get(shop) ?? 0) + 1);
    }),
  );
  const burst = Math.round(count * BURST_SHARE);
  const again = events.filter(() => random.chance(SENT_AGAIN_SHARE));
  const feed = { tenant: TENANT, secrets, random };
  await Promise.all([
    sendFaultFeed(product, { ...feed, events, sending, burst, senders: 1 }),
    sendFaultFeed(product, { ...feed, events: again, burst: 0, senders: 1 }),
  ]);
  isSent = true;
  await restarting;
  const telling = setInterval(() => void progress(product, say), 10_000);
  try {
    await untilSettled(product, TENANT, SETTLE_MS);
    await untilPublished(product);
  } finally {
    clearInterval(telling);
  }
  const seconds = (Date.now() - begun) / 1_000;
  for (const way of ways.values()) way.mend();
  await sleep(QUIET_MS);

  const { finding, items } = await findWrongCatalog(product, sending.acknowledged);
  const findings = [finding];
  const reports: ShopReport[] = [];
  for (const shop of shops) {
    const { findings: more, movements } = await findWrongShop(product, shop, items);
    findings.push(...more);
    const { calls, faults } = ways.get(shop)?.counts ?? { calls: 0, faults: new Map<string, number>() };
    reports.push({
      ...{ name: shop.name, version: shop.version, movements, calls },
      attempts: await attemptsOf(product, shop.name),
      faults: [...faults.values()].reduce((sum, times) => sum + times, 0),
      restarts: restarts.get(shop) ?? 0,
    });
  }
  await sayFailures(product, say);
  for (const shop of shops) findings.push(await check(product, shop));
  findings.push(await sweep(product));
  const [row] = await product.sql<{ versions: number }>(
    'SELECT count(*)::integer AS versions FROM catalog_item_version',
  );
  return {
    ...{ seed, seconds, findings, shops: reports, versions: row?.versions ?? 0 },
    events: sending.acknowledged.length,
    duplicates: again.length,
  };
}

function skusOf(events: readonly FeedEvent[]): Set<string> {
  return new Set(
    events.flatMap(({ itemId }) => (itemId === undefined ? [] : itemId.slice(TENANT.length + 1))),
  );
}

async function progress(product: FaultProduct, say: (doing: string) => void): Promise<void> {
  const [row] = await product.sql<{ due: number; told: number }>(
    `SELECT (SELECT count(*)::integer FROM catalog_item_version WHERE publication = 'due') AS due,
            (SELECT count(*)::integer FROM publish_attempt) AS told`,
  );
  say(`${row?.told ?? 0} attempts so far, ${row?.due ?? 0} versions to be published`);
}

async function untilPublished(product: FaultProduct): Promise<void> {
  const end = Date.now() + SETTLE_MS;
  for (;;) {
    const [row] = await product.sql<{ due: number }>(
      "SELECT count(*)::integer AS due FROM catalog_item_version WHERE publication = 'due'",
    );
    if (row?.due === 0) return;
    if (Date.now() > end) throw new Error(`${row?.due} versions were never published`);
    await sleep(500);
  }
}

async function attemptsOf(product: FaultProduct, storefront: string): Promise<Record<string, number>> {
  const rows = await product.sql<{ status: string; times: number }>(
    'SELECT status, count(*)::integer AS times FROM publish_attempt WHERE storefront = $1 GROUP BY 1',
    [storefront],
  );
  return Object.fromEntries(rows.map(({ status, times }) => [status, times]));
}

async function sayFailures(product: FaultProduct, say: (doing: string) => void): Promise<void> {
  const rows = await product.sql<{ storefront: string; reason: string | null; times: number }>(
    `SELECT storefront, reason, count(*)::integer AS times FROM publish_attempt
      WHERE status <> 'accepted' GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 12`,
  );
  for (const { storefront, reason, times } of rows) say(`${storefront}, ${times} times: ${reason}`);
}

/** Holds a shop to all that its kind promises, by the command. */
async function check(product: FaultProduct, { name }: Shop): Promise<Finding> {
  const run = runCli(product, ['storefront', 'check', name, '--tenant', TENANT, '--sku', TRIED_ON]);
  const code = await run.ended;
  const of = (status: string) => run.values.filter((row) => row['status'] === status);
  const wrong = of('failed').map((row) => `${String(row['name'])}: ${String(row['detail'])}`);
  if (code !== 0 && wrong.length === 0) wrong.push(`exit code ${code}: ${run.stderr().slice(-300)}`);
  const skipped = of('skipped').map((row) => `${String(row['name'])} (${String(row['detail'])})`);
  const untried = skipped.length === 0 ? '' : `, not tried: ${skipped.join('; ')}`;
  return { what: `\`storefront check ${name}\`: ${of('ok').length} promises kept${untried}`, wrong };
}

/** The product's own look at all that the first of the shops shows. */
async function sweep(product: FaultProduct): Promise<Finding> {
  const run = runCli(product, ['sweep', '--tenant', TENANT]);
  const code = await run.ended;
  const rows = await product.sql<{ state: string; way: string; way_reason: string | null }>(
    'SELECT state, way, way_reason FROM sweep',
  );
  const [row] = rows;
  const wrong =
    code === 0 && row?.way === 'list'
      ? []
      : [
          `exit code ${code}, ${JSON.stringify(row)}: ${JSON.stringify(run.values.at(-1))} ${run.stderr().slice(-300)}`,
        ];
  return { what: 'a sweep by the list of its admin API finds nothing', wrong };
}
