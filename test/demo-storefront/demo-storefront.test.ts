import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createDemoStorefront,
  type DemoStorefront,
  type DemoStorefrontOptions,
} from '../../src/demo-storefront/create-demo-storefront.ts';
import { signMessage } from '../../src/standard-webhooks/sign-message.ts';

const secret = Buffer.alloc(32, 3);
const itemId = 'canary:CHAIR-01';

interface Catalog {
  items: Map<string, { quantity: number; version: number }>;
  reads: string[];
}

function start(over: Partial<DemoStorefrontOptions> = {}): { storefront: DemoStorefront; catalog: Catalog } {
  const catalog: Catalog = { items: new Map([[itemId, { quantity: 5, version: 1 }]]), reads: [] };
  const storefront = createDemoStorefront({
    secrets: { canary: secret },
    readItem: (key) => {
      catalog.reads.push(key.itemId);
      return Promise.resolve(catalog.items.get(key.itemId));
    },
    ...over,
  });
  onTestFinished(() => storefront.close());
  return { storefront, catalog };
}

function bust(
  storefront: DemoStorefront,
  version: number,
  over: { itemId?: string; key?: Buffer; body?: string } = {},
) {
  const id = over.itemId ?? itemId;
  const [tenant = '', ...sku] = id.split(':');
  const body = over.body ?? JSON.stringify({ itemId: id, tenant, sku: sku.join(':'), version, quantity: 5 });
  const timestampSeconds = Math.floor(Date.now() / 1000);
  const headers = signMessage({ id: `msg_${version}`, timestampSeconds, body, secret: over.key ?? secret });
  return storefront.inject({
    method: 'POST',
    url: '/cache-busts',
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  });
}

function show(storefront: DemoStorefront, id = itemId) {
  return storefront.inject(`/items/${encodeURIComponent(id)}`);
}

describe("another shop's tenant", () => {
  it('is shown by nobody here, whoever asks and whatever is kept; one that is told here is', async () => {
    const away = new Set<string>();
    const { storefront, catalog } = start({
      secrets: { '*': secret },
      isOfDefault: (tenant) => Promise.resolve(!away.has(tenant)),
    });
    const other = 'other:CHAIR-01';
    catalog.items.set(other, { quantity: 9, version: 1 });
    expect((await show(storefront, other)).statusCode).toBe(200);
    away.add('other');
    const asked = catalog.reads.length;
    expect((await show(storefront, other)).statusCode).toBe(404);
    expect((await storefront.inject(`/products/${encodeURIComponent(other)}`)).statusCode).toBe(404);
    expect((await storefront.inject('/items?tenant=other')).json()).toEqual({ items: [], next: null });
    expect(catalog.reads).toHaveLength(asked);
    expect((await show(storefront)).statusCode).toBe(200);
  });

  it('is not guessed at while the catalog cannot say: what is kept is shown, and nothing else', async () => {
    let isAway = false;
    const { storefront } = start({
      secrets: { '*': secret },
      isOfDefault: () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve(true)),
    });
    expect((await show(storefront)).statusCode).toBe(200);
    isAway = true;
    expect((await show(storefront)).statusCode).toBe(200);
    expect((await show(storefront, 'canary:LAMP-1')).statusCode).toBe(502);
  });
});

