import { beforeEach, describe, expect, it } from 'vitest';
import { vendure } from '../../../../src/storefront/kinds/vendure/vendure.ts';
import { fakeVendure, fault, json, type FakeVendure } from './fake-vendure.ts';

let shop: FakeVendure;
const variant = (id: string, sku: string, version: number | null, quantity: number) => ({
  ...{ id, sku, version, stock: { 1: quantity } as Record<string, number> },
});

const storefront = (config: object = { username: 'sync' }, secret = 'right') => ({
  ...{ url: shop.url, config: vendure.config.parse(config), secret: Buffer.from(secret) },
});
const item = (sku: string, version = 1, quantity = 0) => ({
  ...{ itemId: `shop:${sku}`, tenant: 'shop', sku, version, quantity },
});
const tell = (items: ReturnType<typeof item>[], told = storefront(), timeoutMs = 5_000) =>
  vendure.publish(told, { messages: items.map((one) => ({ id: 'msg_1', item: one })), timeoutMs });
const there = (sku: string) => shop.variants.find((one) => one.sku === sku);

beforeEach(async () => {
  shop = await fakeVendure();
  shop.variants = [variant('1', 'A', null, 0), variant('2', 'B', 2, 5), variant('3', 'C', 9, 1)];
});

describe('a Vendure shop', () => {
  it('is told of a batch in one login, one read and one write', async () => {
    const answers = await tell([item('A', 1, 7), item('B', 3, 8)]);
    expect(answers).toMatchObject([{ kind: 'accepted' }, { kind: 'accepted' }]);
    expect(shop.calls).toEqual(['login', 'read', 'A,B']);
    expect(there('A')).toMatchObject({ version: 1, stock: { 1: 7 } });
    expect(there('B')).toMatchObject({ version: 3, stock: { 1: 8 } });
  });

  it('keeps a higher version, and is not written to for what it has', async () => {
    const answers = await tell([item('B', 2, 5), item('C', 8, 100)]);
    expect(answers).toMatchObject([{ kind: 'accepted' }, { kind: 'accepted', reason: 'superseded' }]);
    expect(answers[0]).not.toHaveProperty('reason');
    expect(shop.calls).toEqual(['login', 'read']);
    expect(there('C')).toMatchObject({ version: 9, stock: { 1: 1 } });
  });

  it('keeps a version that somebody wrote into the field as a text', async () => {
    Object.assign(there('C') ?? {}, { version: '9' });
    expect(await tell([item('C', 8, 100)])).toMatchObject([{ kind: 'accepted', reason: 'superseded' }]);
    expect(await tell([item('C', 10, 2)])).toMatchObject([{ kind: 'accepted' }]);
    expect(there('C')).toMatchObject({ version: 10, stock: { 1: 2 } });
  });

  it('says that it does not track what it sells without end', async () => {
    Object.assign(there('A') ?? {}, { trackInventory: 'FALSE' });
    expect(await tell([item('A', 1, 7), item('B', 3, 8)])).toMatchObject([
      { kind: 'rejected', reason: 'the shop does not track the quantity of this SKU' },
      { kind: 'accepted' },
    ]);
    expect(there('A')).toMatchObject({ version: null });
  });

  it('is given the quantity of a version again where it shows another', async () => {
    expect(await tell([item('B', 2, 4)])).toMatchObject([{ kind: 'accepted' }]);
    expect(there('B')).toMatchObject({ version: 2, stock: { 1: 4 } });
  });

  it('says of each item what became of it', async () => {
    shop.variants.push(variant('4', 'D', 1, 1), variant('5', 'D', 1, 1));
    const answers = await tell([item('A', 1, 7), item('NONE', 1, 1), item('D', 2, 2)]);
    expect(answers).toMatchObject([
      { kind: 'accepted' },
      { kind: 'rejected', reason: 'the shop has nothing with the SKU "NONE"' },
      { kind: 'rejected', reason: '2 things in the shop have the SKU "D"' },
    ]);
  });

  it('is read on by pages where many variants have one of the SKUs', async () => {
    const many = Array.from({ length: 600 }, (_, no) => variant(`d${no}`, 'D', 1, 1));
    shop.variants = [...many, variant('1', 'A', null, 0)];
    expect(await tell([item('D', 2, 2), item('A', 1, 7)])).toMatchObject([
      { kind: 'rejected', reason: '600 things in the shop have the SKU "D"' },
      { kind: 'accepted' },
    ]);
    expect(there('A')).toMatchObject({ version: 1, stock: { 1: 7 } });
  });

  it('is told later where more is found than can be read, or some of it goes meanwhile', async () => {
    shop.variants = Array.from({ length: 3_000 }, (_, no) => variant(`d${no}`, 'D', 1, 1));
    const later = (reason: RegExp) => ({ kind: 'unreachable', reason: expect.stringMatching(reason) });
    const cut = later(/^read variants: .* 3000 things/);
    expect(await tell([item('D', 2, 2), item('A', 1, 7)])).toMatchObject([cut, cut]);

    shop.variants = [...shop.variants.slice(0, 600), variant('1', 'A', null, 0)];
    let reads = 0;
    shop.instead = (call) => {
      if (call === 'read' && (reads += 1) === 2) shop.variants = shop.variants.slice(200);
      return false;
    };
    const changed = later(/^read variants: .*while it was read/);
    expect(await tell([item('D', 2, 2), item('A', 1, 7)])).toMatchObject([changed, changed]);
  });

  it('is told one by one of a batch that it refuses, so that only one is refused', async () => {
    let refused = 0;
    shop.instead = (call, response) => {
      if (!call.includes('B')) return false;
      refused += 1;
      fault(response, 'USER_INPUT_ERROR', 'a hook of the shop says no');
      return true;
    };
    const answers = await tell([item('A', 1, 7), item('B', 3, 8), item('C', 10, 2)]);
    expect(answers).toMatchObject([
      { kind: 'accepted' },
      { kind: 'rejected', reason: expect.stringContaining('a hook of the shop says no') },
      { kind: 'accepted' },
    ]);
    expect(refused).toBe(2);
    expect(shop.calls).toEqual(['login', 'read', 'A,B,C', 'A', 'B', 'C']);
  });

  it('is logged into again when it has forgotten the session, once', async () => {
    await tell([item('A', 1, 7)]);
    shop.tokens.clear();
    expect(await tell([item('A', 2, 8)])).toMatchObject([{ kind: 'accepted' }]);
    expect(shop.calls).toEqual(['login', 'read', 'A', 'read', 'login', 'read', 'A']);
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
    const [wrong] = await tell([item('A')], storefront({ username: 'sync' }, 'wrong-password'));
    expect(wrong).toMatchObject({ kind: 'unreachable', retryAfterMs: 60_000 });
    expect(JSON.stringify(wrong)).toContain('set `username` and `secret`');
    expect(JSON.stringify(wrong)).not.toContain('wrong-password');
    const [keyless] = await tell([item('A')], storefront({}, 'not a key'));
    expect(keyless).toMatchObject({ kind: 'unreachable', retryAfterMs: 60_000 });
    expect(await tell([item('A', 1, 3)], storefront({}, 'key'))).toMatchObject([{ kind: 'accepted' }]);
  });

  it('waits as long as it asks for, and for a shop that fails', async () => {
    shop.instead = (_call, response) => {
      response.setHeader('retry-after', '7');
      json(response, 429, {});
      return true;
    };
    expect(await tell([item('A')])).toMatchObject([
      { kind: 'unreachable', httpStatus: 429, retryAfterMs: 7_000 },
    ]);
    shop.instead = (_call, response) => {
      fault(response, 'INTERNAL_SERVER_ERROR', 'key right was not found');
      return true;
    };
    const [failed] = await tell([item('A')]);
    expect(failed).toMatchObject({ kind: 'unreachable', reason: expect.stringContaining('key … was not') });
  });

  it('does not wait longer than it may, and says nothing then of what it has not written', async () => {
    shop.instead = () => true;
    expect(await tell([item('A'), item('NONE')], storefront(), 50)).toMatchObject([
      { kind: 'unreachable', reason: 'log in: no answer within 50 ms' },
      { kind: 'unreachable' },
    ]);
  });

  it('names the field that it lacks, and the address that is none', async () => {
    const [fieldless] = await tell(
      [item('A')],
      storefront({ username: 'sync', versionField: 'syncVersion' }),
    );
    expect(fieldless).toMatchObject({ kind: 'unreachable', reason: expect.stringContaining('syncVersion') });
    const [elsewhere] = await tell([item('A')], storefront({ username: 'sync', path: 'graphql' }));
    expect(elsewhere).toMatchObject({ kind: 'unreachable', reason: expect.stringContaining('set `url`') });
  });

  it('with several stock locations needs one to be named', async () => {
    shop.locations.push({ id: '2', name: 'Shop in Berlin' });
    const [unnamed] = await tell([item('A', 1, 7)]);
    expect(unnamed).toMatchObject({
      kind: 'unreachable',
      reason:
        'the shop has 2 stock locations: set `location` to one of Default Stock Location, Shop in Berlin',
    });
    const named = storefront({ username: 'sync', location: 'Shop in Berlin' });
    expect(await tell([item('A', 1, 7)], named)).toMatchObject([{ kind: 'accepted' }]);
    expect(there('A')).toMatchObject({ stock: { 1: 0, 2: 7 } });
    const [unknown] = await tell([item('A', 1, 7)], storefront({ username: 'sync', location: 'Moon' }));
    expect(unknown).toMatchObject({ reason: expect.stringContaining('no stock location "Moon"') });
  });

  it('is read back by SKU', async () => {
    const read = (sku: string) => vendure.readBack(storefront(), { item: item(sku), timeoutMs: 5_000 });
    expect(await read('B')).toEqual({ quantity: 5, version: 2 });
    expect(await read('A')).toEqual({ quantity: 0, version: 0 });
    expect(await read('NONE')).toBeUndefined();
  });

  it('is listed by the bytes of ids, without what it was never told of', async () => {
    shop.variants = Array.from({ length: 600 }, (_, no) => variant(String(no), `S-${(no * 7) % 600}`, 1, no));
    shop.variants.push(variant('x', 'OWN', null, 3), variant('y', 'TRIED', 0, 3));
    const list = (after: string) =>
      vendure.readList?.(storefront(), { tenant: 'shop', after, timeoutMs: 5_000 });
    const first = await list('');
    const next = first?.kind === 'page' ? first.next : null;
    const second = await list(next ?? '');
    const all = [first, second].flatMap((page) => (page?.kind === 'page' ? page.items : []));
    expect(all.map(({ itemId }) => itemId)).toEqual(
      Array.from({ length: 600 }, (_, no) => `shop:S-${no}`).toSorted((a, b) => (a < b ? -1 : 1)),
    );
    expect(second).toMatchObject({ kind: 'page', next: null });
  });
});
