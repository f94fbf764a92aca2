import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSignals } from '../../src/signals/sample-signals.ts';
import { readGauges } from '../../src/signals/read-gauges.ts';
import { readLastSweep, readSweepGauges } from '../../src/sweep/last-sweep.ts';
import { cancelSweep } from '../../src/sweep/cancel-sweep.ts';
import { requestNightlySweeps } from '../../src/sweep/request-sweep.ts';
import { readSweepStatus } from '../../src/sweep/sweep-status.ts';
import { listPage, pushStorefront, type PushStorefront } from '../support/push-storefront.ts';
import { kindsOf, swept } from '../support/sweep.ts';
import { sweptShop, type SweptShop } from '../support/swept-shop.ts';
import { shopAt } from '../support/shop-at.ts';

let world: SweptShop;
const carryOn = async (id: string): Promise<void> => {
  while ((await world.advance(id)).state === 'running');
};
const names = (count: number): string[] => Array.from({ length: count }, (_, no) => `ITEM-${no}`);
/** A SKU that sorts otherwise by bytes than by any language's rules. */
const ODD = ['A-1', 'A.1', 'A_1', 'B', 'a', 'é', 'Z'].map((sku) => sku.toUpperCase());

beforeEach(async () => {
  world = await sweptShop();
});
afterEach(() => world.close());

