import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { timeoutOr } from '../../process/timeout-or.ts';
import { signMessage } from '../../standard-webhooks/sign-message.ts';
import { addressBelow } from '../../storefront/address.ts';
import { parseJson } from '../../storefront/parse-json.ts';
import { readLimited } from '../../storefront/read-limited.ts';
import { readRetryAfter } from '../../storefront/retry-after.ts';
import type { SupplierEvent } from './sample-feed.ts';

const EVENTS_A_REQUEST = 10;
/** Now and then a single event is sent, as many suppliers do. */
const SINGLE_EVERY = 5;
const CONCURRENCY = 4;
const TRIES = 8;
const LONGEST_WAIT_MS = 10_000;
const TIMEOUT_MS = 10_000;

const answer = z.object({ results: z.array(z.object({ status: z.string() })) });

/**
 * How many deliveries ended how: `accepted`, `duplicate` and `conflict` as the API answered, `http 401` and the like
 * for requests that were refused, `unreachable` for those that never got an answer.
 */
export type FeedCounts = Record<string, number>;

interface Message {
  supplier: string;
  events: SupplierEvent[];
  body: Buffer;
}

/**
 * Sends a feed to the API in its order, four requests at a time, each signed by its supplier. An API that says
 * "later" (429, 503) or does not answer is asked again, after its `Retry-After`.
 *
 * @throws Error if the feed names a supplier without a secret, or if the signal fires
 */
export async function sendFeed(options: {
  apiUrl: string;
  tenant: string;
  secrets: Readonly<Record<string, Buffer>>;
  feed: readonly { supplier: string; event: SupplierEvent }[];
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}): Promise<FeedCounts> {
  const { apiUrl, tenant, secrets, feed, onProgress, signal } = options;
  const counts: FeedCounts = {};
  const messages = cut(feed).values();
  let done = 0;

  const sender = async (): Promise<void> => {
    for (const message of messages) {
      signal?.throwIfAborted();
      const secret = secrets[message.supplier];
      if (!secret) throw new Error(`send feed: no secret for the supplier ${message.supplier}`);
      const url = addressBelow(apiUrl, 'v1', 'tenants', tenant, 'suppliers', message.supplier, 'events');
      if (!url) throw new Error('send feed: the API address is not an http(s) address');
      for (const status of await sendMessage(url, secret, message, signal)) {
        counts[status] = (counts[status] ?? 0) + 1;
      }
      done += message.events.length;
      onProgress?.(done, feed.length);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, sender));
  return counts;
}

/** Cuts a feed into requests, keeping each supplier's order. A request of one event is no array. */
function cut(feed: readonly { supplier: string; event: SupplierEvent }[]): Message[] {
  const messages: Message[] = [];
  const open = new Map<string, SupplierEvent[]>();
  const close = (supplier: string): void => {
    const events = open.get(supplier) ?? [];
    if (events.length === 0) return;
    const body = Buffer.from(JSON.stringify(events.length === 1 ? events[0] : events));
    messages.push({ supplier, events, body });
    open.delete(supplier);
  };
  for (const { supplier, event } of feed) {
    const events = open.get(supplier) ?? [];
    events.push(event);
    open.set(supplier, events);
    const single = messages.length % SINGLE_EVERY === SINGLE_EVERY - 1 && events.length === 1;
    if (single || events.length === EVENTS_A_REQUEST) close(supplier);
  }
  for (const supplier of open.keys()) close(supplier);
  return messages;
}

/** @returns one status for each of the message's events */
async function sendMessage(
  url: URL,
  secret: Buffer,
  { events, body }: Message,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const id = `feed_${createHash('sha256').update(body).digest('hex').slice(0, 32)}`;
  let last = 'unreachable';
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const outcome = await post(
      url,
      signMessage({ id, timestampSeconds: nowSeconds(), body, secret }),
      body,
      signal,
    );
    if (!('retry' in outcome)) return outcome.statuses ?? events.map(() => outcome.status);
    last = outcome.status;
    const pause = Math.min(outcome.retry ?? 200 * 2 ** attempt, LONGEST_WAIT_MS);
    if (attempt < TRIES) await wait(pause, undefined, signal ? { signal } : {});
  }
  return events.map(() => last);
}

type Outcome = { status: string; statuses?: string[] } | { status: string; retry: number | undefined };

async function post(
  url: URL,
  headers: Record<string, string>,
  body: Buffer,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  let response: Response;
  let text: string | undefined;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body,
      redirect: 'manual',
      signal: timeoutOr(TIMEOUT_MS, signal),
    });
    text = await readLimited(response.body);
  } catch {
    signal?.throwIfAborted();
    return { status: 'unreachable', retry: undefined };
  }
  const status = `http ${response.status}`;
  if (response.status === 429 || response.status === 503) {
    return { status, retry: readRetryAfter(response.headers.get('retry-after'), Date.now()) };
  }
  if (response.status === 409) return { status: 'conflict' };
  const results = response.ok ? answer.safeParse(parseJson(text ?? '')).data?.results : undefined;
  return results ? { status, statuses: results.map((result) => result.status) } : { status };
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
