import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decryptSecret } from '../../../src/access/secrets/encryption.ts';
import { ringOf } from '../../../src/access/secrets/key-ring.ts';
import { addStorefront } from '../../../src/storefronts/set-storefront.ts';
import { readStorefront } from '../../../src/storefronts/storefront-document.ts';
import { fakeShop, LOCATION, TOKEN } from '../../storefront/kinds/shopify/fake-shop.ts';
import { fakeVendure } from '../../storefront/kinds/vendure/fake-vendure.ts';
import { finishPublishAttempt, beginPublishAttempt } from '../../../src/ledger/publish-attempt.ts';
import { saveCatalogItem } from '../../../src/ledger/save-catalog-item.ts';
import { probeStorefronts } from '../../../src/signals/probe/probe-storefronts.ts';
import { readGauges } from '../../../src/signals/read-gauges.ts';
import { readSignals } from '../../../src/signals/sample-signals.ts';
import { serve } from '../../storefront/http-stub.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { openTenant } from '../../support/flags.ts';
import { record } from '../../support/record.ts';
import { shopAt } from '../../support/shop-at.ts';

let db: TestDatabase;
let tenants = 0;
let clock = 1_900_000_000_000_000n;
let tenant = '';
/** What the storefront of a test shows, by item. */
let shelf: Map<string, number>;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  tenants += 1;
  tenant = `probe-${tenants}`;
  shelf = new Map();
  await openTenant(db.database, tenant, ['acme']);
});

/** Decides an event, and publishes the version that it makes. */
async function accept(
  sku: string,
  of = tenant,
  ended: 'accepted' | 'rejected' = 'accepted',
): Promise<string> {
  clock += 1n;
  const eventId = `e-${clock}`;
  await record(db.database, of, 'acme', [{ eventId, sku, quantity: 5, updatedAt: clock }]);
  const rows = await db.sql<{ seq: string }>('SELECT seq FROM supplier_event WHERE event_id = $1', [eventId]);
  const seq = String(rows[0]?.seq);
  const itemId = `${of}:${sku}`;
  const { saved } = await saveCatalogItem(db.database, { seq, itemId, sku });
  const version = saved.outcome === 'won' ? saved.version : 0;
  const start = await beginPublishAttempt(db.database, {
    turn: 'shop',
    seq,
    itemId,
    version,
    workflowId: 'w',
  });
  if (start.verdict !== 'send') throw new Error(start.verdict);
  await finishPublishAttempt(db.database, { attemptId: start.attemptId, status: ended });
  if (ended === 'accepted') shelf.set(itemId, version);
  return itemId;
}

/** Pages that somebody else wrote: another quantity than 5. */
const forged = new Map<string, number>();

/** A storefront that shows what is on the shelf. */
const storefront = (onAsk: (itemId: string) => void = () => undefined): Promise<string> =>
  serve((request, response) => {
    const itemId = decodeURIComponent((request.url ?? '').replace('/items/', ''));
    onAsk(itemId);
    const version = shelf.get(itemId);
    if (version === undefined) return void response.writeHead(404).end();
    response.end(JSON.stringify({ quantity: forged.get(itemId) ?? 5, version }));
  });

/** The document of a shop with 5 of A on hand; where orders and stock are told apart, one of them is sold. */
async function soldOneOf(kind: string): Promise<object> {
  if (kind === 'vendure') {
    const shop = await fakeVendure();
    shop.variants = [{ id: '1', sku: 'A', version: 1, stock: { 1: 5 } }];
    return { url: shop.url, username: 'sync', secret: 'right' };
  }
  const shop = await fakeShop(['A']);
  Object.assign(shop.variants[0] ?? {}, { version: '1', onHand: 5, committed: 1 });
  return { url: shop.url, secret: TOKEN, location: LOCATION };
}

const probes = () =>
  db.sql(
    `SELECT item_id, accepted_version, shown_version, failure_mode FROM storefront_probe
      WHERE split_part(item_id, ':', 1) = $1 ORDER BY id`,
    [tenant],
  );

