import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { changeSupplier } from '../../src/flags/suppliers.ts';
import { createRandom } from '../../src/start/sample-feed/random.ts';
import { faultFeed, newSending, post, sendFaultFeed, type FeedEvent } from '../support/faults/feed.ts';
import { findWrong } from '../support/faults/oracle.ts';
import { say } from '../support/faults/parts.ts';
import { faultProduct, type FaultProduct } from '../support/faults/product.ts';
import { standingOf, untilSettled, untilStanding } from '../support/faults/settle.ts';
import { untilAllWait } from '../support/faults/waiting.ts';

const SEED = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 1_000_000));
const SETTLE_MS = 150_000;
const OUTAGE_MS = 12_000;

let product: FaultProduct;

beforeAll(async () => {
  say(`FAULT_SEED=${SEED}`);
  product = await faultProduct();
});
afterAll(() => product?.close());

/** A tenant of its own, and a feed for it. */
async function prepared(tenant: string, feed: { count: number; skus: number; orderly?: boolean }) {
  onTestFailed(() => say(product.lastWords()));
  say(tenant);
  const random = createRandom(SEED);
  const secrets = await product.openTenant(tenant);
  return { tenant, random, secrets, events: faultFeed(random, { tenant, ...feed }) };
}

async function expectAllRight(
  tenant: string,
  acknowledged: FeedEvent[],
  sent: readonly FeedEvent[],
): Promise<void> {
  expect(acknowledged).toHaveLength(sent.length);
  expect(await findWrong(product, tenant, acknowledged)).toEqual([]);
  for (const part of Object.values(product.parts)) {
    expect(part.ended(), `${part.name} ended by itself`).toBeUndefined();
  }
}

describe('an outage', () => {
  it('of Temporal: the API goes on answering 202, and all is decided after it', async () => {
    const { tenant, random, secrets, events } = await prepared('no-temporal', { count: 150, skus: 40 });
    await product.parts.temporal.stop();
    const { acknowledged, answers } = await sendFaultFeed(product, { tenant, secrets, events, random });
    expect(Object.keys(answers)).toEqual(['202']);
    // Long enough that the starter has tried, and given back what it could not start.
    await sleep(5_000);
    expect(await standingOf(product, tenant)).toMatchObject({ decided: 0, undecided: 150 });
    await product.parts.temporal.start();
    await untilSettled(product, tenant, SETTLE_MS);
    await expectAllRight(tenant, acknowledged, events);
  });

  it('of PostgreSQL: the API answers 503 with Retry-After, and works again after it', async () => {
    const { tenant, random, secrets, events } = await prepared('no-postgres', { count: 150, skus: 40 });
    const sending = newSending();
    const [first, second] = [events.slice(0, 75), events.slice(75)];
    await sendFaultFeed(product, { tenant, secrets, events: first, random, sending });
    await product.parts.postgres.stop();
    const secret = secrets.acme ?? Buffer.alloc(0);
    const body = JSON.stringify({
      id: 'never',
      sku: 'SKU-000',
      quantity: 1,
      updatedAt: '2023-01-01T00:00:00Z',
    });
    for (let no = 0; no < 5; no += 1) {
      const answer = await post(product.apiUrl, {
        tenant,
        supplier: 'acme',
        id: `never-${no}`,
        body,
        secret,
      });
      expect(answer).toMatchObject({ status: 503, retryAfter: expect.stringMatching(/^\d+$/) as string });
      expect(answer?.text).not.toMatch(/prisma|postgresql:|127\.0\.0\.1/i);
    }
    const sent = sendFaultFeed(product, { tenant, secrets, events: second, random, sending });
    sent.catch(() => undefined);
    await sleep(3_000);
    await product.parts.postgres.start();
    await sent;
    expect(Object.keys(sending.answers).toSorted()).toEqual(['202', '503']);
    expect(sending.retryAfters).not.toContain(null);
    await untilSettled(product, tenant, SETTLE_MS);
    await expectAllRight(tenant, sending.acknowledged, events);
  });

  it('of the storefront: publishes wait in sight with their last failure, and all are made after it', async () => {
    const { tenant, random, secrets, events } = await prepared('no-storefront', {
      count: 40,
      skus: 40,
      orderly: true,
    });
    const { storefront } = product;
    storefront.control.failStatus = 503;
    try {
      const begun = Date.now();
      const { acknowledged } = await sendFaultFeed(product, { tenant, secrets, events, random });
      const waiting = await untilAllWait(product, events, /HTTP 503/, SETTLE_MS);
      say(`${waiting.length} publishes wait, the first with: ${waiting[0]?.lastFailure}`);
      await sleep(Math.max(0, begun + OUTAGE_MS - Date.now()));
      expect(await standingOf(product, tenant)).toMatchObject({ decided: 40, due: 40 });
      storefront.control.failStatus = null;
      await untilSettled(product, tenant, SETTLE_MS);
      await expectAllRight(tenant, acknowledged, events);
      const told = storefront.requests.after(0).filter(({ itemId }) => itemId?.startsWith(`${tenant}:`));
      expect(told.filter(({ answer }) => answer === 'accepted')).toHaveLength(40);
    } finally {
      storefront.control.failStatus = null;
    }
  });
});

describe('a closed supplier', () => {
  it('has its events held, and each decided once when it is open again', async () => {
    const { tenant, random, secrets, events } = await prepared('closed-supplier', { count: 150, skus: 40 });
    const flag = (state: 'open' | 'closed') =>
      changeSupplier(product.database, {
        tenant,
        supplier: 'acme',
        state,
        actor: 'fault tests',
        reason: 'test',
      });
    const closed = events.filter(({ supplier, itemId }) => supplier === 'acme' && itemId !== undefined);
    const flowing = events.length - closed.length;
    await flag('closed');
    const { acknowledged } = await sendFaultFeed(product, { tenant, secrets, events, random });
    await untilStanding(
      product,
      tenant,
      ({ held, decided }) => held === closed.length && decided === flowing,
      { what: `${closed.length} held events`, withinMs: SETTLE_MS },
    );
    const told = product.storefront.requests.after(0).length;
    await flag('open');
    await untilStanding(
      product,
      tenant,
      ({ held, due, decided }) => held + due === 0 && decided === events.length,
      {
        what: 'all events decided',
        withinMs: SETTLE_MS,
      },
    );
    await expectAllRight(tenant, acknowledged, events);
    expect(product.storefront.requests.after(0).length).toBeGreaterThan(told);
  });
});
