import { randomUUID } from 'node:crypto';
import { formatTime } from '../../../src/domain/time.ts';
import type { Contender } from '../../../src/domain/winner.ts';
import { createRandom, type Random } from '../../../src/start/sample-feed/random.ts';
import { normalizeSku } from '../../../src/domain/normalize.ts';
import { keepGreater } from './sample.ts';
import type { Sender } from './supplier.ts';

export interface ContestEvent extends Contender {
  /** As it is sent. */
  sku: string;
  /** Set for an event whose id is that of its CloudEvent; the others have one in their body. */
  cloudId?: string;
}

export const CONTEST_SUPPLIERS = ['acme', 'globex', 'initech'] as const;

const SOURCE = '/erp';
const SKUS = 80;
const START = 1_780_000_000_000_000n;
/** So near that a clock of milliseconds would not tell most of them apart. */
const LATER = [0n, 1n, 999n, 1_000n, 86_400_000_000n];
/** UTF-16 and UTF-8 order the last three differently. */
const BEGINNINGS = ['a', 'Z', '7', 'é', '\uffee', '\u{10000}', '\u{1f6aa}'];

/** Events of few items, moments and quantities, so that every rule down to the event id has to decide. */
export function contestEvents(count: number, seed: number): ContestEvent[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const sku = `item-${random.int(1, SKUS)}`;
    const id = `${random.pick(BEGINNINGS)}${random.pick(BEGINNINGS)}-${index}`;
    const isCloud = random.chance(0.2);
    return {
      sku: random.pick([sku, sku.toUpperCase(), ` ${sku} `]),
      supplier: random.pick(CONTEST_SUPPLIERS),
      eventId: isCloud ? `${SOURCE} ${id}` : id,
      quantity: random.pick([0, 1, 7, 2_147_483_647]),
      updatedAt: START + random.pick(LATER),
      ...(isCloud && { cloudId: id }),
    };
  });
}

export function foldContest(events: readonly ContestEvent[]): Map<string, Contender> {
  const winners = new Map<string, Contender>();
  for (const { sku, supplier, eventId, quantity, updatedAt } of events) {
    keepGreater(winners, normalizeSku(sku), { supplier, eventId, quantity, updatedAt });
  }
  return winners;
}

/**
 * Sends each event three times, all in one random order, by so many clients at once, in every form that the API takes.
 *
 * @returns how many receipts there were of each status; requests that were not answered 202 under `http …`
 */
export async function sendContest(
  events: readonly ContestEvent[],
  senders: readonly Sender[],
  options: { seed: number; clients: number },
): Promise<Record<string, number>> {
  const random = createRandom(options.seed);
  const queue = shuffled([...events, ...events, ...events], random);
  const counts: Record<string, number> = {};
  const client = async (): Promise<void> => {
    while (queue.length > 0) {
      const deliveries = queue.splice(0, random.chance(0.3) ? 1 : random.int(2, 12));
      for (const sender of senders) {
        const own = deliveries.filter(({ supplier }) => supplier === sender.supplier);
        for (const { body: content, headers } of messagesOf(own, random)) {
          const { status, body } = await sender.post(content, headers);
          const statuses =
            status === 202 ? body.results.map((receipt) => receipt.status) : [`http ${status}`];
          for (const one of statuses) counts[one] = (counts[one] ?? 0) + 1;
        }
      }
    }
  };
  await Promise.all(Array.from({ length: options.clients }, client));
  return counts;
}

interface Message {
  body: unknown;
  headers: Record<string, string>;
}

function messagesOf(events: readonly ContestEvent[], random: Random): Message[] {
  if (events.length === 0) return [];
  if (random.chance(0.3) || events.every(({ cloudId }) => cloudId !== undefined)) {
    return events.length > 1
      ? [
          message(
            'application/cloudevents-batch+json',
            events.map((event) => cloudEventOf(event, random)),
          ),
        ]
      : events.map((event) => singleCloudEvent(event, random));
  }
  const plain = events.filter(({ cloudId }) => cloudId === undefined).map((event) => bodyOf(event, random));
  const others = events.filter(({ cloudId }) => cloudId !== undefined);
  return [
    message('application/json', plain.length === 1 ? plain[0] : plain),
    ...others.map((event) => singleCloudEvent(event, random)),
  ];
}

function singleCloudEvent(event: ContestEvent, random: Random): Message {
  const { data, ...attributes } = cloudEventOf(event, random);
  if (random.chance(0.5)) return message('application/cloudevents+json', { ...attributes, data });
  const headers = Object.entries(attributes).map(([name, value]) => [
    `ce-${name}`,
    encodeURIComponent(value),
  ]);
  // Those are not signed, so the body has to name it.
  const body = { ...data, id: event.eventId };
  return { body, headers: Object.fromEntries(headers) as Record<string, string> };
}

function cloudEventOf(event: ContestEvent, random: Random) {
  return {
    specversion: '1.0',
    id: event.cloudId ?? randomUUID(),
    source: SOURCE,
    type: 'inventory.updated',
    data: bodyOf(event, random),
  };
}

/** The same moment is written in two ways: it is the same event all the same. */
function bodyOf({ sku, eventId, cloudId, quantity, updatedAt }: ContestEvent, random: Random) {
  const written = formatTime(updatedAt);
  return {
    ...(cloudId === undefined && { id: eventId }),
    sku,
    quantity,
    updatedAt: random.chance(0.5) ? written : written.replace('Z', '+00:00'),
  };
}

function message(contentType: string, body: unknown): Message {
  return { body, headers: { 'content-type': contentType } };
}

function shuffled<T>(items: T[], random: Random): T[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const other = random.int(0, last);
    [items[last], items[other]] = [items[other] as T, items[last] as T];
  }
  return items;
}