describe.each([
  ['list', true],
  ['each', false],
] as const)('a sweep by %s', (way, hasList) => {
  beforeEach(() => {
    world.shop.hasList = hasList;
  });

  it('says how each page differs, and nothing of those that do not', async () => {
    const { shelf } = world.shop;
    await world.add([...names(30), ...ODD]);
    await world.add(['ITEM-1', 'ITEM-2']);
    shelf.set('shop:ITEM-1', { version: 1, quantity: 5 });
    shelf.set('shop:ITEM-3', { version: 1, quantity: 6 });
    shelf.set('shop:ITEM-4', { version: 9, quantity: 5 });
    shelf.set('shop:ITEM-5', { version: 3_000_000_000, quantity: -4_000_000_000 });
    shelf.delete('shop:ITEM-6');
    await world.add(['ITEM-7', 'NEW-R'], 'rejected');
    await world.add(['NEW-F'], 'failed');
    // Nothing can be said of these.
    await world.add(['ITEM-8', 'NEW-D'], 'due');
    await world.add(['NEW-W'], 'withheld');
    shelf.set('shop:ABOVE', { version: 1, quantity: 1 });
    shelf.set('other:ITEM', { version: 1, quantity: 1 });

    const { sweep, findings } = await world.sweep();
    expect(sweep).toMatchObject({ state: 'completed', way, itemsTotal: 41, itemsDone: 41, itemsAsked: 39 });
    expect(Object.fromEntries(findings.map(({ itemId, kind }) => [itemId, kind]))).toEqual({
      'shop:ITEM-1': 'old_quantity_shown',
      'shop:ITEM-3': 'wrong_quantity_shown',
      'shop:ITEM-4': 'wrong_quantity_shown',
      'shop:ITEM-5': 'wrong_quantity_shown',
      'shop:ITEM-6': 'unknown_there',
      'shop:ITEM-7': 'not_published',
      'shop:NEW-F': 'not_published',
      'shop:NEW-R': 'not_published',
      ...(hasList && { 'shop:ABOVE': 'unknown_here' }),
    });
    const found = (sku: string) => findings.find(({ itemId }) => itemId === `shop:${sku}`);
    expect(found('ITEM-1')).toMatchObject({
      ledgerVersion: 2,
      acceptedVersion: 2,
      shownVersion: 1,
      shownQuantity: 5,
    });
    expect(found('ITEM-6')).toMatchObject({ ledgerVersion: 1, ledgerQuantity: 5, shownVersion: null });
    expect(found('ITEM-7')).toMatchObject({ ledgerVersion: 2, acceptedVersion: 1, shownVersion: 1 });
  });

  it('tells the signals what it found, and what is right again', async () => {
    await world.add(names(10));
    world.shop.shelf.set('shop:ITEM-3', { version: 1, quantity: 6 });
    await world.sweep();
    const wrong = async () => (await readGauges(world.database))[0]?.shownWrong;
    expect(await wrong()).toEqual({ old_quantity_shown: 0, wrong_quantity_shown: 1 });
    const [stale] = await readSignals(world.database, { tenants: ['shop'] });
    expect(stale).toMatchObject({ signal: 'stale_items', verdict: 'miss' });
    const kinds = {
      old_quantity_shown: 0,
      wrong_quantity_shown: 1,
      unknown_there: 0,
      not_published: 0,
      unknown_here: 0,
    };
    expect(await readSweepGauges(world.database)).toEqual([
      { tenant: 'shop', ageSeconds: expect.any(Number) as number, drift: kinds },
    ]);
    expect(await readLastSweep(world.database, 'shop')).toMatchObject({
      asked: 10,
      drift: { wrong_quantity_shown: 1 },
    });

    world.shop.shelf.set('shop:ITEM-3', { version: 1, quantity: 5 });
    await world.sweep();
    expect(await wrong()).toEqual({ old_quantity_shown: 0, wrong_quantity_shown: 0 });
    expect(await readLastSweep(world.database, 'shop')).toMatchObject({ drift: {} });
    expect(await world.database.storefrontProbe.count()).toBe(2);
  });

  it('goes through several pages, of which each is asked for once', async () => {
    await world.add(names(1_100));
    world.shop.shelf.set('shop:ITEM-777', { version: 1, quantity: 6 });
    const { sweep, findings } = await world.sweep();
    expect(sweep).toMatchObject({ itemsTotal: 1_100, itemsAsked: 1_100, itemsUnanswered: 0 });
    expect(findings.map(({ itemId }) => itemId)).toEqual(['shop:ITEM-777']);
    expect(world.shop.asked.filter((path) => path === '/items')).toHaveLength(hasList ? 3 : 1);
    expect(world.shop.asked.filter((path) => path !== '/items')).toHaveLength(hasList ? 1 : 1_101);
  });

  it('makes no finding of a publication that lands while it asks', async () => {
    await world.add(names(3));
    let publishing: Promise<void> | undefined;
    world.shop.onQuestion = async () => {
      // The page is read before, and told after the version is accepted.
      const before = new Map(world.shop.shelf);
      publishing ??= world.add(['ITEM-1']);
      await publishing;
      for (const [itemId, page] of before) world.shop.shelf.set(itemId, page);
      world.shop.onQuestion = undefined;
      setTimeout(() => world.shop.shelf.set('shop:ITEM-1', { version: 2, quantity: 5 }), 300);
      return false;
    };
    expect((await world.sweep()).findings).toEqual([]);
  });

  it('believes what differs only when it is still there a moment later', async () => {
    await world.add(names(3));
    world.shop.shelf.set('shop:ITEM-1', { version: 1, quantity: 6 });
    setTimeout(() => world.shop.shelf.set('shop:ITEM-1', { version: 1, quantity: 5 }), 500);
    expect((await world.sweep()).findings).toEqual([]);
  });

  it('asks a storefront for items of the catalog that has none, too', async () => {
    world.shop.shelf.set('shop:ABOVE', { version: 1, quantity: 1 });
    const { sweep, findings } = await world.sweep();
    expect(sweep).toMatchObject({ state: 'completed', itemsTotal: 0 });
    expect(kindsOf(findings)).toEqual(hasList ? { unknown_here: 1 } : {});
  });
});

