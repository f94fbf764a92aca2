import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTraces, traceEvent, traceItem } from '../../src/trace/find-trace.ts';
import { findNearMatches } from '../../src/trace/near-matches.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { shopAt } from '../support/shop-at.ts';
import { storyTeller, WEB_UI } from './story.ts';

let test: TestDatabase;
let story: ReturnType<typeof storyTeller>;

beforeEach(async () => {
  test = await testDatabase();
  await openTenant(test.database, 'canary', ['acme', 'zed']);
  story = storyTeller(test);
});
afterEach(() => test?.drop());

async function traces(key: string, tenant?: string): Promise<Trace[]> {
  const found = await findTraces(test.database, { key, tenant }, WEB_UI);
  return found.map(({ trace }) => trace);
}

async function theTrace(key: string): Promise<Trace> {
  const [trace, ...others] = await traces(key);
  expect(others).toEqual([]);
  if (!trace) throw new Error(`no trace of ${key}`);
  return trace;
}

describe('the trace of an item', () => {
  it('says which event won, which lost and by what rule, in the words and fields of the contract', async () => {
    const seq = await story.save({ id: 'e-17', sku: ' chair-01 ' });
    await story.receive({ id: 'e-17', sku: ' chair-01 ' });
    await story.save({ id: 'e-16', quantity: 3, updatedAt: '2026-06-01T10:00:01Z' });
    await story.publish(seq, 'canary:CHAIR-01', 1, ['accepted', 200]);

    const trace = await theTrace('chair-01');
    expect(Object.keys(trace)).toEqual([
      'answer',
      'item',
      'versions',
      'events',
      'publishAttempts',
      'replays',
      'storefront',
      'storefronts',
      'publication',
    ]);
    expect(trace.answer).toMatch(
      /^canary:CHAIR-01: the catalog says 7 \(version 1\), the figure of event e-17 of acme, of 2026-06-01T10:00:05\.000000Z, received \S+; it won: it beat e-16 of acme, which is 4 s older\. What the shop shows is not known: it has no known address\. It accepted version 1 at /,
    );
    expect(trace.item).toEqual({
      itemId: 'canary:CHAIR-01',
      tenant: 'canary',
      sku: 'CHAIR-01',
      quantity: 7,
      version: 1,
      updatedAt: '2026-06-01T10:00:05.000000Z',
      supplier: 'acme',
      eventId: 'e-17',
      rule: 'newest',
      stock: 7,
      reserve: 0,
      maxShown: null,
      shares: [
        {
          supplier: 'acme',
          location: '',
          eventId: 'e-17',
          quantity: 7,
          updatedAt: '2026-06-01T10:00:05.000000Z',
          counts: true,
          why: 'counts',
        },
      ],
    });
    expect(trace.events).toEqual([
      {
        eventId: 'e-16',
        supplier: 'acme',
        kind: 'update',
        actor: null,
        reason: null,
        location: null,
        sku: 'CHAIR-01',
        quantity: 3,
        updatedAt: '2026-06-01T10:00:01.000000Z',
        updatedAtSent: null,
        cameBy: null,
        alias: null,
        receivedAt: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/),
        outcome: 'superseded',
        rule: "older: updatedAt 10:00:01.000000 < 10:00:05.000000 of acme's event e-17",
        lostTo: { supplier: 'acme', eventId: 'e-17' },
        voids: null,
        voidedBy: null,
        failureMode: 'stale_catalog_version',
        duplicates: 0,
        conflicts: 0,
        deliveries: [],
        warning: null,
        workflowHistory: 'unknown',
        workflowId: 'sync:canary:acme:e-16',
        workflowUrl: 'http://ui.test/namespaces/shop/workflows/sync%3Acanary%3Aacme%3Ae-16',
        spansUrl: null,
      },
      expect.objectContaining({
        eventId: 'e-17',
        sku: ' chair-01 ',
        outcome: 'won',
        lostTo: null,
        duplicates: 1,
        deliveries: [{ receivedAt: expect.any(String), conflict: false }],
      }),
    ]);
    expect(trace.versions).toMatchObject([
      { version: 1, quantity: 7, eventId: 'e-17', publication: 'accepted' },
    ]);
    expect(trace.publishAttempts).toMatchObject([
      { version: 1, status: 'accepted', httpStatus: 200, latencyMs: expect.any(Number) },
    ]);
    expect(trace.replays).toEqual([]);
    expect(trace.storefront).toBeNull();
  });

  it('is the same by SKU, item id and HTTP lookup', async () => {
    await story.save({ id: 'e-17' });
    const bySku = await theTrace('chair-01');
    expect(await theTrace('canary:chair-01')).toEqual(bySku);
    const found = await traceItem(test.database, { tenant: 'canary', sku: 'Chair-01' }, WEB_UI);
    expect(found?.trace).toEqual(bySku);
  });

  it('shows an overtaken winner as superseded by the present one, not by the one that overtook it', async () => {
    await story.save({ id: 'a', updatedAt: '2026-06-01T10:00:01Z' });
    await story.save({ id: 'b', updatedAt: '2026-06-01T10:00:02Z' });
    await story.save({ id: 'c', updatedAt: '2026-06-01T10:00:03Z' });
    const { events, versions } = await theTrace('CHAIR-01');
    expect(events.map(({ eventId, outcome, lostTo }) => [eventId, outcome, lostTo?.eventId])).toEqual([
      ['c', 'won', undefined],
      ['b', 'superseded', 'c'],
      ['a', 'superseded', 'c'],
    ]);
    expect(events[0]?.rule).toBe("newer: updatedAt 10:00:03.000000 > 10:00:02.000000 of acme's event b");
    expect(events[2]?.rule).toBe(
      "overtaken, older: updatedAt 10:00:01.000000 < 10:00:03.000000 of acme's event c",
    );
    expect(versions.map(({ version }) => version)).toEqual([3, 2, 1]);
  });

  it('keeps what a late event lost to on arrival, though another wins by now', async () => {
    await story.save({ id: 'b', updatedAt: '2026-06-01T10:00:02Z' });
    await story.save({ id: 'a', updatedAt: '2026-06-01T10:00:01Z' });
    await story.save({ id: 'c', updatedAt: '2026-06-01T10:00:03Z' });
    const { events } = await theTrace('CHAIR-01');
    expect(events.find(({ eventId }) => eventId === 'a')).toMatchObject({
      outcome: 'superseded',
      lostTo: { supplier: 'acme', eventId: 'b' },
    });
  });

  it('tells of held, pending and failed events', async () => {
    await story.receive({ id: 'pending' });
    await story.fail({ id: 'failed' }, 'transaction_timeout', 'save catalog item: too slow');
    await test.sql("UPDATE tenant SET state = 'closed'");
    await story.save({ id: 'held' });
    const { answer, item, events } = await theTrace('CHAIR-01');
    expect(item).toBeNull();
    expect(events.map(({ eventId, outcome }) => [eventId, outcome])).toEqual([
      ['held', 'held'],
      ['failed', 'failed'],
      ['pending', 'pending'],
    ]);
    expect(events[1]?.rule).toBe('transaction_timeout: save catalog item: too slow');
    expect(answer).toBe(
      'canary:CHAIR-01 is not in the catalog yet. There is 1 event held, because tenant canary is closed; ' +
        'there is 1 event on the way; there is 1 event not saved, which a replay mends.',
    );
  });

  it('tells of what waits on whatever page it stands, and takes a row for right in all that it says only', async () => {
    const seq = await story.save({ id: 'winner' });
    await story.publish(seq, 'canary:CHAIR-01', 1, ['accepted', 200]);
    await test.sql("UPDATE supplier SET state = 'closed' WHERE id = 'zed'");
    await story.save({ id: 'held', supplier: 'zed', quantity: 1 });
    await story.save({ id: 'later', quantity: 9, updatedAt: '2026-06-01T10:00:00Z' });
    const [page] = await findTraces(test.database, { key: 'CHAIR-01', limit: 1 }, WEB_UI);
    expect(page?.trace.events.map(({ eventId }) => eventId)).toEqual(['later']);
    expect(page?.trace.answer).toContain('There is 1 event held, because supplier zed is closed.');

    for (const altered of ["supplier_id = 'zed', event_id = 'nope'", 'version = 99']) {
      await test.sql(`UPDATE catalog_item SET ${altered}`);
      expect((await theTrace('CHAIR-01')).answer).toMatch(
        /says 7 \(version \d+\), which is what event winner of acme says, and that event wins; but the row's version or its event were altered by hand\. A replay of that event repairs/,
      );
      await test.sql("UPDATE catalog_item SET supplier_id = 'acme', event_id = 'winner', version = 1");
    }
    await test.sql('UPDATE catalog_item_version SET quantity = 8');
    expect((await theTrace('CHAIR-01')).answer).toContain('altered by hand');
  });

  it('finds rejected events, which have no item, by every form of their SKU', async () => {
    await story.fail({ id: 'bad', sku: ' table "x"\u00a0' }, 'malformed_sku', 'SKU "TABLE" does not match');
    await story.fail({ id: 'worse', sku: 'Tàble' }, 'malformed_sku', 'no');
    for (const key of ['TABLE "X"', 'table "x"', 'canary:Table "x"', 'bad']) {
      const { item, events, answer } = await theTrace(key);
      expect(item).toBeNull();
      expect(events).toMatchObject([{ eventId: 'bad', outcome: 'rejected', failureMode: 'malformed_sku' }]);
      expect(answer).toContain('SKU "TABLE" does not match');
    }
    expect((await theTrace('Tàble')).events).toMatchObject([{ eventId: 'worse' }]);
  });

  it('shows the last refusal of a storefront that was not told yet', async () => {
    const seq = await story.save({ id: 'e-17' });
    await story.publish(seq, 'canary:CHAIR-01', 1, ['failed', 502, 'HTTP 502']);
    expect((await theTrace('CHAIR-01')).answer).toMatch(
      /It answered with HTTP 502 when told of version 1 \(at \S+\)\.$/,
    );
  });

  it('pages through its events without leaving one out', async () => {
    for (let index = 1; index <= 7; index += 1) {
      await story.save({ id: `e-${index}`, updatedAt: `2026-06-01T10:00:0${index}Z` });
    }
    const seen: string[] = [];
    let before: bigint | undefined;
    do {
      const [page] = await findTraces(test.database, { key: 'CHAIR-01', limit: 3, before }, WEB_UI);
      seen.push(...(page?.trace.events ?? []).map(({ eventId }) => eventId));
      before = page?.olderBefore;
    } while (before !== undefined);
    expect(seen).toEqual(['e-7', 'e-6', 'e-5', 'e-4', 'e-3', 'e-2', 'e-1']);
  });
});

