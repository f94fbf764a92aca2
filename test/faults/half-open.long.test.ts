import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { createRandom } from '../../src/start/sample-feed/random.ts';
import { faultFeed, newSending, post, sendFaultFeed, type FeedEvent } from '../support/faults/feed.ts';
import { findWrong } from '../support/faults/oracle.ts';
import { say } from '../support/faults/parts.ts';
import { faultProduct, type FaultProduct } from '../support/faults/product.ts';
import { untilSettled } from '../support/faults/settle.ts';

const SEED = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 1_000_000));
const COUNT = 60;
const GOES_ON_WITHIN_MS = 60_000;
const STOPS_WITHIN_MS = 15_000;
/** So long connections stay frozen while events are sent; no longer than it takes, unless told. */
const FROZEN_MS = Number(process.env.HALF_OPEN_SECONDS ?? 0) * 1_000;
const LIMIT_MS = FROZEN_MS + 300_000;

let product: FaultProduct;

beforeAll(async () => {
  say(`FAULT_SEED=${SEED}`);
  product = await faultProduct();
});
afterAll(() => product?.close());

/** What was seen while connections were frozen. */
interface Seen {
  wrong: string[];
  /** From the freeze until all that was sent after it was through, in s. */
  goesOnAfter: number;
  /** Looks at the worker's /readyz that found it not ready, of how many. */
  unready: number;
  looks: number;
}

/** Sends a feed, its second half over connections that are frozen after the first and stay so. */
async function frozenInMidFeed(tenant: string, way: keyof FaultProduct['ways']): Promise<Seen> {
  onTestFailed(() => say(product.lastWords()));
  const random = createRandom(SEED);
  const secrets = await product.openTenant(tenant);
  const events = faultFeed(random, { tenant, count: COUNT, skus: 20 });
  const sending = newSending();
  const send = (part: FeedEvent[]) =>
    sendFaultFeed(product, { tenant, secrets, events: part, random, sending });
  await send(events.slice(0, COUNT / 2));
  await untilSettled(product, tenant, GOES_ON_WITHIN_MS);

  expect(product.ways[way].freeze()).toBeGreaterThan(0);
  const frozenAt = Date.now();
  const seen: Seen = { wrong: [], goesOnAfter: 0, unready: 0, looks: 0 };
  const watching = new AbortController();
  const watch = (async () => {
    while (!watching.signal.aborted) {
      seen.looks += 1;
      if ((await statusOf(`${product.workerUrl}/readyz`)) === 503) seen.unready += 1;
      await sleep(100);
    }
  })();
  await send(events.slice(COUNT / 2));
  await untilSettled(product, tenant, GOES_ON_WITHIN_MS);
  seen.goesOnAfter = (Date.now() - frozenAt) / 1_000;
  for (let no = 1; Date.now() - frozenAt < FROZEN_MS; no += 1) {
    const more = faultFeed(random, { tenant: `${tenant}-${no}`, count: 10, skus: 5 });
    const theirs = more.map((event) => ({
      ...event,
      itemId: event.itemId?.replace(`${tenant}-${no}:`, `${tenant}:`),
    }));
    await send(theirs);
    await untilSettled(product, tenant, GOES_ON_WITHIN_MS);
    await sleep(5_000);
  }
  watching.abort();
  await watch;
  seen.wrong = await findWrong(product, tenant, sending.acknowledged);
  return seen;
}

/** Freezes all there is, then asks each process to end. @returns the seconds that the slowest took */
async function endedFrozen(way: keyof FaultProduct['ways']): Promise<number> {
  product.ways[way].freeze();
  const { server, worker } = product.parts;
  const took = await Promise.all(
    [server, worker].map(async (part) => {
      const begun = performance.now();
      await part.stop();
      return (performance.now() - begun) / 1_000;
    }),
  );
  await Promise.all([server.start(), worker.start()]);
  return Math.max(...took);
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url, { signal: AbortSignal.timeout(15_000) });
  await response.arrayBuffer();
  return response.status;
}

