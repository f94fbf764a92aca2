import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { createRandom } from '../../src/start/sample-feed/random.ts';
import { faultFeed, post, sendFaultFeed } from '../support/faults/feed.ts';
import { findWrong } from '../support/faults/oracle.ts';
import { say } from '../support/faults/parts.ts';
import { faultProduct, type FaultProduct } from '../support/faults/product.ts';
import { untilSettled } from '../support/faults/settle.ts';

const SEED = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 1_000_000));
const COUNT = 60;
const GOES_ON_WITHIN_MS = 60_000;
const STOPS_WITHIN_MS = 15_000;

let product: FaultProduct;

beforeAll(async () => {
  say(`FAULT_SEED=${SEED}`);
  product = await faultProduct();
});
afterAll(() => product?.close());

/** Sends a feed, its second half over connections that are frozen after the first. @returns what is wrong after it */
async function frozenInMidFeed(tenant: string, way: keyof FaultProduct['ways']) {
  onTestFailed(() => say(product.lastWords()));
  const random = createRandom(SEED);
  const secrets = await product.openTenant(tenant);
  const events = faultFeed(random, { tenant, count: COUNT, skus: 20 });
  const [first, second] = [events.slice(0, COUNT / 2), events.slice(COUNT / 2)];
  const { acknowledged } = await sendFaultFeed(product, { tenant, secrets, events: first, random });
  await untilSettled(product, tenant, GOES_ON_WITHIN_MS);
  expect(product.ways[way].freeze()).toBeGreaterThan(0);
  const sending = await sendFaultFeed(product, { tenant, secrets, events: second, random });
  await untilSettled(product, tenant, GOES_ON_WITHIN_MS);
  return findWrong(product, tenant, [...acknowledged, ...sending.acknowledged]);
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url, { signal: AbortSignal.timeout(15_000) });
  await response.arrayBuffer();
  return response.status;
}

describe('connections that take bytes and answer nothing, while new ones work', () => {
  it('to PostgreSQL: events go on within a minute, the worker says so, and is not ready meanwhile', async () => {
    let unready = 0;
    const watching = new AbortController();
    const watch = (async () => {
      while (!watching.signal.aborted) {
        if ((await statusOf(`${product.workerUrl}/readyz`)) === 503) unready += 1;
        await sleep(100);
      }
    })();
    expect(await frozenInMidFeed('frozen-postgres', 'postgres')).toEqual([]);
    watching.abort();
    await watch;
    expect(unready).toBeGreaterThan(0);
    expect(await statusOf(`${product.workerUrl}/readyz`)).toBe(200);
    expect(product.logOf('worker')).toContain('a connection to PostgreSQL does not answer');
  });

  // It is the SDK's keep-alive that is waited for, three quarters of a minute: CI has the time.
  it.runIf(process.env.CI ?? process.env.HALF_OPEN)('to Temporal: events go on within a minute', async () => {
    expect(await frozenInMidFeed('frozen-temporal', 'temporal')).toEqual([]);
  });

  it('to the storefront: versions are published within a minute', async () => {
    expect(await frozenInMidFeed('frozen-storefront', 'storefront')).toEqual([]);
  });
});

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