describe('a list that cannot be gone by', () => {
  const lists: [string, (query: URLSearchParams) => unknown][] = [
    ['has another form', () => ({ things: [] })],
    ['has another form', () => ({ items: [] })],
    [
      'has another form',
      () => ({ items: [{ itemId: 'shop:A\u0000', quantity: 1, version: 1 }], next: null }),
    ],
    ['does not ascend', (query) => reversed(listPage(world.shop.shelf, query))],
    [
      'does not ascend',
      () => ({ ...listPage(world.shop.shelf, new URLSearchParams('limit=500')), next: 'shop:ITEM-9' }),
    ],
    ['does not go forward', () => ({ items: [], next: 'shop:ITEM-9' })],
    ['is too large', () => ({ items: [], next: null, more: ' '.repeat(2_000_000) })],
  ];
  it.each(lists)('because it %s is left, and items are asked for singly', async (why, page) => {
    await world.add(names(20));
    world.shop.shelf.set('shop:ITEM-3', { version: 1, quantity: 6 });
    world.shop.onQuestion = (url, response) => {
      if (url.pathname !== '/items') return false;
      response.end(JSON.stringify(page(url.searchParams)));
      return true;
    };
    const { sweep, findings } = await world.sweep();
    expect(sweep).toMatchObject({ state: 'completed', way: 'each' });
    expect(sweep.wayReason).toContain(why);
    expect(findings.map(({ itemId }) => itemId)).toEqual(['shop:ITEM-3']);
  });

  it.each([
    [404, 'it has no list'],
    [405, 'it has no list'],
    [302, 'HTTP 302'],
    [500, 'HTTP 500'],
  ])('because it answers HTTP %i is left', async (status, why) => {
    await world.add(names(2));
    world.shop.onQuestion = (url, response) => {
      if (url.pathname !== '/items') return false;
      response.writeHead(status, { location: '/' }).end('{}');
      return true;
    };
    expect((await world.sweep()).sweep).toMatchObject({ state: 'completed', way: 'each', itemsAsked: 2 });
    const row = await world.database.sweep.findFirst();
    expect(row?.wayReason).toContain(why);
  });

  it('because it never ends is left', async () => {
    await world.add(names(2));
    let no = 0;
    world.shop.onQuestion = (url, response) => {
      if (url.pathname !== '/items') return false;
      const items = Array.from({ length: 500 }, () => {
        no += 1;
        return { itemId: `other:${String(no).padStart(9, '0')}`, quantity: 1, version: 1 };
      });
      response.end(JSON.stringify({ items, next: items.at(-1)?.itemId }));
      return true;
    };
    const { sweep } = await world.sweep();
    expect(sweep).toMatchObject({ state: 'completed', way: 'each', itemsAsked: 2 });
    expect(sweep.wayReason).toContain('come to an end');
    expect(no).toBeLessThan(12_000);
  });

  it('because it hangs is left', async () => {
    await world.add(names(2));
    world.shop.onQuestion = (url) => url.pathname === '/items';
    const { sweep } = await world.sweep();
    expect(sweep).toMatchObject({ state: 'completed', way: 'each', itemsAsked: 2 });
    expect(sweep.wayReason).toContain('in time');
  }, 30_000);
});

function reversed(page: object): object {
  return { ...page, items: (page as { items: unknown[] }).items.toReversed() };
}

describe('a storefront that asks for patience', () => {
  it('is left alone for as long as it says, and what it answered counts', async () => {
    await world.add(names(40));
    let answered = 0;
    world.shop.onQuestion = (url, response) => {
      if (url.pathname === '/items') return false;
      answered += 1;
      if (answered <= 10) return false;
      response.writeHead(429, { 'retry-after': '7' }).end();
      return true;
    };
    const id = await world.request();
    const step = await world.advance(id);
    expect(step).toMatchObject({ state: 'running', pauseMs: 7_000 });
    const row = await world.database.sweep.findUniqueOrThrow({ where: { id } });
    expect(row.itemsAsked).toBeGreaterThanOrEqual(7);
    expect(row.itemsAsked).toBeLessThanOrEqual(10);
    world.shop.onQuestion = undefined;
    await carryOn(id);
    expect(await world.database.sweep.findUniqueOrThrow({ where: { id } })).toMatchObject({
      state: 'completed',
      itemsAsked: 40,
    });
  });

  it('from the beginning is silent, and the sweep fails after an hour of it', async () => {
    await world.add(names(4));
    world.shop.onQuestion = (_url, response) => {
      response.writeHead(503, { 'retry-after': '60' }).end();
      return true;
    };
    const id = await world.request();
    await expect(world.advance(id)).rejects.toMatchObject({ name: 'StorefrontSilent', retryAfterMs: 60_000 });
    await expect(world.advance(id)).rejects.toThrow('HTTP 503');
    await world.sql('UPDATE sweep SET silent_since_us = silent_since_us - 3600000000');
    expect(await world.advance(id)).toMatchObject({ state: 'ended' });
    expect(await world.database.sweep.findUniqueOrThrow({ where: { id } })).toMatchObject({
      state: 'failed',
      failure: expect.stringContaining('HTTP 503') as string,
    });
  });

  it('is not asked more often a second than the sweep may', async () => {
    await world.add(names(40));
    const begun = performance.now();
    await world.sweep({ rate: 20 });
    expect(performance.now() - begun).toBeGreaterThan(1_800);
  });
});