describe('probing storefronts', () => {
  it('writes down what is shown, of published items only', async () => {
    const url = await storefront();
    await accept('A');
    await accept('A');
    await accept('B', tenant, 'rejected');
    const probed = await probeStorefronts(db.database, { tenants: [tenant], defaultStorefrontUrl: url });
    expect(probed).toEqual({ asked: 1, wrong: [], silent: [] });
    expect(await probes()).toEqual([
      { item_id: `${tenant}:A`, accepted_version: 2, shown_version: 2, failure_mode: null },
    ]);
  });

  it.each(['vendure', 'shopify'])(
    'reads a shop of kind %s by its admin API with the secret, where that may be opened',
    async (kind) => {
      const keys = ringOf(Buffer.alloc(32, 7));
      await addStorefront(db.database, keys, {
        ...{ tenant, name: 'shop', state: 'open', actor: 'test' },
        settings: await readStorefront(kind, JSON.stringify(await soldOneOf(kind))),
      });
      await accept('A');
      const probing = { tenants: [tenant] };
      const openSecret = (sealed: Uint8Array, context: string) => decryptSecret(keys, sealed, context);
      expect(await probeStorefronts(db.database, { ...probing, openSecret })).toMatchObject({
        asked: 1,
        wrong: [],
      });
      expect(await probes()).toMatchObject([
        { item_id: `${tenant}:A`, shown_version: 1, failure_mode: null },
      ]);
      const others = ringOf(Buffer.alloc(32, 8));
      const cannotOpen = (sealed: Uint8Array, context: string) => decryptSecret(others, sealed, context);
      for (const opening of [{}, { openSecret: cannotOpen }]) {
        const probed = await probeStorefronts(db.database, { ...probing, ...opening });
        expect(probed).toMatchObject({ asked: 0, silent: [{ tenant }] });
      }
    },
  );

  it('records old_quantity_shown for an older version and for an unknown item, and stale items miss', async () => {
    const url = await storefront();
    const old = await accept('A');
    await accept('A');
    shelf.set(old, 1);
    const unknown = await accept('B');
    shelf.delete(unknown);
    const probed = await probeStorefronts(db.database, { tenants: [tenant], defaultStorefrontUrl: url });
    const failureMode = 'old_quantity_shown';
    expect(probed.wrong.toSorted((a, b) => a.itemId.localeCompare(b.itemId))).toEqual([
      { tenant, storefront: 'shop', itemId: old, failureMode, acceptedVersion: 2, shownVersion: 1 },
      { tenant, storefront: 'shop', itemId: unknown, failureMode, acceptedVersion: 1, shownVersion: null },
    ]);
    expect((await probes()).map((row) => row.failure_mode)).toEqual([
      'old_quantity_shown',
      'old_quantity_shown',
    ]);
    const samples = await readSignals(db.database, { tenants: [tenant] });
    expect(samples.find(({ signal }) => signal === 'stale_items')).toMatchObject({
      verdict: 'miss',
      value: 1,
    });
  });

  it('records wrong_quantity_shown for another quantity under a version of ours, and for a version that is not', async () => {
    const url = await storefront();
    const other = await accept('A');
    forged.set(other, 99);
    const above = await accept('B');
    shelf.set(above, 7);
    const right = await accept('C');
    const probed = await probeStorefronts(db.database, { tenants: [tenant], defaultStorefrontUrl: url });
    const failureMode = 'wrong_quantity_shown';
    expect(probed.wrong.toSorted((a, b) => a.itemId.localeCompare(b.itemId))).toEqual([
      { tenant, storefront: 'shop', itemId: other, failureMode, acceptedVersion: 1, shownVersion: 1 },
      { tenant, storefront: 'shop', itemId: above, failureMode, acceptedVersion: 1, shownVersion: 7 },
    ]);
    expect((await probes()).find((row) => row.item_id === right)).toMatchObject({ failure_mode: null });
    const samples = await readSignals(db.database, { tenants: [tenant] });
    const stale = samples.find(({ signal, supplier }) => signal === 'stale_items' && supplier === null);
    expect(stale).toMatchObject({ verdict: 'miss', of: 3 });
    expect(stale?.reason).toContain('2 items shown with a quantity that the ledger never gave that version');
  });

  it('takes a version above the last accepted one for right when the ledger made it so', async () => {
    const url = await storefront();
    const itemId = await accept('A');
    await accept('A', tenant, 'rejected');
    shelf.set(itemId, 2);
    const probed = await probeStorefronts(db.database, { tenants: [tenant], defaultStorefrontUrl: url });
    expect(probed).toEqual({ asked: 1, wrong: [], silent: [] });
  });

  it('asks first for what it last saw in an old version', async () => {
    const asked: string[] = [];
    const url = await storefront((itemId) => asked.push(itemId));
    for (let n = 0; n < 30; n += 1) await accept(`S-${n}`);
    const bad = `${tenant}:S-7`;
    await db.sql(
      `INSERT INTO storefront_probe (item_id, probed_at_us, accepted_version, shown_version, failure_mode)
       VALUES ($1, now_us(), 1, 0, 'old_quantity_shown')`,
      [bad],
    );
    const round = { tenants: [tenant], defaultStorefrontUrl: url, items: 4 };
    await probeStorefronts(db.database, round);
    expect(asked).toContain(bad);
    expect(asked).toHaveLength(4);
    expect(new Set(asked).size).toBe(4);
  });

  it('does not blame a storefront for a version that is accepted while it answers', async () => {
    const itemId = await accept('A');
    const url = await serve((_request, response) => {
      // The answer is on its way when the newer version is accepted.
      void accept('A').then(() => response.end(JSON.stringify({ quantity: 5, version: 1 })));
    });
    const probed = await probeStorefronts(db.database, { tenants: [tenant], defaultStorefrontUrl: url });
    expect(probed).toMatchObject({ asked: 1, wrong: [] });
    expect(await probes()).toMatchObject([{ item_id: itemId, accepted_version: 1, shown_version: 1 }]);
  });

  it('believes an old version only when it is still there a moment later', async () => {
    const itemId = await accept('A');
    let answers = 0;
    const url = await serve((_request, response) => {
      answers += 1;
      response.end(JSON.stringify({ quantity: 5, version: answers === 1 ? 0 : 1 }));
    });
    const probed = await probeStorefronts(db.database, { tenants: [tenant], defaultStorefrontUrl: url });
    expect(probed.wrong).toEqual([]);
    expect(await probes()).toMatchObject([{ item_id: itemId, failure_mode: null }]);
  });

  it('claims nothing of a storefront that is away, and says why', async () => {
    await accept('A');
    const away = await probeStorefronts(db.database, {
      tenants: [tenant],
      defaultStorefrontUrl: 'http://127.0.0.1:9',
    });
    expect(away).toMatchObject({ asked: 0, wrong: [], silent: [{ tenant }] });
    expect(await probes()).toEqual([]);
    const none = await probeStorefronts(db.database, { tenants: [tenant] });
    expect(none.silent).toEqual([
      { tenant, storefront: 'shop', reason: 'the tenant has no storefront address' },
    ]);
  });

  it('goes on after a page that fails', async () => {
    for (const sku of ['A', 'B', 'C', 'D', 'E', 'F']) await accept(sku);
    const url = await serve((request, response) => {
      if (request.url?.endsWith('A')) return void response.writeHead(500).end();
      response.end(JSON.stringify({ quantity: 5, version: 1 }));
    });
    const probed = await probeStorefronts(db.database, { tenants: [tenant], defaultStorefrontUrl: url });
    expect(probed.asked).toBe(5);
    expect(probed.silent[0]?.reason).toContain('HTTP 500');
  });

  it('ends in time although one storefront hangs, and asks the others', async () => {
    const url = await storefront();
    for (let n = 0; n < 10; n += 1) await accept(`S-${n}`);
    const other = `${tenant}-b`;
    await openTenant(db.database, other, ['acme']);
    await accept('A', other);
    const hangs = await serve(() => undefined);
    await shopAt(db.sql, hangs, tenant);
    const probed = await probeStorefronts(db.database, {
      tenants: [tenant, other],
      defaultStorefrontUrl: url,
      withinMs: 1_000,
    });
    expect(probed).toMatchObject({ asked: 1, wrong: [], silent: [{ tenant }] });
  });

  it('asks nobody for no tenants, and nothing of a tenant without items', async () => {
    expect(await probeStorefronts(db.database, { tenants: [] })).toEqual({ asked: 0, wrong: [], silent: [] });
    expect(await probeStorefronts(db.database, { tenants: [tenant, 'nobody'] })).toMatchObject({ asked: 0 });
  });

  it('asks each open storefront for what that one has accepted, and none that is closed', async () => {
    const acceptedByCache = (itemId: string) =>
      db.sql(
        `INSERT INTO publish_attempt (item_id, version, event_seq, workflow_id, message_id, status, finished_at_us, storefront)
         SELECT item_id, version, event_seq, 'w', 'm', 'accepted', now_us(), 'cache' FROM catalog_item_version
          WHERE item_id = $1 ORDER BY version DESC LIMIT 1`,
        [itemId],
      );
    await shopAt(db.sql, await storefront(), tenant);
    const itemId = await accept('A');
    const asked: string[] = [];
    const cache = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.end(JSON.stringify({ quantity: 5, version: 1 }));
    });
    await shopAt(db.sql, cache, tenant, { name: 'cache', place: 2 });
    // The cache has accepted nothing yet: it can be held to nothing.
    expect(await probeStorefronts(db.database, { tenants: [tenant] })).toMatchObject({ asked: 1, wrong: [] });
    expect(asked).toEqual([]);
    await acceptedByCache(itemId);
    await accept('A');
    // Version 2 is accepted by the shop alone.
    expect(await probeStorefronts(db.database, { tenants: [tenant] })).toMatchObject({ asked: 2, wrong: [] });
    await acceptedByCache(itemId);
    const probed = await probeStorefronts(db.database, { tenants: [tenant] });
    expect(probed).toMatchObject({
      asked: 2,
      wrong: [{ storefront: 'cache', itemId, acceptedVersion: 2, shownVersion: 1 }],
    });
    const shownWrong = async () =>
      (await readGauges(db.database)).find((one) => one.tenant === tenant)?.shownWrong.old_quantity_shown;
    expect(await shownWrong()).toBe(1);
    await db.sql(`UPDATE storefront SET state = 'closed' WHERE tenant_id = $1 AND name = 'cache'`, [tenant]);
    expect(await shownWrong()).toBe(0);
    const before = asked.length;
    expect(await probeStorefronts(db.database, { tenants: [tenant] })).toMatchObject({ asked: 1, wrong: [] });
    expect(asked).toHaveLength(before);
  });
});
