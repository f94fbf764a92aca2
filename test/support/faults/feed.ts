import { setTimeout as sleep } from 'node:timers/promises';
import { itemIdOf } from '../../../src/domain/identity.ts';
import { normalizeSku } from '../../../src/domain/normalize.ts';
import { formatTime, seconds, type Micros } from '../../../src/domain/time.ts';
import type { Random } from '../../../src/start/sample-feed/random.ts';
import { signMessage } from '../../../src/standard-webhooks/sign-message.ts';
import { say } from './parts.ts';
import { SUPPLIERS, type FaultProduct } from './product.ts';

export interface FeedEvent {
  supplier: string;
  eventId: string;
  sku: string;
  quantity: number;
  updatedAt: Micros;
  /** Undefined for a SKU that the supplier's rule rejects. */
  itemId: string | undefined;
}

const START = seconds(1_700_000_000);

/**
 * Events as they are in real life: mostly newer than those before them, some late, some exactly tied, some with a
 * SKU spelled in another way, some with an impossible one.
 */
export function faultFeed(
  random: Random,
  feed: { tenant: string; count: number; skus: number; orderly?: boolean },
): FeedEvent[] {
  const events: FeedEvent[] = [];
  for (let index = 0; index < feed.count; index += 1) {
    const plain = `SKU-${String(feed.orderly ? index % feed.skus : random.int(0, feed.skus - 1)).padStart(3, '0')}`;
    const former = events.findLast(({ sku }) => sku === plain);
    const tied = !feed.orderly && former !== undefined && random.chance(0.1);
    const late = !feed.orderly && random.chance(0.2) ? seconds(random.int(1, 200)) : 0n;
    const broken = !feed.orderly && random.chance(0.02);
    const sku = broken
      ? `=${plain}`
      : !feed.orderly && random.chance(0.1)
        ? ` ${plain.toLowerCase()} `
        : plain;
    events.push({
      supplier: random.pick(SUPPLIERS),
      eventId: `${feed.tenant}-${index}`,
      sku,
      quantity: tied && random.chance(0.5) ? former.quantity : random.int(0, 500),
      updatedAt: tied ? former.updatedAt : START + seconds(index) - late,
      itemId: broken ? undefined : itemIdOf(feed.tenant, normalizeSku(sku)),
    });
  }
  return events;
}

/** What the API answered, and what it promised to keep by answering 202. */
export interface Sending {
  acknowledged: FeedEvent[];
  /** How often which HTTP status, or `no answer`, came. */
  answers: Record<string, number>;
  /** The Retry-After of each 503; null where it had none. */
  retryAfters: (string | null)[];
}

interface Message {
  id: string;
  supplier: string;
  events: FeedEvent[];
}

const LONGEST_PAUSE_MS = 2_000;
const GIVE_UP_MS = 120_000;

/**
 * Sends a feed in arrays, by several senders at once, each array until it is acknowledged; some arrays are sent
 * twice. What comes behind `burst` comes slowly.
 *
 * @throws Error for an answer other than 202 and 503, for an event that the API takes for another one, and when the
 *   signal fires
 */
