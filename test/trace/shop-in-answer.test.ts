import { beforeEach, afterEach, describe, expect, it } from 'vitest';
import { findTraces } from '../../src/trace/find-trace.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { serve } from '../storefront/http-stub.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { shopAt } from '../support/shop-at.ts';
import { storyTeller, WEB_UI } from './story.ts';

let test: TestDatabase;
let story: ReturnType<typeof storyTeller>;
const ITEM = 'canary:CHAIR-01';

beforeEach(async () => {
  test = await testDatabase();
  await openTenant(test.database, 'canary', ['acme', 'zed']);
  story = storyTeller(test);
});
afterEach(() => test?.drop());

/** What a shop answers to a read-back; `hang`: nothing at all. */
type Shows = { quantity: number; version: number } | number | 'hang' | 'no address';

async function traceBeside(shows: Shows, key = 'CHAIR-01'): Promise<Trace> {
  const url =
    shows === 'no address'
      ? undefined
      : await serve((_request, response) => {
          if (shows === 'hang') return;
          if (typeof shows === 'number') response.writeHead(shows).end('{}');
          else response.end(JSON.stringify(shows));
        });
  const [found] = await findTraces(
    test.database,
    { key, tenant: 'canary' },
    { ...WEB_UI, defaultStorefrontUrl: url, readBackTimeoutMs: shows === 'hang' ? 100 : 10_000 },
  );
  if (!found) throw new Error(`no trace of ${key}`);
  return found.trace;
}

const NEW = { quantity: 24, version: 2 };
const OLD = { quantity: 21, version: 1 };
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/g;

/** Without the moments of this run. */
function timeless({ answer }: Trace): string {
  return answer.replace(TIME, (at) => (at.startsWith('2026-06-01') ? at.slice(0, 16) : 'T'));
}

/** Version 1 with 21 was accepted; version 2 has 24. */
async function twoVersions(): Promise<bigint> {
  const first = await story.save({ id: 'e-16', quantity: 21, updatedAt: '2026-06-01T19:00:00Z' });
  await story.publish(first, ITEM, 1, ['accepted', 200]);
  return story.save({ id: 'e-17', quantity: 24, updatedAt: '2026-06-01T19:30:00Z' });
}

const CATALOG =
  'canary:CHAIR-01: the catalog says 24 (version 2), the figure of event e-17 of acme, of 2026-06-01T19:30, received ' +
  'T; it won: it beat e-16 of acme, which is 30 min older. ';

