import { setTimeout as sleep } from 'node:timers/promises';
import { formatTime } from '../../src/domain/time.ts';
import type { Random } from '../../src/start/sample-feed/random.ts';
import { post } from '../support/faults/feed.ts';
import { eventMaker } from './events.ts';
import { nameOf, type SentEvent } from './oracle.ts';
import type { Soak } from './soak.ts';

const MOST_AT_ONCE = 5;
const AGAIN_AFTER_MS = 500;
/** A supplier gives up only when something is badly wrong. */
const GIVE_UP_MS = 180_000;

interface Supplier {
  tenant: string;
  supplier: string;
  secret: Buffer;
}

/**
 * Sends events for every supplier until the soak is over, each delivery to either server until it is acknowledged; now
 * and then one again, one with another content, or something that is no event at all.
 *
 * @param perSecond events of all suppliers together
 */
export async function sendEvents(
  soak: Soak,
  suppliers: readonly Supplier[],
  perSecond: number,
): Promise<void> {
  const newest = new Map<string, Map<string, SentEvent>>();
  await Promise.all(
    suppliers.map(async (supplier) => {
      const last = newest.get(supplier.tenant) ?? new Map<string, SentEvent>();
      newest.set(supplier.tenant, last);
      const random = soak.random();
      const make = eventMaker({ ...supplier, random }, last);
      const meanEvents = (1 + MOST_AT_ONCE) / 2;
      const pauseMs = (meanEvents / perSecond) * suppliers.length * 1_000;
      const sent: SentEvent[] = [];
      for (let no = 1; !soak.over.aborted; no += 1) {
        const events = Array.from({ length: random.int(1, MOST_AT_ONCE) }, make);
        sent.push(...events);
        await deliver(soak, supplier, { id: `${supplier.supplier}-${no}`, events, random });
        await sendNonsense(soak, supplier, { id: `again-${no}`, event: random.pick(sent), random });
        await sleep(random.int(0, Math.round(2 * pauseMs)), undefined, { signal: soak.over }).catch(() => {});
      }
    }),
  );
}

interface Delivery {
  id: string;
  events: readonly SentEvent[];
  random: Random;
}

async function deliver(soak: Soak, supplier: Supplier, { id, events, random }: Delivery): Promise<void> {
  const body = bodyOf(events);
  const answer = await untilAnswered(soak, supplier, { id, body, random }, [202]);
  if (!answer) return;
  for (const [index, event] of events.entries()) {
    const result = answer.results[index];
    if (result?.eventId !== event.eventId || result.status === 'conflict') {
      soak.wrong.push(`${nameOf(event)} was answered ${JSON.stringify(result)}`);
    } else soak.oracle.events.set(nameOf(event), event);
  }
  soak.count('events acknowledged', events.length);
}

/** What suppliers send besides events; none of it may change anything. */
async function sendNonsense(
  soak: Soak,
  supplier: Supplier,
  { id, event, random }: { id: string; event: SentEvent; random: Random },
): Promise<void> {
  const draw = random.int(1, 100);
  if (draw <= 8) {
    const answer = await untilAnswered(soak, supplier, { id, body: bodyOf([event]), random }, [202]);
    if (answer?.results[0]?.status === 'duplicate') soak.count('duplicates sent');
    else if (answer) soak.wrong.push(`${nameOf(event)}, sent again, was answered ${answer.text}`);
  } else if (draw <= 11) {
    const other = JSON.stringify({ ...wireOf(event), quantity: event.quantity + 1 });
    if (await untilAnswered(soak, supplier, { id, body: other, random }, [409])) soak.count('conflicts sent');
  } else if (draw <= 14) {
    const body = random.pick(['{"sku":', '{"sku":"A","quantity":-1,"updatedAt":"now"}', '[]']);
    const answered = await untilAnswered(soak, supplier, { id, body, random }, [400, 422]);
    if (answered) soak.count('malformed deliveries sent');
  } else if (draw <= 16) {
    const stranger = { ...supplier, secret: Buffer.alloc(32, 1) };
    const answered = await untilAnswered(soak, stranger, { id, body: bodyOf([event]), random }, [401]);
    if (answered) soak.count('unsigned deliveries sent');
  }
}

/** Sends to either server until one gives an answer that was wanted; 429, 503 and silence are tried again. */
async function untilAnswered(
  { product, count, wrong }: Soak,
  { tenant, supplier, secret }: Supplier,
  message: { id: string; body: string; random: Random },
  wanted: readonly number[],
) {
  const { id, body, random } = message;
  for (const end = Date.now() + GIVE_UP_MS; Date.now() < end;) {
    const { url } = random.pick(product.servers);
    const answer = await post(url, { tenant, supplier, id, body, secret });
    count(`answer ${answer?.status ?? 'none'}`);
    if (answer && wanted.includes(answer.status)) return answer;
    if (answer && answer.status !== 503 && answer.status !== 429) {
      wrong.push(`the API answered ${answer.status} for ${body.slice(0, 200)}: ${answer.text.slice(0, 200)}`);
      return undefined;
    }
    await sleep(AGAIN_AFTER_MS);
  }
  wrong.push(`${tenant}/${supplier} gave up after ${GIVE_UP_MS / 1000} s: ${body.slice(0, 200)}`);
  return undefined;
}

function bodyOf(events: readonly SentEvent[]): string {
  return JSON.stringify(events.length === 1 ? events.map(wireOf)[0] : events.map(wireOf));
}

function wireOf({ eventId, sku, quantity, updatedAt }: SentEvent) {
  return { id: eventId, sku, quantity, updatedAt: formatTime(updatedAt) };
}
