import { beforeEach, describe, expect, it } from 'vitest';
import { medusa } from '../../../../src/storefront/kinds/medusa/medusa.ts';
import { json } from '../vendure/fake-vendure.ts';
import { fakeMedusa, type FakeMedusa } from './fake-medusa.ts';

let shop: FakeMedusa;
const stocked = (id: string, sku: string, version: number | undefined, quantity: number) => ({
  ...{ id, sku, stock: { sloc_1: quantity } as Record<string, number> },
  metadata: { colour: 'red', ...(version !== undefined && { catalog_sync_version: version }) },
});

const storefront = (config: object = { email: 'sync@example.com' }, secret = 'right') => ({
  ...{ url: shop.url, config: medusa.config.parse(config), secret: Buffer.from(secret) },
});
const item = (sku: string, version = 1, quantity = 0) => ({
  ...{ itemId: `shop:${sku}`, tenant: 'shop', sku, version, quantity },
});
const tell = (items: ReturnType<typeof item>[], told = storefront(), timeoutMs = 5_000) =>
  medusa.publish(told, { messages: items.map((one) => ({ id: 'msg_1', item: one })), timeoutMs });
const there = (sku: string) => shop.items.find((one) => one.sku === sku);

beforeEach(async () => {
  shop = await fakeMedusa();
  shop.items = [stocked('i1', 'A', undefined, 0), stocked('i2', 'B', 2, 5), stocked('i3', 'C', 9, 1)];
});