describe('a page', () => {
  it('is kept until a cache bust drops it, so that a stale one is really seen', async () => {
    const { storefront, catalog } = start();
    expect((await show(storefront)).json()).toEqual({ quantity: 5, version: 1 });
    catalog.items.set(itemId, { quantity: 2, version: 2 });
    expect((await show(storefront)).json()).toEqual({ quantity: 5, version: 1 });
    expect((await bust(storefront, 2)).json()).toEqual({ accepted: true });
    expect((await show(storefront)).json()).toEqual({ quantity: 2, version: 2 });
    expect(catalog.reads).toHaveLength(2);
  });

  it('is dropped by the same version again, but not by a lower one', async () => {
    const { storefront, catalog } = start();
    catalog.items.set(itemId, { quantity: 5, version: 3 });
    await bust(storefront, 3);
    await show(storefront);
    const lower = await bust(storefront, 2);
    expect(lower.json()).toEqual({ accepted: true, reason: 'superseded' });
    await show(storefront);
    expect(catalog.reads).toHaveLength(1);
    expect((await bust(storefront, 3)).json()).toEqual({ accepted: true });
    await show(storefront);
    expect(catalog.reads).toHaveLength(2);
  });

  it('is shown but not kept while the catalog is behind the last cache bust', async () => {
    const { storefront, catalog } = start();
    await bust(storefront, 2);
    expect((await show(storefront)).json()).toEqual({ quantity: 5, version: 1 });
    catalog.items.set(itemId, { quantity: 1, version: 2 });
    expect((await show(storefront)).json()).toEqual({ quantity: 1, version: 2 });
  });

  it('is not kept when the cache bust came while the catalog was read', async () => {
    let readingBegins = (): void => undefined;
    let catalogAnswers = (_item: { quantity: number; version: number }): void => undefined;
    const reading = new Promise<void>((resolve) => (readingBegins = resolve));
    const { storefront } = start({
      readItem: () => {
        readingBegins();
        return new Promise((resolve) => (catalogAnswers = resolve));
      },
    });
    const first = show(storefront);
    await reading;
    await bust(storefront, 2);
    catalogAnswers({ quantity: 5, version: 1 });
    expect((await first).json()).toEqual({ quantity: 5, version: 1 });
    const list = (await storefront.inject('/')).body;
    expect(list).toMatch(/<td class="number">–<\/td>\s*<td class="number">2<\/td>/);
  });

  it('is 404 for an unknown item, which is asked for again each time', async () => {
    const { storefront, catalog } = start();
    const id = 'canary:NEW-01';
    expect((await show(storefront, id)).statusCode).toBe(404);
    catalog.items.set(id, { quantity: 1, version: 1 });
    expect((await show(storefront, id)).statusCode).toBe(200);
    for (const strange of ['nobody:CHAIR-01', 'CHAIR-01', 'canary:', ':CHAIR-01', 'toString:X', '..:X']) {
      expect((await show(storefront, strange)).statusCode).toBe(404);
    }
    expect(catalog.reads).toEqual([id, id]);
  });

  it('is 502 while the catalog cannot be read', async () => {
    const { storefront } = start({ readItem: () => Promise.reject(new Error('down')) });
    expect((await show(storefront)).statusCode).toBe(502);
    expect((await storefront.inject(`/products/${itemId}`)).statusCode).toBe(502);
  });

  it.each(['canary:A:B', 'canary:A/B', 'canary:Ä %?#&', `canary:${'X'.repeat(256)}`, 'canary:..'])(
    'is found by the id %.40j',
    async (id) => {
      const { storefront, catalog } = start();
      catalog.items.set(id, { quantity: 8, version: 4 });
      await bust(storefront, 4, { itemId: id });
      expect((await show(storefront, id)).json()).toEqual({ quantity: 8, version: 4 });
    },
  );
});

