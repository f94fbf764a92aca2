import {
  beginPublishAttempt,
  type AttemptInQueue,
  type AttemptStart,
} from '../src/ledger/publish-attempt.ts';
import { beginStorefrontCall, endStorefrontTurn, takeStorefrontTurn } from '../src/ledger/storefront-turn.ts';
import type { ActivityDependencies } from './dependencies.ts';
import {
  FIRST_ANSWER_MS,
  LATER_ANSWER_MS,
  PUBLISHES_AT_ONCE,
  TURN_WITHIN_MS,
} from './publish-catalog-item.policy.ts';
import type { OpenAttempt, storefrontCalls, Told } from './storefront-calls.ts';
import { createStorefrontQueue, type StorefrontQueue } from '../src/storefront/call-queue.ts';

/** What is to be told in a turn: how its attempt begins, and what it tells. */
export interface ForTurn {
  attempt: Parameters<typeof beginPublishAttempt>[1];
  message: OpenAttempt['message'];
  waitMs: number;
  signal: AbortSignal;
  inPassing: boolean;
}

type Said = PromiseSettledResult<Told>;

interface Begun {
  start: AttemptStart;
  message: OpenAttempt['message'];
}

/** How long a call holds its turn though nobody says that it is over, in ms: a little longer than it may take. */
const HOLD_MS = LATER_ANSWER_MS + 5_000;

/** Those of this process, of the storefronts that have limits: a queue each, for as long as something waits in it. */
export function storefrontQueues(
  { database }: ActivityDependencies,
  call: ReturnType<typeof storefrontCalls>,
) {
  const queues = new Map<string, { limits: string; queue: StorefrontQueue<Begun, Said> }>();

  function queueOf(tenant: string, { storefront, limits }: AttemptInQueue): StorefrontQueue<Begun, Said> {
    for (const [key, { queue }] of queues) if (queue.length() === 0) queues.delete(key);
    const key = JSON.stringify([tenant, storefront]);
    const known = queues.get(key);
    if (known && known.limits === JSON.stringify(limits)) return known.queue;
    const turnOf = { tenant, storefront };
    const queue = createStorefrontQueue<Begun, Said>({
      ...{ limits, places: PUBLISHES_AT_ONCE / 2, withinMs: TURN_WITHIN_MS / 2, slowMs: FIRST_ANSWER_MS },
      async takeTurn() {
        const taken = await takeStorefrontTurn(database, turnOf, HOLD_MS);
        if ('waitMs' in taken) return taken;
        return { end: () => endStorefrontTurn(database, turnOf, taken.turn) };
      },
      isForCall: ({ start }) => start.verdict === 'send' && start.storefront === storefront,
      async call(batch) {
        await beginStorefrontCall(database, turnOf);
        return call(openAttempts(batch), LATER_ANSWER_MS);
      },
    });
    queues.set(key, { limits: JSON.stringify(limits), queue });
    return queue;
  }

  /** @throws QueueFull */
  return async function tellInTurn(
    inQueue: AttemptInQueue,
    { attempt, message, ...waiting }: ForTurn,
  ): Promise<{ start: AttemptStart; told?: Told }> {
    const { begun, told } = await queueOf(message.tenant, inQueue).join({
      itemId: message.itemId,
      ...waiting,
      begin: async () => ({
        message,
        start: await beginPublishAttempt(database, { ...attempt, turn: inQueue.storefront }),
      }),
    });
    if (told?.status === 'rejected') throw told.reason;
    return { start: begun.start, ...(told && { told: told.value }) };
  };
}

function openAttempts(batch: readonly Begun[]): [OpenAttempt, ...OpenAttempt[]] {
  const open = batch.flatMap(({ start, message }) => (start.verdict === 'send' ? [{ start, message }] : []));
  const [first, ...others] = open;
  if (!first) throw new Error('a call without an attempt');
  return [first, ...others];
}
