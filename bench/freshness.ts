import { setTimeout as sleep } from 'node:timers/promises';
import { untilCalm } from './calm.ts';
import { eventMaker, type BenchEvent } from './events.ts';
import type { BenchOptions } from './options.ts';
import type { Parts } from './parts.ts';
import { figure } from './report/markdown.ts';
import { percentile } from './stats.ts';
import type { RunningSubject } from './subject.ts';
import { subjectsFor } from './subjects.ts';
import { warm } from './throughput.ts';

/** A burst of events over some items, each item's in disorder, a fifth of them sent twice. */
export interface Burst {
  events: number;
  items: number;
  /** Undefined: as fast as they are taken. */
  perSecond?: number;
}

/** How long pages stayed wrong after a burst, in seconds from its begin. */
export interface Freshness {
  subject: string;
  burst: Burst;
  p50: number;
  p95: number;
  all: number;
  /** Of all items, from when the event was to be sent that the page has to show. */
  itemSecondsWrong: number;
  /** Of the storefront, until then. */
  calls: number;
}

const POST = 100;
const POSTS_AT_ONCE = 4;
/** What makes no page right any more, of a burst, is done by then. */
const DRAINED_WITHIN_SECONDS = 300;
/** No page gets right any more after so long without a call to the storefront. */
const SILENT_MS = 20_000;

/**
 * Sends bursts to each subject, and reads from the storefront when each page is right for good: from outside, whatever a
 * subject says of itself.
 */
export async function measureFreshness(
  parts: Parts,
  options: BenchOptions,
  say: (line: string) => void,
): Promise<Freshness[]> {
  const events = options.quick ? 1_000 : 10_000;
  const bursts: Burst[] = [
    { events, items: events / 20 },
    { events, items: events },
    { events, items: events / 20, perSecond: 200 },
  ];
  const subjects = subjectsFor(parts).filter(
    ({ name, publishes }) => publishes && (options.only.length === 0 || options.only.includes(name)),
  );
  const found: Freshness[] = [];
  for (const [no, burst] of bursts.slice(0, options.bursts).entries()) {
    for (const subject of subjects) {
      await untilCalm(parts, options.calmSeconds);
      const running = await subject.start();
      try {
        const prefix = `F${no}-${subject.name.replaceAll(/\W/g, '')}`.toUpperCase();
        await warmUp(running, `W${prefix}`, options);
        await untilCalm(parts, DRAINED_WITHIN_SECONDS);
        const one = await measureBurst(parts, running, { subject: subject.name, burst, prefix });
        found.push(one);
        // What is left of it is its own, and not the next burst's.
        await untilCalm(parts, DRAINED_WITHIN_SECONDS);
        say(
          `${burstInWords(burst)}: ${subject.name.padEnd(18)}${one.all.toFixed(1).padStart(8)} s until all pages are right, ` +
            `${one.p50.toFixed(1)} s half, ${one.p95.toFixed(1)} s 95 %; ${figure(one.itemSecondsWrong)} item-seconds, ${one.calls} calls`,
        );
      } finally {
        await running.stop();
      }
    }
  }
  return found;
}

export function burstInWords({ events, items, perSecond }: Burst): string {
  const pace = perSecond === undefined ? 'at once' : `at ${perSecond}/s`;
  return `${events.toLocaleString('en')} over ${items.toLocaleString('en')}, ${pace}`;
}

/** A burst meets a process that has been at work, as it does in use. */
async function warmUp(
  running: RunningSubject,
  prefix: string,
  { warmupEvents, warmupSeconds }: BenchOptions,
): Promise<void> {
  const make = eventMaker(prefix);
  const before = await running.done();
  for (let sent = 0; sent < warmupEvents; sent += POST) await running.post(make(POST));
  await warm(running, before + warmupEvents, warmupSeconds);
}

/**
 * Sends a burst as several senders do.
 *
 * @param perSecond events; all at once, unless given
 * @param onDue told of each delivery, and when it was due, by `performance.now()`
 */