describe('a Medusa shop', () => {
  it('is told of a batch: each version first, then all quantities', async () => {
    shop.items.push({ id: 'i4', sku: 'TISCH Ü & 1', metadata: null, stock: {} });
    const answers = await tell([item('A', 1, 7), item('B', 3, 8), item('TISCH Ü & 1', 1, 2)]);
    expect(answers).toMatchObject([{ kind: 'accepted' }, { kind: 'accepted' }, { kind: 'accepted' }]);
    expect(shop.calls.slice(0, 3)).toEqual(['login', 'locations', 'read']);
    const versions = ['version A', 'version B', 'version TISCH Ü & 1'];
    expect(shop.calls.slice(3)).toEqual([...versions, 'stock TISCH Ü & 1,A,B']);
    expect(there('A')).toMatchObject({
      metadata: { colour: 'red', catalog_sync_version: 1 },
      stock: { sloc_1: 7 },
    });
    expect(there('TISCH Ü & 1')).toMatchObject({
      metadata: { catalog_sync_version: 1 },
      stock: { sloc_1: 2 },
    });
  });

  it('is read on by pages where many items have one of the SKUs', async () => {
    const many = Array.from({ length: 600 }, (_, no) => stocked(`d${no}`, 'D', 1, 1));
    shop.items = [...many, stocked('i1', 'A', undefined, 0)];
    expect(await tell([item('D', 2, 2), item('A', 1, 7)])).toMatchObject([
      { kind: 'rejected', reason: '600 things in the shop have the SKU "D"' },
      { kind: 'accepted' },
    ]);
    expect(shop.calls.slice(0, 4)).toEqual(['login', 'locations', 'read', 'read']);
  });

  it('is asked of long SKUs in several requests: what stands before it takes short addresses', async () => {
    const skus = Array.from({ length: 20 }, (_, no) => `${'Ü'.repeat(100)}${no}`);
    shop.items = skus.map((sku, no) => stocked(`i${no}`, sku, undefined, 0));
    shop.longestUrl = 8_000;
    const answers = await tell(skus.map((sku) => item(sku, 1, 7)));
    expect(new Set(answers.map(({ kind, reason }) => reason ?? kind))).toEqual(new Set(['accepted']));
  });

  it('keeps a version that somebody wrote into the metadata as a text', async () => {
    Object.assign(there('C') ?? {}, { metadata: { catalog_sync_version: '9' } });
    expect(await tell([item('C', 8, 100)])).toMatchObject([{ kind: 'accepted', reason: 'superseded' }]);
    expect(there('C')).toMatchObject({ stock: { sloc_1: 1 } });
  });

  it('has no page of what it counts by fractions, and no list that has them', async () => {
    Object.assign(there('B') ?? {}, { stock: { sloc_1: 2.5 } });
    const asked = { item: item('B'), timeoutMs: 5_000 };
    await expect(medusa.readBack(storefront(), asked)).rejects.toThrow('2.5 of it, which is no whole number');
    expect(
      await medusa.readList?.(storefront(), { tenant: 'shop', after: '', timeoutMs: 5_000 }),
    ).toMatchObject({ kind: 'unusable', why: expect.stringContaining('no whole number') });
    expect(await tell([item('B', 3, 8)])).toMatchObject([{ kind: 'accepted' }]);
    expect(there('B')).toMatchObject({ stock: { sloc_1: 8 } });
  });

  it('keeps a higher version, and is not written to for what it has', async () => {
    const answers = await tell([item('B', 2, 5), item('C', 8, 100)]);
    expect(answers).toMatchObject([{ kind: 'accepted' }, { kind: 'accepted', reason: 'superseded' }]);
    expect(shop.calls.at(-1)).toBe('read');
    expect(there('C')).toMatchObject({ stock: { sloc_1: 1 } });
  });

  it('that took the version and not the quantity is given the quantity by the next try; a late one gives neither', async () => {
    shop.instead = (call, response) => {
      if (!call.startsWith('stock')) return false;
      json(response, 500, { type: 'unknown_error', message: 'An unknown error occurred.' });
      return true;
    };
    expect(await tell([item('B', 3, 8)])).toMatchObject([{ kind: 'unreachable', httpStatus: 500 }]);
    shop.instead = () => false;
    expect(await tell([item('B', 2, 5)])).toMatchObject([{ kind: 'accepted', reason: 'superseded' }]);
    shop.calls.length = 0;
    expect(await tell([item('B', 3, 8)])).toMatchObject([{ kind: 'accepted' }]);
    expect(shop.calls).toEqual(['read', 'stock B']);
    expect(there('B')).toMatchObject({ stock: { sloc_1: 8 } });
  });

  it('says of each item what became of it', async () => {
    shop.instead = (call, response) => {
      if (call !== 'version B') return false;
      json(response, 400, { type: 'invalid_data', message: 'B is locked' });
      return true;
    };
    const answers = await tell([item('A', 1, 7), item('NONE', 1, 1), item('B', 3, 8), item('C', 10, 2)]);
    expect(answers).toMatchObject([
      { kind: 'accepted' },
      { kind: 'rejected', reason: 'the shop has nothing with the SKU "NONE"' },
      { kind: 'rejected', httpStatus: 400, reason: expect.stringContaining('B is locked') },
      { kind: 'accepted' },
    ]);
    expect(there('A')).toMatchObject({ stock: { sloc_1: 7 } });
    expect(there('C')).toMatchObject({ stock: { sloc_1: 2 } });
  });

  it('is tried again where an item has gone since it was read', async () => {
    shop.instead = (call) => {
      if (call === 'version B') shop.items = shop.items.filter(({ sku }) => sku !== 'B');
      return false;
    };
    expect(await tell([item('B', 3, 8)])).toMatchObject([{ kind: 'unreachable', httpStatus: 404 }]);
    expect(await tell([item('B', 3, 8)])).toMatchObject([{ kind: 'rejected' }]);
  });

  it('is logged into again when its token has expired', async () => {
    await tell([item('A', 1, 7)]);
    shop.tokens.clear();
    expect(await tell([item('A', 2, 8)])).toMatchObject([{ kind: 'accepted' }]);
    expect(shop.calls.filter((call) => call === 'login')).toHaveLength(2);
  });

  it('is logged into once by calls at the same time', async () => {
    const answers = await Promise.all([
      tell([item('A', 1, 7)]),
      tell([item('B', 3, 8)]),
      tell([item('C', 10, 2)]),
    ]);
    expect(answers.flat()).toMatchObject([{ kind: 'accepted' }, { kind: 'accepted' }, { kind: 'accepted' }]);
    expect(shop.calls.filter((call) => call === 'login')).toHaveLength(1);
  });

  it('waits where the account may not, and says what to set, without the secret', async () => {
    const [wrong] = await tell([item('A')], storefront({ email: 'sync@example.com' }, 'wrong-password'));
    expect(wrong).toMatchObject({ kind: 'unreachable', httpStatus: 401, retryAfterMs: 60_000 });
    expect(JSON.stringify(wrong)).toContain('set `email` and `secret`');
    expect(JSON.stringify(wrong)).not.toContain('wrong-password');
    expect(await tell([item('A', 1, 3)], storefront({}, 'sk_key'))).toMatchObject([{ kind: 'accepted' }]);
    expect(await tell([item('A', 1, 3)], storefront({}, 'sk_other'))).toMatchObject([
      { kind: 'unreachable', httpStatus: 401 },
    ]);
  });

  it('waits as long as it asks for', async () => {
    shop.instead = (_call, response) => {
      response.setHeader('retry-after', '7');
      json(response, 429, {});
      return true;
    };
    expect(await tell([item('A')])).toMatchObject([{ kind: 'unreachable', retryAfterMs: 7_000 }]);
  });

  it('does not wait longer than it may', async () => {
    shop.instead = (call) => call === 'locations';
    expect(await tell([item('A')], storefront(), 200)).toMatchObject([
      { kind: 'unreachable', reason: 'read stock locations: no answer within 200 ms' },
    ]);
  });

  it('with several stock locations needs one to be named', async () => {
    shop.locations.push({ id: 'sloc_2', name: 'Berlin' });
    expect(await tell([item('A', 1, 7)])).toMatchObject([
      {
        kind: 'unreachable',
        reason: 'the shop has 2 stock locations: set `location` to one of Main, Berlin',
      },
    ]);
    const named = storefront({ email: 'sync@example.com', location: 'Berlin' });
    expect(await tell([item('A', 1, 7)], named)).toMatchObject([{ kind: 'accepted' }]);
    expect(there('A')).toMatchObject({ stock: { sloc_1: 0, sloc_2: 7 } });
  });

  it('is read back by SKU, and listed', async () => {
    const read = (sku: string) => medusa.readBack(storefront(), { item: item(sku), timeoutMs: 5_000 });
    expect(await read('B')).toEqual({ quantity: 5, version: 2 });
    expect(await read('A')).toEqual({ quantity: 0, version: 0 });
    expect(await read('NONE')).toBeUndefined();
    const asked = { tenant: 'shop', after: '', timeoutMs: 5_000 };
    expect(await medusa.readList?.(storefront(), asked)).toEqual({
      kind: 'page',
      next: null,
      items: [
        { itemId: 'shop:B', quantity: 5, version: 2 },
        { itemId: 'shop:C', quantity: 1, version: 9 },
      ],
    });
  });
});
