import { createRandom } from '../../../src/start/sample-feed/random.ts';
import { faultFeed, newSending, sendFaultFeed } from '../../support/faults/feed.ts';
import { findWrongOutcome } from '../../support/faults/oracle.ts';
import { untilSettled, untilStanding, type Standing } from '../../support/faults/settle.ts';
import type { World } from '../world.ts';

const SKUS = 60;
/** Slower than this machine decides, so that publishes are in flight all the time. */
const SLOW_MS = 300;

/** A feed that flows while something is done to the deployment. */
export interface FeedUnderWay {
  /** Waits until so many are decided and others are not. */
  untilDecided(count: number): Promise<Standing>;
  /** Waits until all is done. @throws Error that lists what is lost, or told twice with other content */
  end(): Promise<{ events: number; answers: string }>;
  stop(): void;
}

/** Sends a feed of a tenant that is open; some of it at once, the rest as it goes. */
export async function beginFeed(world: World, tenant: string, count: number): Promise<FeedUnderWay> {
  const { view, suppliers, seed, workshop } = world;
  const random = createRandom(seed + tenant.length * 1_000);
  const events = faultFeed(random, { tenant, count, skus: SKUS });
  const sending = newSending();
  const stop = new AbortController();
  const settleMs = 240_000 + count * 150;
  await setDelay(world, SLOW_MS);
  const sent = sendFaultFeed(view, {
    tenant,
    secrets: suppliers[tenant] ?? {},
    events,
    random,
    burst: Math.floor(count * 0.15),
    sending,
    signal: AbortSignal.any([stop.signal, workshop.signal]),
    senders: 4,
  });
  // Seen where it is awaited; until then it must not end the process.
  sent.catch(() => undefined);
  return {
    untilDecided: (wanted) =>
      untilStanding(
        view,
        tenant,
        ({ decided, undecided, sending: told }) => decided >= wanted && undecided + told > 0,
        {
          what: `${wanted} decided events and others in flight`,
          withinMs: settleMs,
        },
      ),
    async end() {
      await sent;
      await setDelay(world, 0);
      const settled = await untilSettled(view, tenant, settleMs);
      if (settled.events !== count) throw new Error(`${settled.events} of ${count} events are in the ledger`);
      await view.readRequests();
      const wrong = await findWrongOutcome(view, tenant, sending.acknowledged);
      if (wrong.length > 0)
        throw new Error(`${wrong.length} things are wrong: ${wrong.slice(0, 5).join('; ')}`);
      const answers = Object.entries(sending.answers).map(([status, times]) => `${status} × ${times}`);
      return { events: sending.acknowledged.length, answers: answers.join(', ') };
    },
    stop: () => stop.abort(),
  };
}

async function setDelay({ view }: World, delayMs: number): Promise<void> {
  const answer = await fetch(`${view.storefrontUrl}/control`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ delayMs }),
  });
  if (!answer.ok) throw new Error(`the storefront's control answers ${answer.status}`);
}