describe('a storefront that fails', () => {
  it('for a few items does not keep the sweep from the others', async () => {
    await world.add(names(30));
    world.shop.onQuestion = (url, response) => {
      if (!url.pathname.endsWith('ITEM-7')) return false;
      response.writeHead(500).end();
      return true;
    };
    const { sweep } = await world.sweep();
    expect(sweep).toMatchObject({ state: 'completed', itemsDone: 30, itemsAsked: 29, itemsUnanswered: 1 });
  });

  it('that is away is asked again, from where the sweep was', async () => {
    await world.add(names(300));
    const id = await world.request();
    let questions = 0;
    world.shop.onQuestion = (_url, response) => {
      questions += 1;
      if (questions < 250) return false;
      response.destroy();
      return true;
    };
    await expect(carryOn(id)).rejects.toThrow('read back item');
    const { itemsAsked } = await world.database.sweep.findUniqueOrThrow({ where: { id } });
    expect(itemsAsked).toBeGreaterThan(199);
    world.shop.onQuestion = undefined;
    world.shop.asked.length = 0;
    await carryOn(id);
    expect(world.shop.asked).toHaveLength(300 - itemsAsked);
  });

  describe('beside another one', () => {
    let other: PushStorefront;
    beforeEach(async () => {
      other = await pushStorefront();
      await shopAt(world.sql, other.url, 'shop', { name: 'another' });
    });
    afterEach(() => other.close());

    const fails: PushStorefront['onQuestion'] = (_url, response) => {
      response.writeHead(500).end();
      return true;
    };
    /** Of the one that is asked, and of those that are asked again. */
    const anHourLater = () =>
      world.sql(
        `UPDATE sweep
            SET silent_since_us = silent_since_us - 3600000000,
                put_off = (SELECT coalesce(jsonb_agg(p || jsonb_build_object(
                             'sinceUs', ((p->>'sinceUs')::bigint - 3600000000)::text)), '[]')
                             FROM jsonb_array_elements(put_off) p)`,
      );
    const sweepOf = (id: string) => world.database.sweep.findUniqueOrThrow({ where: { id } });
    async function carryOnToSettle(id: string): Promise<void> {
      while ((await sweepOf(id)).phase !== 'settle') await world.advance(id);
    }
    /** What is due is told to these, and to no other. */
    async function tell(...storefronts: string[]): Promise<void> {
      await world.sql(
        `INSERT INTO publish_attempt (item_id, version, event_seq, workflow_id, message_id, status, finished_at_us, storefront)
         SELECT v.item_id, v.version, c.winner_seq, 'sync:x', 'msg', 'accepted', now_us(), s
           FROM catalog_item_version v JOIN catalog_item c USING (item_id), unnest($1::text[]) s
          WHERE v.publication = 'due'`,
        [storefronts],
      );
    }

    it('is passed over after an hour, and the other one is asked and mended', async () => {
      await world.add(names(3));
      world.shop.shelf.set('shop:ITEM-1', { version: 1, quantity: 6 });
      other.onQuestion = fails;
      const id = await world.request({ repair: true });
      await expect(carryOn(id)).rejects.toThrow('HTTP 500');
      await anHourLater();
      await carryOnToSettle(id);
      expect(await sweepOf(id)).toMatchObject({ passedOver: ['another'], itemsUnanswered: 3, itemsDone: 6 });
      await tell('shop');
      world.shop.shelf.set('shop:ITEM-1', { version: 2, quantity: 5 });
      await carryOn(id);
      const { sweep, findings } = await swept(world.database, id);
      expect(sweep).toMatchObject({ state: 'completed', itemsTotal: 6, itemsAsked: 3 });
      expect(findings).toMatchObject([{ itemId: 'shop:ITEM-1', storefront: 'shop', note: null }]);
      expect(findings[0]?.mendedAtUs).not.toBeNull();
    });

    it('keeps the other one from nothing, and is asked again after it, from where it was', async () => {
      await world.add(names(300));
      for (const [itemId, page] of world.shop.shelf) other.shelf.set(itemId, page);
      other.hasList = false;
      let questions = 0;
      other.onQuestion = (_url, response) => {
        questions += 1;
        return questions > 250 && fails(_url, response);
      };
      const id = await world.request();
      while ((await sweepOf(id)).begun.length < 2) await world.advance(id);
      expect((await readSweepStatus(world.database, id))?.silence?.reason).toMatch(/^another: .*HTTP 500/);
      await expect(carryOn(id)).rejects.toThrow('HTTP 500');
      const { itemsAsked, storefront } = await sweepOf(id);
      expect(storefront).toBe('another');
      expect(itemsAsked).toBeGreaterThan(499);
      expect((await readSweepStatus(world.database, id))?.silence?.reason).toMatch(/^another: .*HTTP 500/);
      other.onQuestion = undefined;
      other.asked.length = 0;
      await carryOn(id);
      expect(other.asked).toHaveLength(600 - itemsAsked);
      expect(await sweepOf(id)).toMatchObject({
        ...{
          state: 'completed',
          itemsTotal: 600,
          itemsAsked: 600,
          itemsDone: 600,
          passedOver: [],
          putOff: [],
        },
      });
    });

    it('keeps nothing of the other one from being settled', async () => {
      await world.add(names(3));
      for (const [itemId, page] of world.shop.shelf) other.shelf.set(itemId, page);
      world.shop.shelf.set('shop:ITEM-1', { version: 1, quantity: 6 });
      other.shelf.set('shop:ITEM-1', { version: 1, quantity: 6 });
      const id = await world.request({ repair: true });
      await carryOnToSettle(id);
      await tell('another', 'shop');
      world.shop.shelf.set('shop:ITEM-1', { version: 2, quantity: 5 });
      other.onQuestion = fails;
      await expect(carryOn(id)).rejects.toThrow('HTTP 500');
      await expect(world.advance(id)).rejects.toThrow('HTTP 500');
      await anHourLater();
      await carryOn(id);
      const { sweep, findings } = await swept(world.database, id);
      expect(sweep).toMatchObject({ state: 'completed', passedOver: ['another'] });
      expect(
        findings.map(({ storefront, mendedAtUs, note }) => [storefront, mendedAtUs !== null, note]),
      ).toEqual([
        ['another', false, 'the storefront gave no answer'],
        ['shop', true, null],
      ]);
    });

    it('that does not answer either, fails the sweep', async () => {
      await world.add(names(3));
      other.onQuestion = fails;
      world.shop.onQuestion = fails;
      const id = await world.request();
      await expect(carryOn(id)).rejects.toThrow('HTTP 500');
      expect(await sweepOf(id)).toMatchObject({ state: 'running', begun: ['another', 'shop'] });
      // Both hours were one.
      await anHourLater();
      await carryOn(id);
      expect(await sweepOf(id)).toMatchObject({
        state: 'failed',
        failure: expect.stringContaining('HTTP 500') as string,
      });
    });
  });

  it('with no address ends the sweep at once', async () => {
    await world.sql('DELETE FROM storefront');
    const { sweep } = await world.sweep();
    expect(sweep).toMatchObject({ state: 'failed', failure: 'the tenant has no storefront address' });
  });
});