describe('the trace of an event', () => {
  it('answers about the event, with the story of its item, however old it is', async () => {
    await story.save({ id: 'e-1', updatedAt: '2026-06-01T10:00:01Z', quantity: 3 });
    await story.save({ id: 'e-2', updatedAt: '2026-06-01T10:00:02Z' });
    await story.save({ id: 'e-3', updatedAt: '2026-06-01T10:00:03Z' });
    const query = { tenant: 'canary', supplier: 'acme', eventId: 'e-1', limit: 1 };
    const found = await traceEvent(test.database, query, WEB_UI);
    expect(found?.trace.answer).toMatch(
      /^Event e-1 of acme \(quantity 3, .*\) lost to event e-3 of acme \(overtaken, older: updatedAt 10:00:01.000000 < 10:00:03.000000\)\./,
    );
    expect(found?.trace.events.map(({ eventId }) => eventId)).toEqual(['e-3', 'e-1']);
    expect(await traceEvent(test.database, { ...query, supplier: 'zed' }, WEB_UI)).toBeUndefined();
  });

  it('tells of deliveries that reused its id for another content', async () => {
    await story.save({ id: 'e-17' });
    await story.receive({ id: 'e-17', quantity: 8 });
    const { answer, events } = await theTrace('e-17');
    expect(answer).toContain('delivered once again with another content, which was refused');
    expect(events).toMatchObject([{ quantity: 7, duplicates: 0, conflicts: 1 }]);
  });

  it('tells a story for each supplier and tenant that used the id', async () => {
    await openTenant(test.database, 'other', ['acme']);
    await story.save({ id: 'same' });
    await story.save({ id: 'same', supplier: 'zed', sku: 'LAMP-01' });
    await story.save({ id: 'same', tenant: 'other' });
    const items = async (tenant?: string) => (await traces('same', tenant)).map(({ item }) => item?.itemId);
    expect(await items()).toEqual(['canary:CHAIR-01', 'canary:LAMP-01', 'other:CHAIR-01']);
    expect(await items('other')).toEqual(['other:CHAIR-01']);
  });
});

