import { describe, expect, it } from 'vitest';
import type { ItemVersion } from '../../../../src/storefront/kinds/kind.ts';
import {
  READ_VARIANTS,
  SET_QUANTITIES,
  SET_VERSIONS,
} from '../../../../src/storefront/kinds/shopify/documents.ts';
import { ITEM_FAULTS } from '../../../../src/storefront/kinds/shopify/shopify-faults.ts';
import { shopify } from '../../../../src/storefront/kinds/shopify/shopify.ts';
import { readStorefront } from '../../../../src/storefronts/storefront-document.ts';
import { costOf, fakeShop, LOCATION, TOKEN, type FakeShop } from './fake-shop.ts';
import { ERROR_CODES, unpublishedIn } from './published-shapes.ts';

const storefrontOf = ({ url }: Pick<FakeShop, 'url'>, over: { secret?: Buffer; location?: number } = {}) => ({
  url,
  secret: over.secret ?? Buffer.from(TOKEN),
  config: shopify.config.parse({ location: over.location ?? 7 }),
});

function itemOf(sku: string, version: number, quantity: number): ItemVersion {
  return { itemId: `canary:${sku}`, tenant: 'canary', sku, version, quantity };
}

function tell(shop: FakeShop, items: ItemVersion[], over: Parameters<typeof storefrontOf>[1] = {}) {
  const messages = items.map((item) => ({ id: `msg_${item.sku}_${item.version}`, item }));
  return shopify.publish(storefrontOf(shop, over), { messages, timeoutMs: 5_000 });
}

function read(shop: FakeShop, sku: string) {
  const item = { itemId: `canary:${sku}`, tenant: 'canary', sku };
  return shopify.readBack(storefrontOf(shop), { item, timeoutMs: 5_000 });
}

const accepted = { kind: 'accepted', httpStatus: 200, latencyMs: expect.any(Number) as number };
const superseded = { ...accepted, reason: 'superseded' };
const operationsOf = (shop: FakeShop) => shop.calls.map(({ operation }) => operation);
const MINUTE = { retryAfterMs: 60_000 };
const TOKEN_WRONG =
  'set `secret` to the access token of an app of this shop, with the scopes that docs/storefronts.md names';
const WRITES = ['metafieldsSet', 'inventorySetQuantities'];