describe('a cache bust', () => {
  it.each([
    ['another secret', (storefront: DemoStorefront) => bust(storefront, 2, { key: Buffer.alloc(32, 4) })],
    ['another tenant', (storefront: DemoStorefront) => bust(storefront, 2, { itemId: 'other:CHAIR-01' })],
    [
      'no signature',
      (storefront: DemoStorefront) =>
        storefront.inject({
          method: 'POST',
          url: '/cache-busts',
          body: { itemId, tenant: 'canary', sku: 'CHAIR-01', version: 2, quantity: 1 },
        }),
    ],
  ])('of %s is 401 and drops nothing', async (_, send) => {
    const { storefront, catalog } = start();
    await show(storefront);
    const answer = await send(storefront);
    expect(answer.statusCode).toBe(401);
    expect(answer.json()).toMatchObject({ accepted: false });
    await show(storefront);
    expect(catalog.reads).toHaveLength(1);
    expect(storefront.requests.after(0)).toMatchObject([{ answer: 'unsigned', httpStatus: 401 }]);
  });

  it('may hold several items, each answered by itself', async () => {
    const { storefront } = start();
    await bust(storefront, 9);
    const item = (sku: string, version: number) => ({
      ...{ id: `msg_${sku}`, itemId: `canary:${sku}`, tenant: 'canary', sku, version, quantity: 5 },
    });
    const several = (items: object[]) => bust(storefront, 2, { body: JSON.stringify({ items }) });
    expect((await several([item('CHAIR-01', 2), item('LAMP', 1)])).json()).toEqual({
      results: [
        { itemId: 'canary:CHAIR-01', accepted: true, reason: 'superseded' },
        { itemId: 'canary:LAMP', accepted: true },
      ],
    });
    expect(storefront.requests.after(1)).toMatchObject([
      { itemId: 'canary:CHAIR-01', answer: 'superseded' },
      { itemId: 'canary:LAMP', answer: 'accepted' },
    ]);
    for (const bad of [
      [],
      [item('LAMP', 1), { ...item('LAMP', 1), tenant: 'other', itemId: 'other:LAMP' }],
    ]) {
      expect((await several(bad)).statusCode).toBe(422);
    }
  });

  it.each([
    '',
    'no json',
    '[]',
    '{"itemId":"canary:A"}',
    '{"itemId":"canary:A","tenant":"canary","sku":"B","version":1,"quantity":1}',
    '{"itemId":"canary:A","tenant":"canary","sku":"A","version":1.5,"quantity":1}',
  ])('of the body %j is 422', async (body) => {
    const { storefront } = start();
    const answer = await bust(storefront, 2, { body });
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ accepted: false });
    expect(storefront.requests.counts()).toMatchObject({ malformed: 1 });
  });

  it('may be signed with the secret for all other tenants', async () => {
    const { storefront } = start({ secrets: { canary: Buffer.alloc(24, 1), '*': secret } });
    expect((await bust(storefront, 1, { itemId: 'other:A' })).statusCode).toBe(200);
    expect((await bust(storefront, 1)).statusCode).toBe(401);
  });

  it('of another content type, or too large, is refused in words of the contract', async () => {
    const { storefront } = start();
    const post = (headers: Record<string, string>, body: string) =>
      storefront.inject({ method: 'POST', url: '/cache-busts', headers, body });
    const text = await post({ 'content-type': 'text/plain' }, 'x');
    expect(text.statusCode).toBe(415);
    expect(text.json()).toMatchObject({ accepted: false });
    const large = await post({ 'content-type': 'application/json' }, 'x'.repeat(1_100_000));
    expect(large.statusCode).toBe(413);
  });
});

