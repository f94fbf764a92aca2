import { describe, expect, it } from 'vitest';
import {
  createStorefrontQueue,
  QueueFull,
  type QueueOptions,
  type StorefrontQueue,
} from '../../src/storefront/call-queue.ts';

type Queue = StorefrontQueue<string, string>;

function testQueue(over: Partial<QueueOptions<string, string>> = {}) {
  const calls: (readonly string[])[] = [];
  let release: () => void = () => undefined;
  let isOpen = new Promise<void>((resolve) => {
    release = resolve;
  });
  const ended: number[] = [];
  const queue: Queue = createStorefrontQueue<string, string>({
    limits: { itemsPerCall: 3 },
    ...{ places: 100, withinMs: 2_500, slowMs: 2_000 },
    async takeTurn() {
      await isOpen;
      return {
        end: async () => {
          ended.push(calls.length);
        },
      };
    },
    isForCall: (begun) => begun.startsWith('send'),
    call: async (batch) => {
      calls.push(batch);
      return batch.map((one) => `told ${one}`);
    },
    ...over,
  });
  const join = (itemId: string, begun = `send ${itemId}`, signal = new AbortController().signal) =>
    queue.join({ itemId, begin: async () => begun, waitMs: 5_000, signal });
  return {
    ...{ queue, calls, ended, join },
    open: () => {
      release();
      isOpen = Promise.resolve();
    },
  };
}

describe('what waits for a storefront', () => {
  it('is told in calls of as many as it takes, in the order in which it came', async () => {
    const { calls, ended, join, open, queue } = testQueue();
    const all = ['a', 'b', 'c', 'd', 'e'].map((item) => join(item));
    open();
    expect(await Promise.all(all)).toEqual(
      ['a', 'b', 'c', 'd', 'e'].map((item) => ({ begun: `send ${item}`, told: `told send ${item}` })),
    );
    expect(calls).toEqual([
      ['send a', 'send b', 'send c'],
      ['send d', 'send e'],
    ]);
    await expect.poll(() => ended.length).toBe(2);
    expect(queue.length()).toBe(0);
  });

  it('takes no place in a call when it was overtaken meanwhile', async () => {
    const { calls, join, open } = testQueue();
    const all = [join('a', 'overtaken'), join('b', 'overtaken'), join('c'), join('d'), join('e')];
    open();
    expect((await Promise.all(all)).map(({ told }) => told)).toEqual([
      ...[undefined, undefined],
      ...['told send c', 'told send d', 'told send e'],
    ]);
    expect(calls).toEqual([['send c', 'send d', 'send e']]);
  });

  it('stands in a call once for an item', async () => {
    const { calls, join, open } = testQueue();
    const all = [join('a', 'send a1'), join('a', 'send a2'), join('b')];
    open();
    await Promise.all(all);
    expect(calls).toEqual([['send a1', 'send b'], ['send a2']]);
  });

  it('fails alone when its attempt cannot begin, and with its call when that fails', async () => {
    const signal = new AbortController().signal;
    const begins = testQueue();
    const broken = begins.queue.join({
      itemId: 'a',
      begin: () => Promise.reject(new Error('no')),
      waitMs: 5_000,
      signal,
    });
    const other = begins.join('b');
    begins.open();
    await expect(broken).rejects.toThrow('no');
    expect((await other).told).toBe('told send b');

    const calls = testQueue({ call: () => Promise.reject(new Error('call')) });
    const both = [calls.join('a'), calls.join('b')];
    calls.open();
    for (const one of both) await expect(one).rejects.toThrow('call');
    await expect.poll(() => calls.ended.length).toBe(1);
  });

  it('is told to come back, each later than the one before it, where as much waits as may', async () => {
    const { join, open } = testQueue({
      ...{ places: 2, limits: { callsPerSecond: 0.5, itemsPerCall: 1 }, now: () => 0 },
    });
    const waiting = [join('a'), join('b')];
    const late = await Promise.all(
      ['c', 'd', 'e'].map((item) => join(item).catch((error: unknown) => error as QueueFull)),
    );
    expect(late.map((error) => (error instanceof QueueFull ? error.comeBackMs : error))).toEqual([
      6_000, 8_000, 10_000,
    ]);
    open();
    await Promise.all(waiting);
  });

  it('goes elsewhere at once in passing, and takes no other one’s time to come back', async () => {
    const { open, queue, join } = testQueue({
      ...{ places: 1, limits: { callsPerSecond: 0.5 }, now: () => 0 },
    });
    const signal = new AbortController().signal;
    const first = join('a');
    const passing = queue.join({
      ...{ itemId: 'b', begin: async () => 'send b', waitMs: 5_000, signal, inPassing: true },
    });
    await expect(passing).rejects.toMatchObject({ comeBackMs: 0 });
    await expect(join('c')).rejects.toMatchObject({ comeBackMs: 4_000 });
    open();
    await first;
  });

  it('is told to come back when its turn does not come in time, though nobody says whose it is', async () => {
    const { queue } = testQueue({ takeTurn: () => new Promise(() => undefined) });
    const signal = new AbortController().signal;
    const waiting = queue.join({ itemId: 'a', begin: async () => 'send a', waitMs: 1, signal });
    await expect(waiting).rejects.toThrow(QueueFull);
  });

  it('goes when its worker stops', async () => {
    const { calls, join, open } = testQueue();
    const stop = new AbortController();
    const gone = join('a', 'send a', stop.signal);
    const stays = join('b');
    stop.abort();
    open();
    await expect(gone).rejects.toThrow(QueueFull);
    await stays;
    expect(calls).toEqual([['send b']]);
  });

  it('fails together when nobody can say whose turn it is, and is begun anew by the next', async () => {
    let isDown = true;
    const { join } = testQueue({
      takeTurn: async () => {
        if (isDown) throw new Error('no database');
        return { end: async () => undefined };
      },
    });
    const first = [join('a'), join('b')];
    for (const one of first) await expect(one).rejects.toThrow('no database');
    isDown = false;
    expect((await join('c')).told).toBe('told send c');
  });

  it('waits as long as it is told before the next look', async () => {
    const looks: string[] = [];
    const { join } = testQueue({
      takeTurn: async () => {
        looks.push('look');
        return looks.length < 3 ? { waitMs: 1 } : { end: async () => undefined };
      },
    });
    await join('a');
    expect(looks).toHaveLength(3);
  });
});
