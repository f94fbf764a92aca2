import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { createToken } from '../../src/access/tokens.ts';
import { isSameProcess } from '../../src/embedded/process-identity.ts';
import { createRandom } from '../../src/start/sample-feed/random.ts';
import type { FaultyProxy } from '../support/faulty-proxy.ts';
import { faultFeed, newSending, sendFaultFeed } from '../support/faults/feed.ts';
import { findWrong } from '../support/faults/oracle.ts';
import { say } from '../support/faults/parts.ts';
import { faultProduct, LINKS, type FaultProduct, type Link } from '../support/faults/product.ts';
import { untilSettled } from '../support/faults/settle.ts';
import { familyOf } from '../support/system/processes.ts';
import { until } from '../support/until.ts';

const SEED = Number(process.env.FAULT_SEED ?? Math.floor(Math.random() * 1_000_000));
const ALL = process.env.FAULTS === 'all';
const COUNT = 40;
const LASTS_MS = 4_000;
/** At full size above the leases and most limits. */
const STANDS_STILL_MS = ALL ? 40_000 : 5_000;
const SETTLE_MS = 150_000;

const FAULTS = {
  'cut again and again': (way) => {
    const timer = setInterval(() => way.cut(), 500);
    return () => clearInterval(timer);
  },
  refused: (way) => way.refuse(),
  'half closed': (way) => void way.halfClose(),
  frozen: (way) => void way.freeze(),
  'slow to answer': (way) => way.slow({ latencyMs: 700 }),
  'a trickle': (way) => way.slow({ bytesASecond: 2_000 }),
} satisfies Record<string, (way: FaultyProxy) => (() => void) | void>;
type Fault = keyof typeof FAULTS;

/** Each link once: all pairs are tried when FAULTS is `all`; frozen connections have tests of their own. */
const CHOSEN: readonly [Link, Fault][] = [
  ['server-postgres', 'a trickle'],
  ['worker-postgres', 'half closed'],
  ['server-temporal', 'slow to answer'],
  ['worker-temporal', 'cut again and again'],
  ['worker-storefront', 'refused'],
];
const PAIRS = ALL
  ? LINKS.flatMap((link) => (Object.keys(FAULTS) as Fault[]).map((fault) => [link, fault] as const))
  : CHOSEN;

const STANDING_STILL = ALL
  ? (['postgres', 'temporal', 'worker', 'server'] as const)
  : (['postgres', 'worker'] as const);

let product: FaultProduct;
let token: string;

beforeAll(async () => {
  say(`FAULT_SEED=${SEED}`);
  product = await faultProduct();
  const made = createToken();
  token = made.token;
  await product.database.apiToken.create({
    data: { id: made.id, name: 'network faults', role: 'operator', tokenHash: made.hash },
  });
});
afterAll(() => product?.close());

/** A command that reaches a gate's workflow is refused there: 409. */
async function commandGate(tenant: string): Promise<number> {
  const answer = await fetch(`${product.apiUrl}/v1/tenants/${tenant}/gate/widen`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ supplier: 'acme', reason: 'to see whether the gate answers' }),
    signal: AbortSignal.timeout(30_000),
  });
  const type = answer.headers.get('content-type');
  await answer.arrayBuffer();
  expect(type).toContain('problem+json');
  return answer.status;
}

/** Sends half a feed, and the other half while something goes wrong. @returns what is wrong after it */
async function inMidFeed(tenant: string, fault: () => Promise<void>): Promise<string[]> {
  onTestFailed(() => say(product.lastWords()));
  const random = createRandom(SEED);
  const secrets = await product.openTenant(tenant);
  const events = faultFeed(random, { tenant, count: COUNT, skus: 20 });
  const sending = newSending();
  const send = (part: typeof events) =>
    sendFaultFeed(product, { tenant, secrets, events: part, random, sending });
  await send(events.slice(0, COUNT / 2));
  const sent = send(events.slice(COUNT / 2));
  sent.catch(() => undefined);
  await fault();
  await sent;
  await untilSettled(product, tenant, SETTLE_MS);
  expect(sending.acknowledged).toHaveLength(COUNT);
  for (const part of Object.values(product.parts)) expect(part.ended()).toBeUndefined();
  return findWrong(product, tenant, sending.acknowledged);
}

describe('a network that fails between two parts', () => {
  it.each(PAIRS)('%s is %s: what was taken is decided as the events say, after it', async (link, fault) => {
    const tenant = `${link}-${fault.split(' ').at(-1)}`;
    const wrong = await inMidFeed(tenant, async () => {
      const way = product.links[link];
      const end = FAULTS[fault](way);
      if (link === 'server-temporal') expect([409, 503]).toContain(await commandGate(tenant));
      await sleep(LASTS_MS);
      end?.();
      way.mend();
    });
    expect(wrong).toEqual([]);
    if (link === 'server-temporal') await until(async () => (await commandGate(tenant)) === 409, 60_000);
  });
});

describe('a part that stands still for a while, and goes on', () => {
  it.each(STANDING_STILL)('%s: nothing is lost', async (name) => {
    const wrong = await inMidFeed(`still-${name}`, async () => {
      const processes = familyOf(product.parts[name].pid());
      const signal = (which: NodeJS.Signals): void => {
        // One of PostgreSQL's may have come to its end.
        for (const one of processes) if (isSameProcess(one)) process.kill(one.pid, which);
      };
      signal('SIGSTOP');
      await sleep(STANDS_STILL_MS);
      signal('SIGCONT');
    });
    expect(wrong).toEqual([]);
  });

  // It lives in this process.
  it.runIf(ALL)('the storefront, with all connections to it: nothing is lost', async () => {
    const wrong = await inMidFeed('still-storefront', async () => {
      product.links['worker-storefront'].freezeAll();
      await sleep(STANDS_STILL_MS);
      product.links['worker-storefront'].mend();
    });
    expect(wrong).toEqual([]);
  });
});