export async function sendFaultFeed(
  product: Pick<FaultProduct, 'apiUrl'>,
  feed: {
    tenant: string;
    secrets: Record<string, Buffer>;
    events: readonly FeedEvent[];
    random: Random;
    sending?: Sending;
    /** Events sent without a pause; all, if not given. */
    burst?: number;
    /** Events behind so many are sent when `opened` resolves. */
    gate?: { behind: number; opened: Promise<void> };
    /** Ends the senders. */
    signal?: AbortSignal;
    senders?: number;
  },
): Promise<Sending> {
  const { tenant, secrets, events, random, burst = events.length, gate, signal, senders = 4 } = feed;
  const sending = feed.sending ?? newSending();
  const messages = cut(events, random);
  const queue = messages.values();
  let sent = 0;
  const pause = (ms: number): Promise<void> => sleep(ms, undefined, signal && { signal });

  const send = async (): Promise<void> => {
    for (const message of queue) {
      if (sent >= (gate?.behind ?? Infinity)) await gate?.opened;
      if (sent >= burst) await pause(500);
      sent += message.events.length;
      await deliver(message);
      sending.acknowledged.push(...message.events);
      if (message.id.endsWith('0')) await deliver(message);
    }
  };

  async function deliver({ id, supplier, events: told }: Message): Promise<void> {
    const secret = secrets[supplier];
    if (!secret) throw new Error(`no secret for ${supplier}`);
    const body = JSON.stringify(
      told.map(({ eventId, sku, quantity, updatedAt }) => ({
        id: eventId,
        sku,
        quantity,
        updatedAt: formatTime(updatedAt),
      })),
    );
    const end = Date.now() + GIVE_UP_MS;
    for (;;) {
      const answer = await post(product.apiUrl, { tenant, supplier, id, body, secret });
      const status = answer ? String(answer.status) : 'no answer';
      sending.answers[status] = (sending.answers[status] ?? 0) + 1;
      if (answer?.status === 202) {
        const wrong = answer.results.filter(
          (result, index) => result.status === 'conflict' || result.eventId !== told[index]?.eventId,
        );
        if (wrong.length > 0 || answer.results.length !== told.length) {
          throw new Error(`the API answered ${JSON.stringify(wrong)} for ${body}`);
        }
        return;
      }
      if (answer && answer.status !== 503) throw new Error(`the API answered ${status}: ${answer.text}`);
      if (answer) sending.retryAfters.push(answer.retryAfter);
      if (Date.now() > end) throw new Error(`the API still answers ${status} after ${GIVE_UP_MS} ms`);
      const told503 = Number(answer?.retryAfter ?? 0.2) * 1_000;
      await pause(Math.min(LONGEST_PAUSE_MS, told503 || 200));
    }
  }

  await Promise.all(Array.from({ length: senders }, send));
  say(
    `${tenant}: ${sending.acknowledged.length} events acknowledged; answers: ${JSON.stringify(sending.answers)}`,
  );
  return sending;
}

export function newSending(): Sending {
  return { acknowledged: [], answers: {}, retryAfters: [] };
}

/** One signed request; undefined when no answer came. */
export async function post(
  apiUrl: string,
  message: { tenant: string; supplier: string; id: string; body: string; secret: Buffer },
): Promise<
  | {
      status: number;
      retryAfter: string | null;
      contentType: string | null;
      text: string;
      results: { eventId: string; status: string }[];
    }
  | undefined
> {
  const { tenant, supplier, id, body, secret } = message;
  try {
    const response = await fetch(`${apiUrl}/v1/tenants/${tenant}/suppliers/${supplier}/events`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...signMessage({ id, timestampSeconds: Math.floor(Date.now() / 1000), body, secret }),
      },
      body,
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    const results =
      response.status === 202
        ? (JSON.parse(text) as { results: { eventId: string; status: string }[] }).results
        : [];
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after'),
      contentType: response.headers.get('content-type'),
      text,
      results,
    };
  } catch {
    return undefined;
  }
}

/** Arrays of one supplier each, in the feed's order. */
function cut(events: readonly FeedEvent[], random: Random): Message[] {
  const messages: Message[] = [];
  const open = new Map<string, FeedEvent[]>();
  const close = (supplier: string): void => {
    const told = open.get(supplier);
    if (told) messages.push({ id: `${told[0]?.eventId ?? ''}-${messages.length}`, supplier, events: told });
    open.delete(supplier);
  };
  for (const event of events) {
    const told = open.get(event.supplier) ?? [];
    told.push(event);
    open.set(event.supplier, told);
    if (told.length >= 10 || random.chance(0.05)) close(event.supplier);
  }
  for (const supplier of [...open.keys()]) close(supplier);
  return messages;
}