describe('a key that nobody knows', () => {
  it.each(['NOPE', 'canary:NOPE', '', '\u0000', 'other:CHAIR-01', '\ud800'])(
    '%j has no trace',
    async (key) => {
      await story.save({ id: 'e-17' });
      expect(await traces(key)).toEqual([]);
      expect(await traceItem(test.database, { tenant: 'canary', sku: key }, WEB_UI)).toBeUndefined();
      const query = { tenant: 'canary', supplier: 'acme', eventId: key };
      expect(await traceEvent(test.database, query, WEB_UI)).toBeUndefined();
    },
  );

  it('has near matches, of the tenants given only', async () => {
    await openTenant(test.database, 'other', ['acme']);
    await story.save({ id: 'e-1', sku: 'CHAIR-01' });
    await story.save({ id: 'e-2', sku: 'ZEBRA' });
    await story.save({ id: 'e-3', tenant: 'other', sku: 'CHAIR-02' });
    expect(await findNearMatches(test.database, 'chiar-01', ['canary'])).toEqual(['canary:CHAIR-01']);
    expect(await findNearMatches(test.database, 'canary:chair', ['canary'])).toEqual(['canary:CHAIR-01']);
    // A key that names a tenant asks for nobody else's.
    expect(await findNearMatches(test.database, 'canary:CHAIR-02', ['canary', 'other'])).toEqual([
      'canary:CHAIR-01',
    ]);
    expect(await findNearMatches(test.database, 'CHAIR-03', ['canary', 'other'])).toEqual([
      'canary:CHAIR-01',
      'other:CHAIR-02',
    ]);
  });
});

