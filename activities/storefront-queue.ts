import { setTimeout as sleep } from 'node:timers/promises';
import type { Limits } from '../src/storefront/kinds/kind.ts';

/** What waits for a call of a storefront that has limits. */
export interface Waiting<Begun> {
  /** An item stands in a call once. */
  itemId: string;
  /** Asked for when a call is at hand: only then is it known whether it is still to be told. */
  begin(): Promise<Begun>;
  /** It waits no longer than this, in ms: without its turn by then it is to come back. */
  waitMs: number;
  /** Given up by whoever waits. */
  signal: AbortSignal;
}

/** What the calls of a storefront are made of. */
export interface QueueOptions<Begun, Told> {
  limits: Limits;
  /** The most that may wait here, and for about how long, in ms. */
  places: number;
  withinMs: number;
  /** Takes a call, or says how long to wait before the next look, in ms. */
  takeTurn(): Promise<{ end: () => Promise<void> } | { waitMs: number }>;
  /** Whether this is to be told here, now. */
  isForCall(begun: Begun): boolean;
  /** One call. @returns what came of each, in their order */
  call(batch: readonly Begun[]): Promise<readonly Told[]>;
  now?: () => number;
}

/** As much as may wait does: to come back in so many ms. */
export class QueueFull extends Error {
  override name = 'QueueFull';
  readonly comeBackMs: number;
  constructor(comeBackMs: number) {
    super('as much as may wait here does');
    this.comeBackMs = comeBackMs;
  }
}

/** What waits for a storefront in this process. */
export interface StorefrontQueue<Begun, Told> {
  /** How many wait, and are being told. */
  length(): number;
  /**
   * Waits for a call, with others.
   *
   * @returns what began, and what came of it; without the latter where it was not to be told in a call
   * @throws QueueFull
   */
  join(waiting: Waiting<Begun>): Promise<{ begun: Begun; told?: Told }>;
}

interface Member<Begun, Told> {
  waiting: Waiting<Begun>;
  until: number;
  resolve(end: { begun: Begun; told?: Told }): void;
  reject(error: unknown): void;
}

type Batch<Begun, Told> = { member: Member<Begun, Told>; begun: Begun }[];

/** How long to come back in, at the least and at the most, in ms. */
const SOONEST_MS = 1_000;
const LATEST_MS = 120_000;

/**
 * Gathers what waits for a storefront into calls, as its limits have it. What was overtaken meanwhile is not told, and
 * takes nobody's place in a call. Who finds the queue full gets an appointment: behind all that have one.
 */
export function createStorefrontQueue<Begun, Told>({
  limits: { itemsPerCall = 1, callsPerSecond },
  places,
  withinMs,
  takeTurn,
  isForCall,
  call,
  now = Date.now,
}: QueueOptions<Begun, Told>): StorefrontQueue<Begun, Told> {
  let members: Member<Begun, Told>[] = [];
  let underWay = 0;
  let isRunning = false;
  let nextAppointment = 0;
  const msAnItem = callsPerSecond === undefined ? 1 : 1_000 / callsPerSecond / itemsPerCall;
  const mostWaiting = Math.max(1, Math.min(places, Math.ceil(withinMs / msAnItem)));

  function appointment(): number {
    const at = now();
    nextAppointment = Math.max(nextAppointment, at + SOONEST_MS) + msAnItem;
    return Math.min(nextAppointment - at, LATEST_MS);
  }

  /** Those that still wait; the others are told to come back. */
  function present(): Member<Begun, Told>[] {
    const at = now();
    for (const member of members) {
      if (member.waiting.signal.aborted) member.reject(new QueueFull(0));
      else if (member.until <= at) member.reject(new QueueFull(appointment()));
    }
    return members.filter(({ until, waiting }) => until > at && !waiting.signal.aborted);
  }

  async function run(): Promise<void> {
    isRunning = true;
    try {
      while ((members = present()).length > 0) {
        const turn = await takeTurn();
        if ('waitMs' in turn) await sleep(Math.max(1, Math.min(turn.waitMs, 1_000)));
        else void makeCall(await gather(), turn.end);
      }
    } catch (error) {
      for (const member of members) member.reject(error);
      members = [];
    } finally {
      isRunning = false;
    }
  }

  /** Those of a call, begun. A call is filled before another one is taken. */
  async function gather(): Promise<Batch<Begun, Told>> {
    const batch: Batch<Begun, Told> = [];
    while (batch.length < itemsPerCall) {
      const items = new Set(batch.map(({ member }) => member.waiting.itemId));
      const some = next(itemsPerCall - batch.length, items);
      if (some.length === 0) break;
      underWay += some.length;
      const begun = await beginAll(some);
      underWay -= some.length - begun.length;
      batch.push(...begun);
    }
    return batch;
  }

  async function makeCall(batch: Batch<Begun, Told>, end: () => Promise<void>): Promise<void> {
    try {
      if (batch.length === 0) return;
      const told = await call(batch.map(({ begun }) => begun));
      for (const [no, { member, begun }] of batch.entries()) {
        const one = told[no];
        member.resolve(one === undefined ? { begun } : { begun, told: one });
      }
    } catch (error) {
      for (const { member } of batch) member.reject(error);
    } finally {
      underWay -= batch.length;
      await end().catch(() => undefined);
    }
  }

  function next(count: number, items: Set<string>): Member<Begun, Told>[] {
    const some: Member<Begun, Told>[] = [];
    members = present().filter((member) => {
      if (some.length >= count || items.has(member.waiting.itemId)) return true;
      items.add(member.waiting.itemId);
      some.push(member);
      return false;
    });
    return some;
  }

  async function beginAll(some: readonly Member<Begun, Told>[]): Promise<Batch<Begun, Told>> {
    const begun = await Promise.all(
      some.map(async (member) => {
        try {
          const one = await member.waiting.begin();
          if (isForCall(one)) return [{ member, begun: one }];
          member.resolve({ begun: one });
        } catch (error) {
          member.reject(error);
        }
        return [];
      }),
    );
    return begun.flat();
  }

  return {
    length: () => members.length + underWay,
    join: (waiting) =>
      new Promise((resolve, reject) => {
        if (members.length >= mostWaiting) return reject(new QueueFull(appointment()));
        members.push({ waiting, until: now() + waiting.waitMs, resolve, reject });
        if (!isRunning) void run();
      }),
  };
}
