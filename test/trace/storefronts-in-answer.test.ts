import { describe, expect, it } from 'vitest';
import { findTraces } from '../../src/trace/find-trace.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { serve } from '../storefront/http-stub.ts';
import { shopAt } from '../support/shop-at.ts';
import { WEB_UI } from './story.ts';
import { besideAShop, CATALOG, ITEM, NEW, OLD, TIME, timeless, type Shows } from './beside-a-shop.ts';

const world = besideAShop();

describe('what an answer says where several storefronts are open', () => {
  /** A shop before a cache, and what each of them shows. */
  async function traceOfTwo(shop: Shows, cache: Shows): Promise<Trace> {
    await standAt('shop', 1, shop);
    await standAt('cache', 2, cache);
    const [found] = await findTraces(
      world.test.database,
      { key: 'CHAIR-01', tenant: 'canary' },
      { ...WEB_UI, readBackTimeoutMs: 10_000 },
    );
    if (!found) throw new Error('no trace');
    return found.trace;
  }
  async function standAt(name: string, place: number, shows: Shows): Promise<void> {
    const url = await serve((_request, response) => {
      if (shows === 'hang') return;
      if (typeof shows === 'number') response.writeHead(shows).end('{}');
      else response.end(JSON.stringify(shows));
    });
    await shopAt(world.test.sql, url, 'canary', { name, place });
  }
  /** Version 1 with 21 was accepted by both; version 2 has 24. */
  async function twoVersionsForTwo(): Promise<bigint> {
    await standAt('shop', 1, NEW);
    await standAt('cache', 2, NEW);
    const first = await world.story.save({ id: 'e-16', quantity: 21, updatedAt: '2026-06-01T19:00:00Z' });
    for (const _ of ['shop', 'cache']) await world.story.publish(first, ITEM, 1, ['accepted', 200]);
    return world.story.save({ id: 'e-17', quantity: 24, updatedAt: '2026-06-01T19:30:00Z' });
  }

  it('names who is behind, and whom it waits for', async () => {
    const seq = await twoVersionsForTwo();
    await world.story.publish(seq, ITEM, 2, ['failed', 500, 'HTTP 500: out of order']);
    const trace = await traceOfTwo(OLD, OLD);
    expect(timeless(trace)).toBe(
      `${CATALOG}Storefront shop still shows 21 (version 1), because it answered with HTTP 500 when told of version 2 ` +
        '(at T: out of order). Storefront cache still shows 21 (version 1), because it is told after shop, which has ' +
        'not accepted version 2 yet.',
    );
    expect(trace.storefronts).toEqual([
      {
        ...{ name: 'shop', kind: 'webhook', state: 'open', place: 1, failedTries: 1, waitsFor: [] },
        told: {
          ...{ version: 2, quantity: 24, status: 'failed', reason: 'HTTP 500: out of order' },
          at: expect.stringMatching(TIME),
        },
        accepted: { version: 1, at: expect.stringMatching(TIME) },
        shows: { ...OLD, wrong: null },
      },
      {
        ...{ name: 'cache', kind: 'webhook', state: 'open', place: 2, failedTries: 0, waitsFor: ['shop'] },
        told: {
          ...{ version: 1, quantity: 21, status: 'accepted', reason: null },
          at: expect.stringMatching(TIME),
        },
        accepted: { version: 1, at: expect.stringMatching(TIME) },
        shows: { ...OLD, wrong: null },
      },
    ]);
    expect(trace.storefront).toEqual(OLD);
  });

  it('says of each what it accepted, and counts the tries of each alone', async () => {
    const seq = await twoVersionsForTwo();
    await world.story.publish(seq, ITEM, 2, ['accepted', 200]);
    for (let no = 1; no <= 3; no += 1) await world.story.publish(seq, ITEM, 2, ['failed', 503, 'HTTP 503']);
    const trace = await traceOfTwo(NEW, OLD);
    expect(timeless(trace)).toBe(
      `${CATALOG}Storefront shop shows 24 (version 2) now; it accepted version 2 at T. Storefront cache still shows 21 ` +
        '(version 1), because it answered 3 times in a row with HTTP 503 when told of version 2 (the last at T).',
    );
    expect(trace.storefronts.map(({ failedTries }) => failedTries)).toEqual([0, 3]);
    expect(trace.publication).toMatchObject({ state: 'due', failedTries: 3 });
  });

  it('forgets no failure of one storefront because another one accepted since', async () => {
    const seq = await twoVersionsForTwo();
    await world.test.sql("UPDATE storefront SET place = 1 WHERE name = 'shop'");
    await world.test.sql("UPDATE storefront SET place = 1 WHERE name = 'cache'");
    await world.story.publish(seq, ITEM, 2, ['failed', 503, 'HTTP 503']);
    await world.story.publish(seq, ITEM, 2, ['accepted', 200]);
    const [found] = await findTraces(world.test.database, { key: 'CHAIR-01' }, WEB_UI);
    expect(found?.trace.publication).toMatchObject({ state: 'due', failedTries: 1 });
    expect(found?.trace.events[0]).toMatchObject({
      eventId: 'e-17',
      failureMode: 'storefront_unreachable',
    });
  });

  it('tells a refusal of one from what the others have accepted', async () => {
    const seq = await twoVersionsForTwo();
    await world.story.publish(seq, ITEM, 2, ['accepted', 200]);
    await world.story.publish(seq, ITEM, 2, ['rejected', 422, 'no such page.']);
    expect(timeless(await traceOfTwo(NEW, 404))).toBe(
      `${CATALOG}Storefront shop shows 24 (version 2) now; it accepted version 2 at T. Storefront cache does not know ` +
        'the item, because it refused version 2 at T: no such page; nothing is tried again before a replay.',
    );
  });

  it('speaks of the open one alone, where only one is', async () => {
    const seq = await twoVersionsForTwo();
    await world.story.publish(seq, ITEM, 2, ['rejected', 422, 'no such page.']);
    await world.test.sql("UPDATE storefront SET state = 'closed' WHERE name = 'shop'");
    expect(timeless(await traceOfTwo(NEW, OLD))).toBe(
      `${CATALOG}The shop still shows 21 (version 1), because it was not told of version 2 yet.`,
    );
  });

  it('says so where each of them is closed', async () => {
    await world.story.publish(await twoVersionsForTwo(), ITEM, 2, ['accepted', 200]);
    await world.test.sql("UPDATE storefront SET state = 'closed'");
    const trace = await traceOfTwo(NEW, NEW);
    expect(timeless(trace)).toBe(
      `${CATALOG}What the shop shows is not known: each of its storefronts is closed, and is told nothing.`,
    );
    expect(trace.storefront).toBeNull();
  });

  it('says what is wrong with a page, beside what its own storefront had accepted', async () => {
    const seq = await twoVersionsForTwo();
    await world.story.publish(seq, ITEM, 2, ['accepted', 200]);
    const trace = await traceOfTwo(OLD, { quantity: 99, version: 1 });
    expect(trace.storefronts.map(({ shows }) => shows)).toEqual([
      { ...OLD, wrong: 'old_quantity_shown' },
      { quantity: 99, version: 1, wrong: 'wrong_quantity_shown' },
    ]);
    expect(timeless(trace)).toContain(
      'Storefront shop still shows 21 (version 1), though it accepted version 2 at T. Storefront cache shows 99 ' +
        '(version 1) now, which it was never told, not 24 (version 2); it was not told of version 2 yet.',
    );
  });

  it('reads all of them at once, and none that is closed', async () => {
    await twoVersionsForTwo();
    // None of them answers before all are asked.
    const waiting: (() => void)[] = [];
    for (const [index, name] of ['shop', 'cache'].entries()) {
      const url = await serve((_request, response) => {
        waiting.push(() => response.end(JSON.stringify(OLD)));
        if (waiting.length === 2) for (const answer of waiting) answer();
      });
      await shopAt(world.test.sql, url, 'canary', { name, place: index + 1 });
    }
    const [found] = await findTraces(
      world.test.database,
      { key: 'CHAIR-01' },
      { ...WEB_UI, readBackTimeoutMs: 10_000 },
    );
    expect(found?.trace.storefronts.map(({ shows }) => shows)).toEqual([
      { ...OLD, wrong: null },
      { ...OLD, wrong: null },
    ]);
    await world.test.sql("UPDATE storefront SET state = 'closed' WHERE name = 'cache'");
    const trace = await traceOfTwo(OLD, NEW);
    expect(timeless(trace)).toBe(
      `${CATALOG}The shop still shows 21 (version 1), because it was not told of version 2 yet.`,
    );
    expect(trace.storefronts[1]).toMatchObject({
      ...{ name: 'cache', state: 'closed', waitsFor: [], shows: null },
    });
  });
});