describe('a shop at Shopify', () => {
  it('is told several items in three calls, and shows quantity and version then', async () => {
    const shop = await fakeShop(['CHAIR', 'Table', 'CHAIR-RED']);
    expect(await tell(shop, [itemOf('CHAIR', 1, 7), itemOf('TABLE', 4, 0)])).toEqual([accepted, accepted]);
    expect(operationsOf(shop)).toEqual(['productVariants', ...WRITES]);
    expect(await read(shop, 'CHAIR')).toEqual({ quantity: 7, version: 1 });
    expect(await read(shop, 'TABLE')).toEqual({ quantity: 0, version: 4 });
    expect(await read(shop, 'CHAIR-RED'), 'never told').toEqual({ quantity: 3, version: 0 });
    expect(await read(shop, 'LAMP')).toBeUndefined();
  });

  it('is told the same twice, and written once; only what differs is written', async () => {
    const shop = await fakeShop(['CHAIR', 'TABLE']);
    await tell(shop, [itemOf('CHAIR', 1, 7), itemOf('TABLE', 1, 3)]);
    expect(shop.calls.at(-1)?.variables).toMatchObject({
      input: { quantities: [{ changeFromQuantity: 3 }] },
    });
    shop.calls.length = 0;
    expect(await tell(shop, [itemOf('CHAIR', 1, 7)])).toEqual([accepted]);
    expect(operationsOf(shop)).toEqual(['productVariants']);
  });

  it('keeps the highest version: a late one writes nothing', async () => {
    const shop = await fakeShop(['CHAIR', 'TABLE']);
    await tell(shop, [itemOf('CHAIR', 5, 7)]);
    shop.calls.length = 0;
    expect(await tell(shop, [itemOf('CHAIR', 4, 9), itemOf('TABLE', 1, 8)])).toEqual([superseded, accepted]);
    expect(await read(shop, 'CHAIR')).toEqual({ quantity: 7, version: 5 });
    const raised = shop.calls.find(({ operation }) => operation === 'metafieldsSet');
    expect(raised?.variables['metafields']).toHaveLength(1);
  });

  it('goes on where a call ended between version and quantity, and a late one does not come in between', async () => {
    const shop = await fakeShop(['CHAIR']);
    shop.before = ({ operation }, response) =>
      operation === 'inventorySetQuantities' && Boolean(response.writeHead(503).end());
    expect(await tell(shop, [itemOf('CHAIR', 5, 7)])).toEqual([
      { kind: 'unreachable', reason: 'write stock: HTTP 503', httpStatus: 503 },
    ]);
    shop.before = () => undefined;
    expect(await tell(shop, [itemOf('CHAIR', 4, 9)])).toEqual([superseded]);
    expect(await tell(shop, [itemOf('CHAIR', 5, 7)])).toEqual([accepted]);
    expect(await read(shop, 'CHAIR')).toEqual({ quantity: 7, version: 5 });
  });

  it('is read again once when it shipped one meanwhile, and is never overwritten blindly', async () => {
    const shop = await fakeShop(['CHAIR', 'TABLE']);
    let sales = 1;
    shop.before = ({ operation }) => {
      const [chair] = shop.variants;
      if (operation === 'inventorySetQuantities' && chair?.onHand !== undefined && sales-- > 0)
        chair.onHand -= 1;
    };
    const items = [itemOf('CHAIR', 1, 7), itemOf('TABLE', 1, 8)];
    expect(await tell(shop, items)).toEqual([accepted, accepted]);
    expect(operationsOf(shop)).toEqual(['productVariants', ...WRITES, 'productVariants', WRITES[1]]);

    sales = 9;
    const answers = await tell(shop, [itemOf('CHAIR', 2, 9), itemOf('TABLE', 2, 9)]);
    expect(answers).toEqual([
      {
        kind: 'unreachable',
        reason:
          'write stock: HTTP 200 CHANGE_FROM_QUANTITY_STALE The changeFromQuantity value does not match persisted value.',
        httpStatus: 200,
      },
      accepted,
    ]);
    const sets = shop.calls.filter(({ operation }) => operation === 'inventorySetQuantities');
    const keys = sets.map(({ variables }) => variables['key']);
    expect(new Set(keys).size).toBe(keys.length);
    for (const { variables } of sets)
      expect(JSON.stringify(variables)).not.toContain('"changeFromQuantity":null');
  });

  it('has its stock on hand set: what it sold and did not ship yet is no other quantity', async () => {
    const shop = await fakeShop(['CHAIR']);
    const sell = () => Object.assign(shop.variants[0] ?? {}, { committed: 2 });
    await tell(shop, [itemOf('CHAIR', 1, 7)]);
    sell();
    expect(await read(shop, 'CHAIR')).toEqual({ quantity: 7, version: 1 });
    shop.calls.length = 0;
    expect(await tell(shop, [itemOf('CHAIR', 1, 7)])).toEqual([accepted]);
    expect(operationsOf(shop), 'a sold piece is not put back').toEqual(['productVariants']);
    expect(await tell(shop, [itemOf('CHAIR', 2, 9)])).toEqual([accepted]);
    expect(shop.variants[0]).toMatchObject({ onHand: 9, committed: 2 });
  });

  it('leaves a version alone that another call raised meanwhile', async () => {
    const shop = await fakeShop(['CHAIR']);
    shop.before = ({ operation }) => {
      if (operation === 'metafieldsSet') Object.assign(shop.variants[0] ?? {}, { version: '9', onHand: 1 });
    };
    expect(await tell(shop, [itemOf('CHAIR', 5, 7)])).toEqual([superseded]);
    expect(await read(shop, 'CHAIR')).toEqual({ quantity: 1, version: 9 });
  });

  it('says of each item why it cannot be told, and takes the others', async () => {
    const shop = await fakeShop(['TWICE', 'twice', 'UNTRACKED', 'ELSEWHERE', 'CHAIR', 'MOST']);
    Object.assign(shop.variants[2] ?? {}, { tracked: false });
    Object.assign(shop.variants[3] ?? {}, { onHand: undefined });
    const items = [
      ...[itemOf('LAMP', 1, 1), itemOf('TWICE', 1, 1), itemOf('UNTRACKED', 1, 1)],
      ...[itemOf('ELSEWHERE', 1, 1), itemOf('CHAIR', 1, 7), itemOf('MOST', 1, 2_147_483_647)],
    ];
    const no = (reason: string) => ({ kind: 'rejected', reason, httpStatus: 200 });
    expect(await tell(shop, items)).toEqual([
      no('the shop has nothing with the SKU "LAMP"'),
      no('2 things in the shop have the SKU "TWICE"'),
      no('the shop does not track the quantity of this SKU'),
      no('this SKU is not stocked at the location'),
      accepted,
      no(
        "write stock: HTTP 200 INVALID_QUANTITY_TOO_HIGH The total quantity can't be higher than 1,000,000,000.",
      ),
    ]);
    expect(await read(shop, 'CHAIR')).toEqual({ quantity: 7, version: 1 });
  });

  it('is searched for odd SKUs, on as many pages as there are', async () => {
    const odd = 'A "B" \\ C:(D) ü';
    const shop = await fakeShop([odd, ...Array.from({ length: 6 }, (_, no) => `CHAIR-${no}`), 'CHAIR']);
    shop.pageSize = 2;
    expect(await tell(shop, [itemOf(odd.toUpperCase(), 1, 7), itemOf('CHAIR', 1, 7)])).toEqual([
      accepted,
      accepted,
    ]);
    shop.pageSize = 1;
    expect(await tell(shop, [itemOf('CHAIR', 2, 7)])).toMatchObject([
      { kind: 'unreachable', reason: 'read variants: the shop finds too many variants by these SKUs' },
    ]);
  });
});