describe('what an answer says of the shop', () => {
  it('is that it shows what it was read to show, once it accepted that', async () => {
    await story.publish(await twoVersions(), ITEM, 2, ['accepted', 200]);
    expect(timeless(await traceBeside(NEW))).toBe(
      `${CATALOG}The shop shows 24 (version 2) now; it accepted version 2 at T.`,
    );
    expect(timeless(await traceBeside(OLD))).toBe(
      `${CATALOG}The shop still shows 21 (version 1), though it accepted version 2 at T.`,
    );
    expect(timeless(await traceBeside({ quantity: 25, version: 2 }))).toBe(
      `${CATALOG}The shop shows 25 (version 2) now, which it was never told, not 24 (version 2), though it accepted version 2 at T.`,
    );
    expect(timeless(await traceBeside({ quantity: 9, version: 7 }))).toBe(
      `${CATALOG}The shop shows 9 (version 7) now, which it was never told, not 24 (version 2), though it accepted ` +
        'version 2 at T.',
    );
    expect(timeless(await traceBeside({ quantity: 9, version: 3_000_000_000 }))).toContain(
      'The shop shows 9 (version 3000000000) now, which it was never told, not 24',
    );
    expect(timeless(await traceBeside({ quantity: 22, version: 1 }))).toBe(
      `${CATALOG}The shop shows 22 (version 1) now, which it was never told, not 24 (version 2), though it accepted ` +
        'version 2 at T.',
    );
    expect(timeless(await traceBeside(404))).toBe(
      `${CATALOG}The shop does not know the item, though it accepted version 2 at T.`,
    );
  });

  it('is not known where it cannot be read, whatever it accepted', async () => {
    await story.publish(await twoVersions(), ITEM, 2, ['accepted', 200]);
    const accepted = ' It accepted version 2 at T.';
    expect(timeless(await traceBeside(500))).toBe(
      `${CATALOG}What the shop shows is not known: the storefront answered HTTP 500.${accepted}`,
    );
    expect(timeless(await traceBeside('hang'))).toBe(
      `${CATALOG}What the shop shows is not known: no answer within 100 ms.${accepted}`,
    );
    expect(timeless(await traceBeside('no address'))).toBe(
      `${CATALOG}What the shop shows is not known: it has no known address.${accepted}`,
    );
  });

  it('gives the reason while it was not told yet, or is being told', async () => {
    const seq = await twoVersions();
    const { answer, publication } = await traceBeside(OLD);
    expect(timeless({ answer } as Trace)).toBe(
      `${CATALOG}The shop still shows 21 (version 1), because it was not told of version 2 yet.`,
    );
    expect(publication).toEqual({
      version: 2,
      state: 'due',
      at: expect.stringMatching(TIME),
      failedTries: 0,
      lastTry: null,
      lastFailure: null,
      refusal: null,
      replayId: null,
      nextTryAt: null,
    });
    await test.sql("SELECT begin_publish_attempt($1, $2, 2, 'sync:canary:acme:x', 'msg', NULL)", [seq, ITEM]);
    expect(timeless(await traceBeside(OLD))).toBe(
      `${CATALOG}The shop still shows 21 (version 1), because it is being told of version 2 just now.`,
    );
    await test.sql(
      "UPDATE publish_attempt SET status = 'unanswered', finished_at_us = now_us() WHERE status = 'sending'",
    );
    expect(timeless(await traceBeside(404))).toBe(
      `${CATALOG}The shop does not know the item, because nobody saw its answer to version 2, of which it was told at T.`,
    );
  });

  it('counts the tries that failed one after the other, for this version alone', async () => {
    const seq = await twoVersions();
    await story.publish(seq, ITEM, 2, ['failed', 500, 'HTTP 500: out of order']);
    expect(timeless(await traceBeside(OLD))).toBe(
      `${CATALOG}The shop still shows 21 (version 1), because it answered with HTTP 500 when told of version 2 ` +
        '(at T: out of order).',
    );
    for (let no = 2; no <= 12; no += 1) {
      await story.publish(seq, ITEM, 2, ['failed', 500, 'HTTP 500: out of order']);
    }
    const trace = await traceBeside(OLD);
    expect(timeless(trace)).toBe(
      `${CATALOG}The shop still shows 21 (version 1), because it answered 12 times in a row with HTTP 500 when told of ` +
        'version 2 (the last at T: out of order).',
    );
    expect(trace.publication).toMatchObject({
      state: 'due',
      failedTries: 12,
      lastTry: { status: 'failed', httpStatus: 500, reason: 'HTTP 500: out of order' },
      lastFailure: { startedAt: expect.stringMatching(TIME), reason: 'HTTP 500: out of order' },
    });
    // It took the last message in, though it did not say so.
    expect(timeless(await traceBeside(NEW))).toContain(
      'The shop shows 24 (version 2) now, though it answered 12 times in a row with HTTP 500',
    );
    await test.sql(
      `SELECT finish_publish_attempt(attempt_id, 'failed', NULL, 'no answer within 2000 ms')
         FROM begin_publish_attempt($1, $2, 2, 'sync:canary:acme:x', 'msg', NULL)`,
      [seq, ITEM],
    );
    expect(timeless(await traceBeside('hang'))).toBe(
      `${CATALOG}What the shop shows is not known: no answer within 100 ms. It could not be told of ` +
        'version 2: 13 tries in a row failed (the last at T: no answer within 2000 ms).',
    );
  });

  it('says when the next try comes, where that is known', async () => {
    const seq = await twoVersions();
    await story.publish(seq, ITEM, 2, ['failed', 503, 'HTTP 503']);
    const url = await serve((_request, response) => response.end(JSON.stringify(OLD)));
    const [found] = await findTraces(
      test.database,
      { key: 'CHAIR-01' },
      { ...WEB_UI, defaultStorefrontUrl: url },
    );
    const trace = found?.withNextTry('2026-06-01T20:14:00.000000Z');
    expect(trace?.publication?.nextTryAt).toBe('2026-06-01T20:14:00.000000Z');
    expect(timeless(trace as Trace)).toBe(
      `${CATALOG}The shop still shows 21 (version 1), because it answered with HTTP 503 when told of version 2 (at T); ` +
        'next try at 2026-06-01T20:14.',
    );
    expect(trace).toEqual({
      ...found?.trace,
      answer: trace?.answer,
      publication: { ...found?.trace.publication, nextTryAt: '2026-06-01T20:14:00.000000Z' },
    });
  });

  it('gives its refusal, also after a replay that could not reach it', async () => {
    const seq = await twoVersions();
    await story.publish(seq, ITEM, 2, ['rejected', 422, 'no such product.']);
    const refused = `${CATALOG}The shop still shows 21 (version 1), because it refused version 2 at T: no such product; nothing is tried again before a replay.`;
    expect(timeless(await traceBeside(OLD))).toBe(refused);
    await test.sql(
      `INSERT INTO publish_attempt (item_id, version, event_seq, workflow_id, message_id, status, finished_at_us, http_status, reason)
       VALUES ($2, 2, $1, 'resync:r-1:canary:acme:e-17', 'msg', 'failed', now_us(), 500, 'HTTP 500')`,
      [seq, ITEM],
    );
    expect(timeless(await traceBeside(OLD))).toBe(refused);
  });

  it('says that the tries have ended, and what mends it', async () => {
    const seq = await twoVersions();
    await story.publish(seq, ITEM, 2, ['failed', 500, 'HTTP 500']);
    await story.publish(seq, ITEM, 2, ['failed', 500, 'HTTP 500']);
    await test.sql("UPDATE catalog_item_version SET publication = 'failed' WHERE version = 2");
    expect(timeless(await traceBeside(OLD))).toBe(
      `${CATALOG}The shop still shows 21 (version 1), because it answered 2 times in a row with HTTP 500 when told of ` +
        'version 2 (the last at T); the tries ended at T, and a replay would try again.',
    );
  });

  it('says which flag keeps it from being told', async () => {
    await twoVersions();
    await test.sql("UPDATE catalog_item_version SET publication = 'withheld' WHERE version = 2");
    await test.sql("UPDATE tenant SET state = 'closed'");
    expect(timeless(await traceBeside(OLD))).toBe(
      `${CATALOG}The shop still shows 21 (version 1), because it is not told of version 2 yet: tenant canary is closed.`,
    );
  });

  it('goes by the flag of the supplier whose event made the version', async () => {
    await twoVersions();
    await story.save({ id: 'z-1', supplier: 'zed', quantity: 24, updatedAt: '2026-06-01T19:30:00Z' });
    await test.sql("UPDATE catalog_item_version SET publication = 'withheld' WHERE version = 2");
    await test.sql("UPDATE supplier SET state = 'closed' WHERE id = 'acme'");
    const trace = await traceBeside(OLD);
    expect(trace.item).toMatchObject({ supplier: 'zed', version: 2 });
    expect(trace.answer).toContain('because it is not told of version 2 yet: supplier acme is closed.');
    await test.sql("UPDATE supplier SET state = CASE id WHEN 'zed' THEN 'closed' ELSE 'open' END");
    expect((await traceBeside(OLD)).answer).toContain(
      'it is not told of version 2 yet: a flag was closed; both are open now, so this goes on soon.',
    );
  });

  describe('while a replay tells it again', () => {
    /** The tries of a replay that is not done with the event. */
    async function replayTries(
      seq: bigint,
      tries: [status: string, httpStatus: number | null, reason: string | null][],
    ) {
      await test.sql(
        `INSERT INTO replay (id, tenant_id, since_us, until_us, requested_by) VALUES ('r-1', 'canary', 0, 1, 'ada')
         ON CONFLICT DO NOTHING`,
      );
      await test.sql(
        `INSERT INTO replay_event (replay_id, seq, order_us, item_id, is_last) VALUES ('r-1', $1, 0, $2, true)
         ON CONFLICT DO NOTHING`,
        [seq, ITEM],
      );
      for (const [status, httpStatus, reason] of tries) {
        await test.sql(
          `INSERT INTO publish_attempt
             (item_id, version, event_seq, workflow_id, replay_id, message_id, status, finished_at_us, http_status, reason)
           VALUES ($2, 2, $1, 'resync:r-1:canary:acme:e-17', 'r-1', 'msg', $3,
                   CASE WHEN $3 <> 'sending' THEN now_us() END, $4, $5)`,
          [seq, ITEM, status, httpStatus, reason],
        );
      }
    }

    it('says so of a version that was refused', async () => {
      const seq = await twoVersions();
      await story.publish(seq, ITEM, 2, ['rejected', 422, 'no such product.']);
      await replayTries(seq, [['sending', null, null]]);
      const refused = `${CATALOG}The shop still shows 21 (version 1), because it refused version 2 at T: no such product; a replay is telling it again: `;
      const first = await traceBeside(OLD);
      expect(timeless(first)).toBe(`${refused}a try is under way.`);
      expect(first.publication).toMatchObject({
        state: 'rejected',
        replayId: 'r-1',
        refusal: { startedAt: expect.stringMatching(TIME), reason: 'no such product.' },
      });
      await test.sql(
        "UPDATE publish_attempt SET status = 'failed', finished_at_us = now_us(), http_status = 500, reason = 'HTTP 500' WHERE status = 'sending'",
      );
      expect(timeless(await traceBeside(OLD))).toBe(
        `${refused}it answered with HTTP 500 when told of version 2 (at T).`,
      );
      await replayTries(seq, [['unanswered', null, null]]);
      expect((await traceBeside(OLD)).publication).toMatchObject({
        lastTry: { status: 'unanswered', reason: null },
        lastFailure: { reason: 'HTTP 500' },
      });
      await test.sql("UPDATE replay_event SET done_at_us = now_us(), outcome = 'superseded'");
      const last = await traceBeside(OLD);
      expect(timeless(last)).toContain('no such product; nothing is tried again before a replay.');
      expect(last.publication?.replayId).toBeNull();
    });

    it('says so of a version whose tries had ended, with the tries of the replay alone', async () => {
      const seq = await twoVersions();
      for (let no = 1; no <= 3; no += 1) await story.publish(seq, ITEM, 2, ['failed', 500, 'HTTP 500']);
      await test.sql("UPDATE catalog_item_version SET publication = 'failed' WHERE version = 2");
      await replayTries(seq, [
        ['failed', 503, 'HTTP 503: busy'],
        ['failed', 503, 'HTTP 503: busy'],
      ]);
      const url = await serve((_request, response) => response.end(JSON.stringify(OLD)));
      const [found] = await findTraces(
        test.database,
        { key: 'CHAIR-01' },
        { ...WEB_UI, defaultStorefrontUrl: url },
      );
      const tries = `${CATALOG}The shop still shows 21 (version 1), because it could not be told of version 2 (the tries ended at T); a replay is telling it again: it answered 2 times in a row with HTTP 503 when told of version 2 (the last at T: busy)`;
      expect(timeless(found?.trace as Trace)).toBe(`${tries}.`);
      expect(timeless(found?.withNextTry('2026-06-01T20:14:00.000000Z') as Trace)).toBe(
        `${tries}; next try at 2026-06-01T20:14.`,
      );
    });
  });

  it('tells apart a shop that does not know the item from one that does not answer', async () => {
    await story.publish(await twoVersions(), ITEM, 2, ['accepted', 200]);
    expect((await traceBeside(404)).storefront).toEqual({
      kind: 'unknown item',
      error: 'the storefront does not know the item',
    });
    expect((await traceBeside(500)).storefront).toMatchObject({
      kind: 'no answer',
      error: expect.stringContaining('HTTP 500'),
    });
  });

  it('neither explains nor excuses a row that was altered by hand', async () => {
    await story.publish(await twoVersions(), ITEM, 2, ['accepted', 200]);
    await test.sql('UPDATE catalog_item SET quantity = 99');
    expect(timeless(await traceBeside(NEW))).toBe(
      'canary:CHAIR-01: the catalog says 99 (version 2), but that is not what the ledger says: event e-17 of acme wins, ' +
        'with 24. A replay of that event repairs the item. The shop shows 24 (version 2) now, not 99 (version 2); it ' +
        'accepted version 2 at T.',
    );
  });

  it('goes with events that are held or were rejected as with others', async () => {
    await story.publish(await twoVersions(), ITEM, 2, ['accepted', 200]);
    await test.sql("UPDATE supplier SET state = 'closed' WHERE id = 'zed'");
    await story.save({ id: 'z-1', supplier: 'zed', quantity: 1, updatedAt: '2026-06-01T20:00:00Z' });
    const shown = `${CATALOG}The shop shows 24 (version 2) now; it accepted version 2 at T.`;
    const closed = 'because supplier zed is closed.';
    expect(timeless(await traceBeside(NEW))).toBe(`${shown} There is 1 event held, ${closed}`);
    expect(timeless(await traceBeside(NEW, 'z-1'))).toBe(
      `Event z-1 of zed (quantity 1, updatedAt 2026-06-01T20:00, received T) is held, not lost, ${closed} ${shown}`,
    );
  });

  it('of an item that has rejected events only is nothing, or a figure from elsewhere', async () => {
    await story.fail({ id: 'bad', sku: 'table 9' }, 'malformed_sku', 'SKU "TABLE 9" does not match');
    const rejected =
      'canary:TABLE 9 is not in the catalog: its only event was rejected; event bad of acme: malformed_sku: SKU "TABLE ' +
      '9" does not match.';
    expect((await traceBeside(404, 'TABLE 9')).answer).toBe(rejected);
    expect((await traceBeside(500, 'TABLE 9')).answer).toBe(rejected);
    expect((await traceBeside(OLD, 'TABLE 9')).answer).toBe(
      `${rejected} The shop shows 21 (version 1), of which the catalog knows nothing.`,
    );
  });

  describe('where several storefronts are open', () => {
    /** A shop before a cache, and what each of them shows. */
    async function traceOfTwo(shop: Shows, cache: Shows): Promise<Trace> {
      await standAt('shop', 1, shop);
      await standAt('cache', 2, cache);
      const [found] = await findTraces(
        test.database,
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
      await shopAt(test.sql, url, 'canary', { name, place });
    }
    /** Version 1 with 21 was accepted by both; version 2 has 24. */
    async function twoVersionsForTwo(): Promise<bigint> {
      await standAt('shop', 1, NEW);
      await standAt('cache', 2, NEW);
      const first = await story.save({ id: 'e-16', quantity: 21, updatedAt: '2026-06-01T19:00:00Z' });
      for (const _ of ['shop', 'cache']) await story.publish(first, ITEM, 1, ['accepted', 200]);
      return story.save({ id: 'e-17', quantity: 24, updatedAt: '2026-06-01T19:30:00Z' });
    }

    it('names who is behind, and whom it waits for', async () => {
      const seq = await twoVersionsForTwo();
      await story.publish(seq, ITEM, 2, ['failed', 500, 'HTTP 500: out of order']);
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
      await story.publish(seq, ITEM, 2, ['accepted', 200]);
      for (let no = 1; no <= 3; no += 1) await story.publish(seq, ITEM, 2, ['failed', 503, 'HTTP 503']);
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
      await test.sql("UPDATE storefront SET place = 1 WHERE name = 'shop'");
      await test.sql("UPDATE storefront SET place = 1 WHERE name = 'cache'");
      await story.publish(seq, ITEM, 2, ['failed', 503, 'HTTP 503']);
      await story.publish(seq, ITEM, 2, ['accepted', 200]);
      const [found] = await findTraces(test.database, { key: 'CHAIR-01' }, WEB_UI);
      expect(found?.trace.publication).toMatchObject({ state: 'due', failedTries: 1 });
      expect(found?.trace.events[0]).toMatchObject({
        eventId: 'e-17',
        failureMode: 'storefront_unreachable',
      });
    });

    it('tells a refusal of one from what the others have accepted', async () => {
      const seq = await twoVersionsForTwo();
      await story.publish(seq, ITEM, 2, ['accepted', 200]);
      await story.publish(seq, ITEM, 2, ['rejected', 422, 'no such page.']);
      expect(timeless(await traceOfTwo(NEW, 404))).toBe(
        `${CATALOG}Storefront shop shows 24 (version 2) now; it accepted version 2 at T. Storefront cache does not know ` +
          'the item, because it refused version 2 at T: no such page; nothing is tried again before a replay.',
      );
    });

    it('speaks of the open one alone, where only one is', async () => {
      const seq = await twoVersionsForTwo();
      await story.publish(seq, ITEM, 2, ['rejected', 422, 'no such page.']);
      await test.sql("UPDATE storefront SET state = 'closed' WHERE name = 'shop'");
      expect(timeless(await traceOfTwo(NEW, OLD))).toBe(
        `${CATALOG}The shop still shows 21 (version 1), because it was not told of version 2 yet.`,
      );
    });

    it('says so where each of them is closed', async () => {
      await story.publish(await twoVersionsForTwo(), ITEM, 2, ['accepted', 200]);
      await test.sql("UPDATE storefront SET state = 'closed'");
      const trace = await traceOfTwo(NEW, NEW);
      expect(timeless(trace)).toBe(
        `${CATALOG}What the shop shows is not known: each of its storefronts is closed, and is told nothing.`,
      );
      expect(trace.storefront).toBeNull();
    });

    it('says what is wrong with a page, beside what its own storefront had accepted', async () => {
      const seq = await twoVersionsForTwo();
      await story.publish(seq, ITEM, 2, ['accepted', 200]);
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
        await shopAt(test.sql, url, 'canary', { name, place: index + 1 });
      }
      const [found] = await findTraces(
        test.database,
        { key: 'CHAIR-01' },
        { ...WEB_UI, readBackTimeoutMs: 10_000 },
      );
      expect(found?.trace.storefronts.map(({ shows }) => shows)).toEqual([
        { ...OLD, wrong: null },
        { ...OLD, wrong: null },
      ]);
      await test.sql("UPDATE storefront SET state = 'closed' WHERE name = 'cache'");
      const trace = await traceOfTwo(OLD, NEW);
      expect(timeless(trace)).toBe(
        `${CATALOG}The shop still shows 21 (version 1), because it was not told of version 2 yet.`,
      );
      expect(trace.storefronts[1]).toMatchObject({
        ...{ name: 'cache', state: 'closed', waitsFor: [], shows: null },
      });
    });
  });
});
