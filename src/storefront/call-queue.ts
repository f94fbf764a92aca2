import { setTimeout as sleep } from 'node:timers/promises';
import type { Limits } from './kinds/kind.ts';

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
  /** It goes elsewhere when there is no place here, and needs no time to come back; nor does it wait for slow calls. */
  inPassing?: boolean;
}

/** What the calls of a storefront are made of. */
export interface QueueOptions<Begun, Told> {
  limits: Limits;
  /** The most that may wait here, and for about how long, in ms. */
  places: number;
  withinMs: number;
  /** Calls that take longer, in ms, are slow. */
  slowMs: number;
  /** Takes a call, or says how long to wait before the next look, in ms. */
  takeTurn(): Promise<{ end: () => Promise<void> } | { waitMs: number }>;
  /** Whether this is to be told here, now. */
  isForCall(begun: Begun): boolean;
  /** One call. @returns what came of each, in their order */
  call(batch: readonly Begun[]): Promise<readonly Told[]>;
  now?: () => number;
}

/** As much as may wait does, or it took too long: to come back in so many ms. */
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
  /** How many wait, are being told, or have a time to come back. */
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
  resolve(end: { begun: Begun; told?: Told }): void;
  reject(error: unknown): void;
  /** It does not wait any longer: it is told, or it went. */
  taken(): void;
}

type Batch<Begun, Told> = { member: Member<Begun, Told>; begun: Begun }[];

/** How long to come back in, at the least and at the most, in ms. */
const SOONEST_MS = 1_000;
const LATEST_MS = 300_000;
/** What an item takes of a call until one was made, in ms. */
const FIRST_GUESS_MS = 50;

/**
 * Gathers what waits for a storefront into calls, as its limits have it. What was overtaken meanwhile is not told, and
 * takes nobody's place in a call. Who finds the queue full gets a time to come back: behind all that have one, as fast as
 * calls are made.
 */
export function createStorefrontQueue<Begun, Told>({
  limits: { itemsPerCall = 1, callsPerSecond },
  places,
  withinMs,
  slowMs,
  takeTurn,
  isForCall,
  call,
  now = () => performance.now(),
}: QueueOptions<Begun, Told>): StorefrontQueue<Begun, Told> {
  let members: Member<Begun, Told>[] = [];
  let underWay = 0;
  let isRunning = false;
  let callMs = 0;
  let msAnItem = callsPerSecond === undefined ? FIRST_GUESS_MS : 1_000 / callsPerSecond / itemsPerCall;
  /** When those come back that were sent away, the next one first. */
  const away: number[] = [];

  const mostWaiting = (): number => Math.max(1, Math.min(places, Math.ceil(withinMs / msAnItem)));

  function forgetReturned(): void {
    let returned = 0;
    while ((away[returned] ?? Infinity) <= now()) returned += 1;
    away.splice(0, returned);
  }

  function sendAway({ inPassing = false }: Waiting<Begun>): QueueFull {
    if (inPassing) return new QueueFull(0);
    forgetReturned();
    const ms = Math.min(LATEST_MS, Math.max(SOONEST_MS, (away.length + members.length + 1) * msAnItem));
    away.push(now() + ms);
    return new QueueFull(ms);
  }

  async function run(): Promise<void> {
    isRunning = true;
    try {
      while (members.length > 0) {
        const turn = await takeTurn();
        if ('waitMs' in turn) await sleep(Math.max(1, Math.min(turn.waitMs, 1_000)));
        else void makeCall(await gather(), turn.end);
      }
    } catch (error) {
      const all = members;
      members = [];
      for (const member of all) {
        member.taken();
        member.reject(error);
      }
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
    const begunAt = now();
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
      if (batch.length > 0) noteCall(now() - begunAt);
      await end().catch(() => undefined);
    }
  }

  function noteCall(tookMs: number): void {
    callMs = callMs === 0 ? tookMs : 0.7 * callMs + 0.3 * tookMs;
    if (callsPerSecond === undefined) msAnItem = Math.max(1, callMs / itemsPerCall);
  }

  function next(count: number, items: Set<string>): Member<Begun, Told>[] {
    const some: Member<Begun, Told>[] = [];
    members = members.filter((member) => {
      if (some.length >= count || items.has(member.waiting.itemId)) return true;
      items.add(member.waiting.itemId);
      member.taken();
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

  function wait(waiting: Waiting<Begun>): Promise<{ begun: Begun; told?: Told }> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        member.taken();
        members = members.filter((one) => one !== member);
        reject(waiting.signal.aborted ? new QueueFull(0) : sendAway(waiting));
      };
      const timer = setTimeout(leave, waiting.waitMs);
      waiting.signal.addEventListener('abort', leave);
      const member = {
        ...{ waiting, resolve, reject },
        taken: () => {
          clearTimeout(timer);
          waiting.signal.removeEventListener('abort', leave);
        },
      };
      members.push(member);
      if (!isRunning) void run();
    });
  }

  return {
    length: () => {
      forgetReturned();
      return members.length + underWay + away.length;
    },
    join: async (waiting) => {
      if (waiting.signal.aborted) throw new QueueFull(0);
      if (members.length >= mostWaiting() || (waiting.inPassing && callMs > slowMs)) throw sendAway(waiting);
      return wait(waiting);
    },
  };
}