describe('a shop that does not answer as it should is tried again', () => {
  it('when its calls cost too much for now, and not before they are paid back', async () => {
    const shop = await fakeShop(['CHAIR']);
    shop.before = ({ operation }, response) => {
      if (operation !== 'metafieldsSet') return false;
      const errors = [{ message: 'Throttled', extensions: { code: 'THROTTLED' } }];
      response.end(JSON.stringify({ errors, extensions: { cost: costOf(52) } }));
      return true;
    };
    expect(await tell(shop, [itemOf('CHAIR', 1, 7)])).toEqual([
      {
        kind: 'unreachable',
        reason: 'write versions: its calls cost more than it allows for now (HTTP 200 THROTTLED Throttled)',
        httpStatus: 200,
        retryAfterMs: 2_000,
      },
    ]);
    expect(shop.variants[0]).toMatchObject({ onHand: 3, version: undefined });
  });

  it.each([
    [429, { 'retry-after': '2.0' }, '', { reason: 'HTTP 429', retryAfterMs: 2_000 }],
    [402, {}, '', { reason: 'the shop is frozen (HTTP 402)', ...MINUTE }],
    [
      302,
      { location: 'https://elsewhere.example' },
      '',
      {
        reason: 'there is no Admin API: set `url` to the address of the shop at myshopify.com (HTTP 302)',
        ...MINUTE,
      },
    ],
    [200, {}, '<html>', { reason: 'HTTP 200 the answer is none of the Admin API' }],
    [200, {}, '{"data":{}}', { reason: 'HTTP 200 the answer is none of the Admin API' }],
    [
      200,
      {},
      '{"errors":[{"message":"Access denied","extensions":{"code":"ACCESS_DENIED"}}]}',
      {
        reason: `${TOKEN_WRONG} (HTTP 200 ACCESS_DENIED Access denied)`,
        ...MINUTE,
      },
    ],
    [200, {}, '{"errors":[{"message":"odd"}]}', { reason: 'HTTP 200 odd' }],
  ])('when it answers HTTP %i %j %s', async (status, headers, body, answer) => {
    const shop = await fakeShop(['CHAIR']);
    shop.before = (_call, response) => Boolean(response.writeHead(status, headers).end(body));
    expect(await tell(shop, [itemOf('CHAIR', 1, 7)])).toEqual([
      { kind: 'unreachable', httpStatus: status, ...answer, reason: `read variants: ${answer.reason}` },
    ]);
  });

  it.each([null, 7])(
    'when it says no to a whole write, or to what was not in it (%j)',
    async (elementIndex) => {
      const shop = await fakeShop(['CHAIR', 'TABLE']);
      shop.before = ({ operation }, response) => {
        if (operation !== 'metafieldsSet') return false;
        const userErrors = [{ code: 'APP_NOT_AUTHORIZED', message: 'No', elementIndex }];
        response.end(JSON.stringify({ data: { metafieldsSet: { userErrors } } }));
        return true;
      };
      const reason = `write versions: ${TOKEN_WRONG} (HTTP 200 APP_NOT_AUTHORIZED No)`;
      const unauthorized = { kind: 'unreachable', reason, httpStatus: 200, ...MINUTE };
      expect(await tell(shop, [itemOf('CHAIR', 1, 7), itemOf('TABLE', 1, 8)])).toEqual([
        ...[unauthorized, unauthorized],
      ]);
      expect(operationsOf(shop)).toEqual(['productVariants', 'metafieldsSet']);
    },
  );

  it('with another token, location or address, and none of it is told', async () => {
    const shop = await fakeShop(['CHAIR']);
    const item = itemOf('CHAIR', 1, 7);
    const secret = Buffer.from('shpat_wrong');
    const answers = [
      await tell(shop, [item], { secret }),
      await tell(shop, [item], { location: 8 }),
      await tell({ ...shop, url: 'http://127.0.0.1:1' }, [item]),
      await tell({ ...shop, url: 'https://user:hidden@shop.example' }, [item]),
    ].flat();
    expect(answers.map(({ kind }) => kind)).toEqual(Array.from({ length: 4 }, () => 'unreachable'));
    expect(answers[0]?.reason).toContain(`${TOKEN_WRONG} (HTTP 401`);
    expect(answers[1]?.reason).toContain('the shop has no location gid://shopify/Location/8');
    expect(JSON.stringify(answers)).not.toMatch(/shpat|hidden/);
    await expect(read({ ...shop, url: 'http://127.0.0.1:1' }, 'CHAIR')).rejects.toThrow(
      'read variants: the connection',
    );
  });

  it('when it is silent', async () => {
    const shop = await fakeShop(['CHAIR']);
    shop.before = () => true;
    const messages = [{ id: 'msg_1', item: itemOf('CHAIR', 1, 7) }];
    expect(await shopify.publish(storefrontOf(shop), { messages, timeoutMs: 100 })).toEqual([
      { kind: 'unreachable', reason: 'read variants: no answer within 100 ms' },
    ]);
  });
});

describe('what is asked of the Admin API', () => {
  it('is published', () => {
    expect([READ_VARIANTS, SET_VERSIONS, SET_QUANTITIES].flatMap(unpublishedIn)).toEqual([]);
    expect(
      ITEM_FAULTS.flatMap(({ code = [] }) => code).filter((code) => !ERROR_CODES.includes(code)),
    ).toEqual([]);
    const made = SET_QUANTITIES.replace('userErrors', 'oops').replace('(input:', '(inputs:');
    expect(unpublishedIn(made)).toEqual([
      'mutation.inventorySetQuantities(inputs)',
      ...['oops', 'oops.code', 'oops.field', 'oops.message'].map(
        (name) => `mutation.inventorySetQuantities.${name}`,
      ),
    ]);
  });

  it.each([7, '7', LOCATION])('is of a location, given as %s', async (location) => {
    const document = JSON.stringify({ url: 'https://canary.myshopify.com', secret: TOKEN, location });
    expect(await readStorefront('shopify', document)).toMatchObject({
      config: { location: LOCATION },
      limits: { callsAtOnce: 1, itemsPerCall: 25 },
    });
  });
});