export async function sendBurst(
  running: RunningSubject,
  sent: readonly BenchEvent[],
  perSecond = Infinity,
  onDue: (chunk: readonly BenchEvent[], due: number) => void = () => {},
): Promise<void> {
  const begun = performance.now();
  const chunks: BenchEvent[][] = [];
  for (let from = 0; from < sent.length; from += POST) chunks.push(sent.slice(from, from + POST));
  let next = 0;
  const post = async (): Promise<void> => {
    for (;;) {
      const no = next;
      const chunk = chunks[no];
      if (!chunk) return;
      next += 1;
      const due = begun + (no * POST * 1_000) / perSecond;
      if (due > performance.now()) await sleep(due - performance.now());
      onDue(chunk, due);
      await running.post(chunk);
    }
  };
  await Promise.all(Array.from({ length: POSTS_AT_ONCE }, post));
}

async function measureBurst(
  parts: Parts,
  running: RunningSubject,
  { subject, burst, prefix }: { subject: string; burst: Burst; prefix: string },
): Promise<Freshness> {
  const { sent, newest } = makeBurst(burst, prefix);
  const { storefront } = parts;
  const before = storefront.requests();
  const begun = performance.now();
  // When it was due to be sent: who takes events slowly is not the fresher for it.
  const dueAt = new Map<string, number>();
  await sendBurst(running, sent, burst.perSecond, (chunk, due) => {
    for (const { id } of chunk) if (!dueAt.has(id)) dueAt.set(id, due);
  });
  const isRight = ({ sku, quantity }: BenchEvent): boolean =>
    storefront.pages.get(sku)?.quantity === quantity;
  let calls = storefront.requests();
  let lastCall = performance.now();
  while (![...newest.values()].every(isRight)) {
    await sleep(50);
    if (storefront.requests() > calls) {
      calls = storefront.requests();
      lastCall = performance.now();
    }
    if (performance.now() - lastCall > SILENT_MS) {
      const wrong = [...newest.values()].filter((event) => !isRight(event)).length;
      throw new Error(`${wrong} pages stay wrong`);
    }
  }
  const rightAt = [...newest.values()].map(({ sku }) => storefront.pages.get(sku)?.at ?? Infinity);
  const inSeconds = rightAt.map((at) => (at - begun) / 1_000);
  const wrong = [...newest.values()].map(({ id }, no) => ((rightAt[no] ?? 0) - (dueAt.get(id) ?? 0)) / 1_000);
  return {
    ...{ subject, burst },
    ...{ p50: percentile(inSeconds, 0.5), p95: percentile(inSeconds, 0.95), all: percentile(inSeconds, 1) },
    itemSecondsWrong: wrong.reduce((sum, one) => sum + one, 0),
    calls: storefront.requests() - before,
  };
}

/** @returns what is sent, in its order, and by SKU what its page has to show: a quantity that no other event of it has */
export function makeBurst(
  { events, items }: Burst,
  prefix: string,
): { sent: BenchEvent[]; newest: Map<string, BenchEvent> } {
  const from = Date.now() - 60_000;
  const all = Array.from({ length: events }, (_, no): BenchEvent => {
    const id = `${prefix}-${no}`;
    const sku = `${prefix}-${no % items}`;
    return {
      id,
      sku,
      quantity: no,
      updatedAt: new Date(from + Math.floor(no / items) * 1_000).toISOString(),
    };
  });
  const newest = new Map(all.map((event) => [event.sku, event]));
  const again = all.filter((_, no) => no % 5 === 0);
  return { sent: shuffled([...all, ...again]), newest };
}

/** Always in the same order: each subject meets the same. */
function shuffled<T>(list: readonly T[]): T[] {
  const result = [...list];
  let state = 12_345;
  for (let no = result.length - 1; no > 0; no -= 1) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    const other = state % (no + 1);
    [result[no], result[other]] = [result[other] as T, result[no] as T];
  }
  return result;
}
