import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { createRandom } from '../../src/start/sample-feed/random.ts';
import { faultFeed, newSending, sendFaultFeed } from '../support/faults/feed.ts';
import { findWrong, foldFeed } from '../support/faults/oracle.ts';
import { say } from '../support/faults/parts.ts';
import { faultProduct, type FaultProduct } from '../support/faults/product.ts';
import { untilSettled, untilStanding } from '../support/faults/settle.ts';
import { shopAround } from '../support/faults/shopper.ts';

const SEED = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 1_000_000));
const EVENTS = Math.max(400, Number(process.env.FAULT_EVENTS ?? 400));
const SKUS = 60;
const LEAST_UNDECIDED = 100;
const LEAST_SENDING = 20;
/** Slow enough that even a slow machine has enough publishes in flight, and below what the first attempt waits. */
const SLOW_MS = 1_500;
/** A killed worker's claims end after half a minute; what it had started, when Temporal misses it. */
const SETTLE_MS = 180_000 + EVENTS * 100;
const MOMENT_MS = 60_000 + EVENTS * 100;

let product: FaultProduct;

beforeAll(async () => {
  say(`FAULT_SEED=${SEED} FAULT_EVENTS=${EVENTS}`);
  product = await faultProduct();
});
afterAll(() => product?.close());

describe('a part that is killed in the middle of the work', () => {
  it.each([
    [1, 'worker'],
    [2, 'temporal'],
    [3, 'postgres'],
  ] as const)(
    '%i: costs no acknowledged event, no decision and no publication: %s',
    async (no, name) => {
      onTestFailed(() => say(product.lastWords()));
      const { parts, storefront } = product;
      const tenant = `kill-${name}`;
      const random = createRandom(SEED * 10 + no);
      const secrets = await product.openTenant(tenant);
      const events = faultFeed(random, { tenant, count: EVENTS, skus: SKUS });
      const burst = Math.floor(EVENTS * 0.6);
      const decidedBefore = random.int(Math.floor(EVENTS * 0.05), burst - LEAST_UNDECIDED - 30);
      say(`${name} will be killed once ${decidedBefore} of ${EVENTS} events are decided`);

      storefront.control.delayMs = SLOW_MS;
      const shopper = shopAround(product, [...foldFeed(events).keys()]);
      const sending = newSending();
      const stop = new AbortController();
      const { promise: opened, resolve: open } = deferred();
      const sent = sendFaultFeed(product, {
        tenant,
        secrets,
        events,
        random,
        burst,
        gate: { behind: Math.floor(EVENTS * 0.75), opened },
        sending,
        signal: stop.signal,
      });
      // Seen where it is awaited; until then it must not end the process.
      sent.catch(() => undefined);
      try {
        const before = await untilStanding(
          product,
          tenant,
          (now) =>
            now.decided >= decidedBefore && now.undecided >= LEAST_UNDECIDED && now.sending >= LEAST_SENDING,
          { what: 'the moment of the kill', withinMs: MOMENT_MS, everyMs: 20 },
        );
        // The last quarter of the feed meets the fault.
        open();
        await parts[name].kill();
        say(`${name} was killed with ${JSON.stringify(before)}`);
        expect(before.undecided).toBeGreaterThanOrEqual(LEAST_UNDECIDED);
        expect(before.sending).toBeGreaterThanOrEqual(LEAST_SENDING);
        await sleep(random.int(1_000, 3_000));
        storefront.control.delayMs = 100;
        await parts[name].start();
        await sent;
        const settled = await untilSettled(product, tenant, SETTLE_MS);
        say(`${tenant} settled: ${JSON.stringify(settled)}`);
      } finally {
        open();
        stop.abort();
        storefront.control.delayMs = 0;
        await shopper.stop();
      }

      const refusals = name === 'postgres' ? ['503'] : [];
      expect(Object.keys(sending.answers).toSorted()).toEqual(['202', ...refusals]);
      expect(sending.acknowledged).toHaveLength(EVENTS);
      expect(await findWrong(product, tenant, sending.acknowledged)).toEqual([]);
      for (const part of Object.values(parts)) {
        expect(part.ended(), `${part.name} ended by itself`).toBeUndefined();
      }
    },
    SETTLE_MS + MOMENT_MS + 120_000,
  );
});

/** `Promise.withResolvers`, which Node has from version 22 on. */
function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