describe('sweeps', () => {
  it('of a tenant that do the same are one, and each is audited', async () => {
    const first = await world.request();
    const same = await Promise.all([1, 2, 3].map(() => world.request()));
    expect(new Set([first, ...same]).size).toBe(1);
    expect(await world.request({ repair: true })).not.toBe(first);
    const rows = await world.sql<{ id: string }>(`SELECT request_sweep('shop', false, 'somebody') AS id`);
    expect(rows).toEqual([{ id: first }]);
    expect(
      await world.database.auditEntry.count({ where: { action: 'sweep.start', tenantId: 'shop' } }),
    ).toBe(2);
    expect(await cancelSweep(world.database, first, 'ann', 'enough')).toBe(true);
    expect(await cancelSweep(world.database, first, 'ann')).toBe(false);
    expect(await cancelSweep(world.database, 'nobody', 'ann')).toBeUndefined();
    expect(await world.request()).not.toBe(first);
    expect(await world.database.auditEntry.count({ where: { action: 'sweep.cancel' } })).toBe(1);
  });

  it('are asked for each night where a tenant is not closed and has a storefront', async () => {
    await world.database.tenant.createMany({
      data: [
        { id: 'closed', state: 'closed' },
        { id: 'none', state: 'open' },
        { id: 'canary', state: 'canary' },
      ],
    });
    for (const tenant of ['closed', 'canary']) await shopAt(world.sql, 'http://127.0.0.1:9', tenant);
    await requestNightlySweeps(world.database, undefined);
    const tenants = async () =>
      (await world.database.sweep.findMany({ orderBy: { tenantId: 'asc' } })).map((row) => [
        row.tenantId,
        row.repair,
      ]);
    expect(await tenants()).toEqual([
      ['canary', false],
      ['shop', false],
    ]);
    await requestNightlySweeps(world.database, 'http://127.0.0.1:9');
    expect(await tenants()).toEqual([
      ['canary', false],
      ['none', false],
      ['shop', false],
    ]);
    for (const { id } of await world.database.sweep.findMany()) await cancelSweep(world.database, id, 'ann');
    await requestNightlySweeps(world.database, 'http://127.0.0.1:9');
    expect(await tenants()).toHaveLength(3);
  });

  it('are forgotten after 90 days, but for the last completed one', async () => {
    await world.add(['A']);
    world.shop.shelf.delete('shop:A');
    for (const days of [100, 95, 91]) {
      await world.sweep();
      await world.sql(
        'UPDATE sweep SET finished_at_us = now_us() - $1::bigint * 86400000000 WHERE finished_at_us > now_us() - 86400000000',
        [days],
      );
    }
    await requestNightlySweeps(world.database, undefined);
    const kept = await world.database.sweep.findMany({
      include: { findings: true },
      orderBy: { createdAtUs: 'asc' },
    });
    expect(kept.map(({ state, findings }) => [state, findings.length])).toEqual([
      ['completed', 1],
      ['running', 0],
    ]);
  });

  it('that were cancelled do nothing more', async () => {
    await world.add(names(10));
    const id = await world.request();
    await cancelSweep(world.database, id, 'ann');
    expect(await world.advance(id)).toMatchObject({ state: 'ended' });
    expect(world.shop.asked).toEqual([]);
  });

  it('carried on by two at once are written down once', async () => {
    await world.add(names(300));
    const id = await world.request();
    await Promise.all([world.advance(id), world.advance(id)]);
    await carryOn(id);
    expect(await world.database.sweep.findUniqueOrThrow({ where: { id } })).toMatchObject({
      state: 'completed',
      itemsDone: 300,
      itemsAsked: 300,
      finishedAtUs: expect.any(BigInt) as bigint,
    });
  });
});