describe('the storefront in a trace', () => {
  let shop: Server;
  let url: string;
  let reply: { status: number; body: string };

  beforeEach(async () => {
    reply = { status: 200, body: '{"quantity":5,"version":1}' };
    shop = createServer((_request, response) => response.writeHead(reply.status).end(reply.body));
    await new Promise<void>((resolve) => {
      shop.listen(0, '127.0.0.1', resolve);
    });
    url = `http://127.0.0.1:${(shop.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    shop.closeAllConnections();
    shop.close();
  });

  it('is what it shows now; an older version is named in the answer', async () => {
    await story.save({ id: 'a', quantity: 5, updatedAt: '2026-06-01T10:00:01Z' });
    await story.save({ id: 'b' });
    const found = await findTraces(
      test.database,
      { key: 'CHAIR-01' },
      { ...WEB_UI, defaultStorefrontUrl: url },
    );
    expect(found[0]?.trace.storefront).toEqual({ quantity: 5, version: 1 });
    expect(found[0]?.trace.answer).toContain(
      'The shop still shows 5 (version 1), because it was not told of version 2 yet.',
    );
  });

  it("is the tenant's own before the default one, and an error in words when it does not say", async () => {
    await shopAt(test.sql, url);
    await story.save({ id: 'a' });
    reply = { status: 500, body: '' };
    const found = await findTraces(
      test.database,
      { key: 'CHAIR-01' },
      { ...WEB_UI, defaultStorefrontUrl: 'http://127.0.0.1:9' },
    );
    expect(found[0]?.trace.storefront).toEqual({
      kind: 'no answer',
      error: 'read back item: the storefront answered HTTP 500',
    });
  });
});