describe('connections that take bytes and answer nothing, while new ones work', () => {
  it(
    'to PostgreSQL: events go on within a minute, the worker says so, and is not ready meanwhile',
    async () => {
      const seen = await frozenInMidFeed('frozen-postgres', 'postgres');
      expect(seen.wrong).toEqual([]);
      expect(seen.unready).toBeGreaterThan(0);
      expect(await statusOf(`${product.workerUrl}/readyz`)).toBe(200);
      expect(product.logOf('worker')).toContain('a connection to PostgreSQL does not answer');
      tell('PostgreSQL', seen, await expectEnds('postgres'));
    },
    LIMIT_MS,
  );

  // It is the SDK's keep-alive that is waited for, three quarters of a minute: CI has the time.
  it.runIf(process.env.CI ?? process.env.HALF_OPEN)(
    'to Temporal: events go on within a minute, the worker says so, and is not ready meanwhile',
    async () => {
      const seen = await frozenInMidFeed('frozen-temporal', 'temporal');
      expect(seen.wrong).toEqual([]);
      expect(seen.unready).toBeGreaterThan(0);
      expect(await statusOf(`${product.workerUrl}/readyz`)).toBe(200);
      expect(product.logOf('worker')).toContain('workflows not started; trying again');
      tell('Temporal', seen, await expectEnds('temporal'));
    },
    LIMIT_MS,
  );

  it(
    'to the storefront: versions are published within a minute',
    async () => {
      const seen = await frozenInMidFeed('frozen-storefront', 'storefront');
      expect(seen.wrong).toEqual([]);
      tell('the storefront', seen, await expectEnds('storefront'));
    },
    LIMIT_MS,
  );
});

async function expectEnds(way: keyof FaultProduct['ways']): Promise<number> {
  const seconds = await endedFrozen(way);
  expect(seconds * 1_000).toBeLessThan(STOPS_WITHIN_MS);
  return seconds;
}

function tell(what: string, { goesOnAfter, unready, looks }: Seen, ended: number): void {
  say(
    `connections to ${what} frozen: events went on after ${goesOnAfter.toFixed(1)} s, the worker was not ready in ` +
      `${unready} of ${looks} looks, SIGTERM ended both within ${ended.toFixed(1)} s`,
  );
}

describe('a PostgreSQL that answers nobody', () => {
  it('is a 503 within ten seconds, keeps no process from ending, and loses nothing', async () => {
    onTestFailed(() => say(product.lastWords()));
    const tenant = 'silent-postgres';
    const random = createRandom(SEED);
    const secrets = await product.openTenant(tenant);
    const events = faultFeed(random, { tenant, count: COUNT, skus: 20 });
    const half = await sendFaultFeed(product, {
      tenant,
      secrets,
      events: events.slice(0, COUNT / 2),
      random,
    });
    product.ways.postgres.freezeAll();
    const asked = Array.from({ length: 30 }, async (_, index) => {
      const begun = performance.now();
      const answer = await post(product.apiUrl, {
        ...{ tenant, supplier: 'acme', id: `silent-${index}`, secret: secrets.acme as Buffer },
        body: JSON.stringify({
          id: `silent-${index}`,
          sku: 'S',
          quantity: 1,
          updatedAt: '2026-06-01T10:00:00Z',
        }),
      });
      return { status: answer?.status, seconds: (performance.now() - begun) / 1000 };
    });
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 503));
    // A limit of the product's, with room for a busy machine.
    expect(Math.max(...answers.map(({ seconds }) => seconds))).toBeLessThan(12);
    expect(await statusOf(`${product.apiUrl}/readyz`)).toBe(503);
    const begun = performance.now();
    await Promise.all([product.parts.server.stop(), product.parts.worker.stop()]);
    expect(performance.now() - begun).toBeLessThan(STOPS_WITHIN_MS);
    product.ways.postgres.mend();
    await Promise.all([product.parts.server.start(), product.parts.worker.start()]);
    const rest = await sendFaultFeed(product, { tenant, secrets, events: events.slice(COUNT / 2), random });
    await untilSettled(product, tenant, GOES_ON_WITHIN_MS);
    expect(await findWrong(product, tenant, [...half.acknowledged, ...rest.acknowledged])).toEqual([]);
  });
});
