import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { changeTenant } from '../../src/flags/tenants.ts';
import { recordEventFailure } from '../../src/ledger/record-event-failure.ts';
import { tellOfAll } from '../../src/ledger/tell-of-all.ts';
import { chooseItems } from '../../src/signals/probe/choose-items.ts';
import { newestPublished } from '../../src/storefronts/check/published-item.ts';
import { addStorefront, changeStorefront } from '../../src/storefronts/set-storefront.ts';
import { readStorefront } from '../../src/storefronts/storefront-document.ts';
import { readLedgerItems, readLedgerPage } from '../../src/sweep/ledger-page.ts';
import { findTraces } from '../../src/trace/find-trace.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';
import { WEB_UI, storyTeller } from '../trace/story.ts';
import { KEYS, NAMES, newWorld } from './storefronts-world.ts';

let db: TestDatabase;
let story: ReturnType<typeof storyTeller>;

beforeAll(async () => {
  db = await testDatabase();
  story = storyTeller(db);
});
afterAll(() => db?.drop());

describe('a storefront that is opened, or another one by its name', () => {
  const open = (tenant: string, name = 'cache') =>
    changeStorefront(db.database, () => Promise.resolve(KEYS), {
      ...{ actor: 'test', tenant, name, state: 'open' },
    });
  const newest = (itemId: string) =>
    db.database.catalogItemVersion.findFirstOrThrow({ where: { itemId }, orderBy: { version: 'desc' } });
  const eventOf = (seq: bigint) => db.database.supplierEvent.findUniqueOrThrow({ where: { seq } });
  const isDue = { startDueUs: expect.any(BigInt), failureMode: null, failureDetail: null };

  async function oneItem(ends: Record<string, [string, number, string?]>) {
    const world = await newWorld(db, story);
    await db.sql('UPDATE storefront SET place = 1 WHERE tenant_id = $1', [world.tenant]);
    await world.save(1);
    const [seq = 0n] = world.seqs;
    for (const name of NAMES) if (ends[name]) await story.publish(seq, world.itemId, 1, ends[name]);
    return { ...world, seq };
  }

  it('is told of what was given up, also when it was open before', async () => {
    const { tenant, itemId, seq } = await oneItem({ cache: ['failed', 503, 'closed for today'] });
    const failure = {
      seq: seq.toString(),
      failureMode: 'storefront_unreachable',
      detail: 'gave up',
    } as const;
    await recordEventFailure(db.database, { ...failure, patience: 0n });
    expect(await newest(itemId)).toMatchObject({ publication: 'failed' });
    await open(tenant);
    expect(await newest(itemId)).toMatchObject({ publication: 'due' });
    expect(await eventOf(seq)).toMatchObject(isDue);
  });

  it('is told of what it had rejected before, and while it is open of no such thing', async () => {
    const { tenant, itemId, seq } = await oneItem({
      cache: ['rejected', 422, 'no'],
      shop: ['accepted', 200],
    });
    await open(tenant);
    expect(await newest(itemId)).toMatchObject({ publication: 'rejected' });
    expect(await eventOf(seq)).toMatchObject({ startDueUs: null, failureDetail: 'no' });
    await db.sql(`UPDATE storefront SET state = 'closed' WHERE tenant_id = $1 AND name = 'cache'`, [tenant]);
    await open(tenant);
    expect(await newest(itemId)).toMatchObject({ publication: 'due' });
    expect(await eventOf(seq)).toMatchObject(isDue);
  });

  it('whose no came before ends a version that is due, in its words', async () => {
    const { tenant, itemId, seq } = await oneItem({ cache: ['rejected', 422, 'no'] });
    await db.sql(`UPDATE storefront SET state = 'closed' WHERE tenant_id = $1 AND name = 'shop'`, [tenant]);
    await open(tenant, 'shop');
    expect(await newest(itemId)).toMatchObject({ publication: 'due' });
    await story.publish(seq, itemId, 1, ['accepted', 200]);
    expect(await newest(itemId)).toMatchObject({ publication: 'due' });
    await story.publish(seq, itemId, 1, ['accepted', 200]);
    expect(await newest(itemId)).toMatchObject({ publication: 'rejected' });
    expect(await eventOf(seq)).toMatchObject({
      ...{ startDueUs: null, failureMode: 'publish_rejected', failureDetail: 'no' },
    });
  });

  it('is told of all when `tenant set` gives the shop another address, and of nothing at the same one', async () => {
    const { tenant, itemId, seq } = await oneItem({ cache: ['accepted', 200], shop: ['accepted', 200] });
    const setTo = (url: string) =>
      changeTenant(db.database, { tenant, actor: 'test', storefront: { url, secretsKeys: KEYS } });
    await db.sql(`UPDATE storefront SET url = 'http://127.0.0.1:9/old' WHERE tenant_id = $1`, [tenant]);
    await setTo('http://127.0.0.1:9/old');
    expect(await newest(itemId)).toMatchObject({ publication: 'accepted' });
    await setTo('http://127.0.0.1:9/new');
    expect(await newest(itemId)).toMatchObject({ publication: 'due' });
    await story.publish(seq, itemId, 1, ['accepted', 200]);
    expect(await newest(itemId)).toMatchObject({ publication: 'accepted' });
    const told = await db.database.publishAttempt.findMany({ where: { itemId }, orderBy: { id: 'asc' } });
    expect(told.map(({ storefront }) => storefront)).toEqual(['cache', 'shop', 'shop']);
  });

  it('has the whole patience from when it is to be told, however old the version is', async () => {
    const { tenant, itemId, seq } = await oneItem({ cache: ['accepted', 200], shop: ['accepted', 200] });
    await db.sql('UPDATE supplier_event SET received_at_us = received_at_us - 259200000000 WHERE seq = $1', [
      seq,
    ]);
    await db.sql(
      `UPDATE catalog_item_version
          SET created_at_us = created_at_us - 259200000000, publication_at_us = publication_at_us - 259200000000
        WHERE event_seq = $1`,
      [seq],
    );
    const settings = await readStorefront('webhook', JSON.stringify({ url: 'http://127.0.0.1:9/other' }));
    await addStorefront(db.database, KEYS, {
      ...{ actor: 'test', tenant, name: 'third', settings, state: 'open' },
    });
    expect(await newest(itemId)).toMatchObject({ publication: 'due' });
    const failure = {
      seq: seq.toString(),
      failureMode: 'storefront_unreachable',
      detail: 'gave up',
    } as const;
    expect(await recordEventFailure(db.database, { ...failure, patience: seconds(86_400) })).toBe(false);
    expect(await newest(itemId)).toMatchObject({ publication: 'due' });
  });

  it('is told of all where it is the default one, to which a tenant is left; what its own shop said is no word of it', async () => {
    const { tenant, itemId, seq } = await oneItem({ shop: ['accepted', 200] });
    await db.sql(`DELETE FROM storefront WHERE tenant_id = $1 AND name = 'cache'`, [tenant]);
    await open(tenant, 'shop');
    await story.publish(seq, itemId, 1, ['accepted', 200]);
    expect(await newest(itemId)).toMatchObject({ publication: 'accepted' });
    const left = { actor: 'test', tenant, storefront: null };
    await changeTenant(db.database, left);
    expect(await newest(itemId)).toMatchObject({ publication: 'due' });
    const asked = await chooseItems(db.database, [tenant], 9);
    expect(asked).toEqual([]);
    expect(await readLedgerItems(db.database, { storefront: 'shop', itemIds: [itemId] })).toMatchObject([
      { accepted: null },
    ]);
    await story.publish(seq, itemId, 1, ['accepted', 200]);
    expect(await newest(itemId)).toMatchObject({ publication: 'accepted' });
    await changeTenant(db.database, left);
    expect(await newest(itemId)).toMatchObject({ publication: 'accepted' });
    expect(await chooseItems(db.database, [tenant], 9)).toMatchObject([{ storefront: 'shop', stored: null }]);
  });

  it('has accepted nothing, whoever reads what it has', async () => {
    const { tenant, itemId } = await oneItem({ cache: ['accepted', 200], shop: ['accepted', 200] });
    const acceptedBy = async (name: string) => {
      const items = await readLedgerItems(db.database, { storefront: name, itemIds: [itemId] });
      const page = await readLedgerPage(db.database, { tenant, storefront: name, after: '', limit: 9 });
      const asked = await chooseItems(db.database, [tenant], 9);
      const [found] = await findTraces(db.database, { key: itemId, tenant }, WEB_UI);
      const published = await newestPublished(db.database, { tenant, name });
      return {
        swept: [...items, ...page].map(({ accepted }) => accepted),
        asked: asked.find(({ storefront }) => storefront === name)?.acceptedVersion,
        published: published?.version,
        told: found?.trace.storefronts.find((one) => one.name === name)?.told?.version,
        traced: found?.trace.storefronts.find((one) => one.name === name)?.accepted?.version,
      };
    };
    const both = { swept: [1, 1], asked: 1, published: 1, told: 1, traced: 1 };
    const none = {
      swept: [null, null],
      asked: undefined,
      published: undefined,
      told: undefined,
      traced: undefined,
    };
    expect([await acceptedBy('shop'), await acceptedBy('cache')]).toEqual([both, both]);
    const settings = await readStorefront('webhook', JSON.stringify({ url: 'http://127.0.0.1:9/other' }));
    await changeStorefront(db.database, () => Promise.resolve(KEYS), {
      ...{ actor: 'test', tenant, name: 'cache', settings },
    });
    expect([await acceptedBy('shop'), await acceptedBy('cache')]).toEqual([both, none]);
  });

  it('holds no version while it waits for an event, which whoever ends a publication locks first', async () => {
    const { tenant, itemId, seq } = await oneItem({
      cache: ['rejected', 422, 'no'],
      shop: ['accepted', 200],
    });
    await db.sql(`UPDATE storefront SET nos_from = 1000000 WHERE tenant_id = $1`, [tenant]);
    let telling: Promise<void> | undefined;
    await db.database.$transaction(async (ending) => {
      await ending.$queryRaw`SELECT 1 FROM supplier_event WHERE seq = ${seq} FOR NO KEY UPDATE`;
      telling = tellOfAll(db.database, { tenant, name: 'cache' });
      await until(async () => {
        const waiting = await db.sql(
          `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%tell_of_all%'
              AND datname = current_database()`,
        );
        return waiting.length > 0;
      });
      await ending.$queryRaw`SELECT 1 FROM catalog_item_version WHERE item_id = ${itemId} FOR NO KEY UPDATE NOWAIT`;
    });
    await telling;
    expect(await newest(itemId)).toMatchObject({ publication: 'due' });
  });
});