describe('control', () => {
  it('fails with a status and Retry-After', async () => {
    const { storefront } = start();
    storefront.control.failStatus = 503;
    storefront.control.retryAfterSeconds = 4;
    const answer = await bust(storefront, 2);
    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([503, '4']);
    expect(storefront.requests.after(0)).toMatchObject([{ answer: 'failed', httpStatus: 503 }]);
  });

  it('rejects with a reason, for the named items only', async () => {
    const { storefront } = start();
    storefront.control = { ...storefront.control, rejectReason: 'no such SKU', items: ['canary:B'] };
    expect((await bust(storefront, 2)).json()).toEqual({ accepted: true });
    expect((await bust(storefront, 2, { itemId: 'canary:B' })).json()).toEqual({
      accepted: false,
      reason: 'no such SKU',
    });
  });

  it('fails and rejects only a part', async () => {
    const draws = [0.4, 0.6, 0.1, 0.6, 0.9];
    const { storefront } = start({ random: () => draws.shift() ?? 1 });
    storefront.control = {
      ...storefront.control,
      failStatus: 500,
      failRatio: 0.5,
      rejectReason: 'no',
      rejectRatio: 0.5,
    };
    for (const version of [1, 2, 3]) await bust(storefront, version);
    expect(storefront.requests.after(0).map(({ answer }) => answer)).toEqual([
      'failed',
      'rejected',
      'accepted',
    ]);
  });

  it('fails a call of several as a whole if any of its items is to fail, by one draw', async () => {
    const draws = [0.4, 0.6];
    const { storefront } = start({ random: () => draws.shift() ?? 0 });
    const items = ['A', 'B', 'C'].map((sku) => ({
      ...{ itemId: `canary:${sku}`, tenant: 'canary', sku, version: 1, quantity: 5 },
    }));
    const several = () => bust(storefront, 1, { body: JSON.stringify({ items }) });
    storefront.control = {
      ...storefront.control,
      ...{ failStatus: 503, retryAfterSeconds: 4, failRatio: 0.5, items: ['canary:B', 'canary:C'] },
    };
    const failed = await several();
    expect([failed.statusCode, failed.headers['retry-after']]).toEqual([503, '4']);
    expect(storefront.requests.counts()).toMatchObject({ failed: 3, accepted: 0 });
    expect((await several()).statusCode).toBe(200);
    expect(storefront.requests.counts()).toMatchObject({ failed: 3, accepted: 3 });
    storefront.control.items = ['canary:D'];
    expect((await several()).statusCode).toBe(200);
  });

  it('ignores cache busts while it says that it took them', async () => {
    const { storefront, catalog } = start();
    await show(storefront);
    catalog.items.set(itemId, { quantity: 0, version: 2 });
    storefront.control.ignoreBusts = true;
    expect((await bust(storefront, 2)).json()).toEqual({ accepted: true });
    expect((await show(storefront)).json()).toEqual({ quantity: 5, version: 1 });
    storefront.control.ignoreBusts = false;
    await bust(storefront, 2);
    expect((await show(storefront)).json()).toEqual({ quantity: 0, version: 2 });
  });

  it('answers late, shows the request meanwhile, and does not hold up a stop', async () => {
    const { storefront } = start();
    storefront.control.delayMs = 600_000;
    const late = bust(storefront, 2);
    await expect.poll(() => storefront.requests.counts().answering).toBe(1);
    await storefront.close();
    expect((await late).json()).toEqual({ accepted: true });
  });

  it('is read and replaced whole over HTTP', async () => {
    const { storefront } = start();
    const put = (body: object) => storefront.inject({ method: 'PUT', url: '/control', body });
    expect((await put({ failStatus: 500, failRatio: 0.5 })).json()).toMatchObject({ failStatus: 500 });
    expect(storefront.control).toMatchObject({ failStatus: 500, failRatio: 0.5, delayMs: 0 });
    expect((await put({ delayMs: 5 })).json()).toEqual({
      delayMs: 5,
      failStatus: null,
      retryAfterSeconds: null,
      rejectReason: null,
      failRatio: 1,
      rejectRatio: 1,
      ignoreBusts: false,
    });
    for (const wrong of [{ failStatus: 200 }, { failRatio: 2 }, { speed: 1 }, []]) {
      expect((await put(wrong)).statusCode).toBe(422);
    }
    expect((await storefront.inject('/control')).json()).toMatchObject({ delayMs: 5 });
  });
});

describe('the request log', () => {
  it('tells each cache bust, from a sequence number on', async () => {
    const { storefront } = start();
    for (const version of [5, 4, 6]) await bust(storefront, version);
    const log = (await storefront.inject('/requests?after=1')).json<{ requests: unknown[] }>();
    expect(log).toMatchObject({ counts: { accepted: 2, superseded: 1 }, more: false });
    expect(log.requests).toEqual([
      {
        seq: 2,
        receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/) as string,
        webhookId: 'msg_4',
        itemId,
        version: 4,
        quantity: 5,
        answer: 'superseded',
        httpStatus: 200,
      },
      expect.objectContaining({ seq: 3, version: 6, answer: 'accepted' }),
    ]);
  });
});
