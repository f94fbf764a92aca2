import { describe, expect, it } from 'vitest';
import { findTraces } from '../../src/trace/find-trace.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { serve } from '../storefront/http-stub.ts';
import { WEB_UI } from './story.ts';
import { besideAShop, CATALOG, ITEM, NEW, OLD, TIME, timeless } from './beside-a-shop.ts';

const world = besideAShop();

describe('what an answer says of the shop', () => {
  it('is that it shows what it was read to show, once it accepted that', async () => {
    await world.story.publish(await world.twoVersions(), ITEM, 2, ['accepted', 200]);
    expect(timeless(await world.traceBeside(NEW))).toBe(
      `${CATALOG}The shop shows 24 (version 2) now; it accepted version 2 at T.`,
    );
    expect(timeless(await world.traceBeside(OLD))).toBe(
      `${CATALOG}The shop still shows 21 (version 1), though it accepted version 2 at T.`,
    );
    expect(timeless(await world.traceBeside({ quantity: 25, version: 2 }))).toBe(
      `${CATALOG}The shop shows 25 (version 2) now, which it was never told, not 24 (version 2), though it accepted version 2 at T.`,
    );
    expect(timeless(await world.traceBeside({ quantity: 9, version: 7 }))).toBe(
      `${CATALOG}The shop shows 9 (version 7) now, which it was never told, not 24 (version 2), though it accepted ` +
        'version 2 at T.',
    );
    expect(timeless(await world.traceBeside({ quantity: 9, version: 3_000_000_000 }))).toContain(
      'The shop shows 9 (version 3000000000) now, which it was never told, not 24',
    );
    expect(timeless(await world.traceBeside({ quantity: 22, version: 1 }))).toBe(
      `${CATALOG}The shop shows 22 (version 1) now, which it was never told, not 24 (version 2), though it accepted ` +
        'version 2 at T.',
    );
    expect(timeless(await world.traceBeside(404))).toBe(
      `${CATALOG}The shop does not know the item, though it accepted version 2 at T.`,
    );
  });

  it('is not known where it cannot be read, whatever it accepted', async () => {
    await world.story.publish(await world.twoVersions(), ITEM, 2, ['accepted', 200]);
    const accepted = ' It accepted version 2 at T.';
    expect(timeless(await world.traceBeside(500))).toBe(
      `${CATALOG}What the shop shows is not known: the storefront answered HTTP 500.${accepted}`,
    );
    expect(timeless(await world.traceBeside('hang'))).toBe(
      `${CATALOG}What the shop shows is not known: no answer within 100 ms.${accepted}`,
    );
    expect(timeless(await world.traceBeside('no address'))).toBe(
      `${CATALOG}What the shop shows is not known: it has no known address.${accepted}`,
    );
  });

  it('gives the reason while it was not told yet, or is being told', async () => {
    const seq = await world.twoVersions();
    const { answer, publication } = await world.traceBeside(OLD);
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
    await world.test.sql("SELECT begin_publish_attempt($1, $2, 2, 'sync:canary:acme:x', 'msg', NULL)", [
      seq,
      ITEM,
    ]);
    expect(timeless(await world.traceBeside(OLD))).toBe(
      `${CATALOG}The shop still shows 21 (version 1), because it is being told of version 2 just now.`,
    );
    await world.test.sql(
      "UPDATE publish_attempt SET status = 'unanswered', finished_at_us = now_us() WHERE status = 'sending'",
    );
    expect(timeless(await world.traceBeside(404))).toBe(
      `${CATALOG}The shop does not know the item, because nobody saw its answer to version 2, of which it was told at T.`,
    );
  });

  it('counts the tries that failed one after the other, for this version alone', async () => {
    const seq = await world.twoVersions();
    await world.story.publish(seq, ITEM, 2, ['failed', 500, 'HTTP 500: out of order']);
    expect(timeless(await world.traceBeside(OLD))).toBe(
      `${CATALOG}The shop still shows 21 (version 1), because it answered with HTTP 500 when told of version 2 ` +
        '(at T: out of order).',
    );
    for (let no = 2; no <= 12; no += 1) {
      await world.story.publish(seq, ITEM, 2, ['failed', 500, 'HTTP 500: out of order']);
    }
    const trace = await world.traceBeside(OLD);
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
    expect(timeless(await world.traceBeside(NEW))).toContain(
      'The shop shows 24 (version 2) now, though it answered 12 times in a row with HTTP 500',
    );
    await world.test.sql(
      `SELECT finish_publish_attempt(attempt_id, 'failed', NULL, 'no answer within 2000 ms')
         FROM begin_publish_attempt($1, $2, 2, 'sync:canary:acme:x', 'msg', NULL)`,
      [seq, ITEM],
    );
    expect(timeless(await world.traceBeside('hang'))).toBe(
      `${CATALOG}What the shop shows is not known: no answer within 100 ms. It could not be told of ` +
        'version 2: 13 tries in a row failed (the last at T: no answer within 2000 ms).',
    );
  });

  it('says when the next try comes, where that is known', async () => {
    const seq = await world.twoVersions();
    await world.story.publish(seq, ITEM, 2, ['failed', 503, 'HTTP 503']);
    const url = await serve((_request, response) => response.end(JSON.stringify(OLD)));
    const [found] = await findTraces(
      world.test.database,
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
    const seq = await world.twoVersions();
    await world.story.publish(seq, ITEM, 2, ['rejected', 422, 'no such product.']);
    const refused = `${CATALOG}The shop still shows 21 (version 1), because it refused version 2 at T: no such product; nothing is tried again before a replay.`;
    expect(timeless(await world.traceBeside(OLD))).toBe(refused);
    await world.test.sql(
      `INSERT INTO publish_attempt (item_id, version, event_seq, workflow_id, message_id, status, finished_at_us, http_status, reason)
       VALUES ($2, 2, $1, 'resync:r-1:canary:acme:e-17', 'msg', 'failed', now_us(), 500, 'HTTP 500')`,
      [seq, ITEM],
    );
    expect(timeless(await world.traceBeside(OLD))).toBe(refused);
  });

  it('says that the tries have ended, and what mends it', async () => {
    const seq = await world.twoVersions();
    await world.story.publish(seq, ITEM, 2, ['failed', 500, 'HTTP 500']);
    await world.story.publish(seq, ITEM, 2, ['failed', 500, 'HTTP 500']);
    await world.test.sql("UPDATE catalog_item_version SET publication = 'failed' WHERE version = 2");
    expect(timeless(await world.traceBeside(OLD))).toBe(
      `${CATALOG}The shop still shows 21 (version 1), because it answered 2 times in a row with HTTP 500 when told of ` +
        'version 2 (the last at T); the tries ended at T, and a replay would try again.',
    );
  });

  it('says which flag keeps it from being told', async () => {
    await world.twoVersions();
    await world.test.sql("UPDATE catalog_item_version SET publication = 'withheld' WHERE version = 2");
    await world.test.sql("UPDATE tenant SET state = 'closed'");
    expect(timeless(await world.traceBeside(OLD))).toBe(
      `${CATALOG}The shop still shows 21 (version 1), because it is not told of version 2 yet: tenant canary is closed.`,
    );
  });

  it('goes by the flag of the supplier whose event made the version', async () => {
    await world.twoVersions();
    await world.story.save({ id: 'z-1', supplier: 'zed', quantity: 24, updatedAt: '2026-06-01T19:30:00Z' });
    await world.test.sql("UPDATE catalog_item_version SET publication = 'withheld' WHERE version = 2");
    await world.test.sql("UPDATE supplier SET state = 'closed' WHERE id = 'acme'");
    const trace = await world.traceBeside(OLD);
    expect(trace.item).toMatchObject({ supplier: 'zed', version: 2 });
    expect(trace.answer).toContain('because it is not told of version 2 yet: supplier acme is closed.');
    await world.test.sql("UPDATE supplier SET state = CASE id WHEN 'zed' THEN 'closed' ELSE 'open' END");
    expect((await world.traceBeside(OLD)).answer).toContain(
      'it is not told of version 2 yet: a flag was closed; both are open now, so this goes on soon.',
    );
  });

  it('tells apart a shop that does not know the item from one that does not answer', async () => {
    await world.story.publish(await world.twoVersions(), ITEM, 2, ['accepted', 200]);
    expect((await world.traceBeside(404)).storefront).toEqual({
      kind: 'unknown item',
      error: 'the storefront does not know the item',
    });
    expect((await world.traceBeside(500)).storefront).toMatchObject({
      kind: 'no answer',
      error: expect.stringContaining('HTTP 500'),
    });
  });

  it('neither explains nor excuses a row that was altered by hand', async () => {
    await world.story.publish(await world.twoVersions(), ITEM, 2, ['accepted', 200]);
    await world.test.sql('UPDATE catalog_item SET quantity = 99');
    expect(timeless(await world.traceBeside(NEW))).toBe(
      'canary:CHAIR-01: the catalog says 99 (version 2), but that is not what the ledger says: event e-17 of acme wins, ' +
        'with 24. A replay of that event repairs the item. The shop shows 24 (version 2) now, not 99 (version 2); it ' +
        'accepted version 2 at T.',
    );
  });

  it('goes with events that are held or were rejected as with others', async () => {
    await world.story.publish(await world.twoVersions(), ITEM, 2, ['accepted', 200]);
    await world.test.sql("UPDATE supplier SET state = 'closed' WHERE id = 'zed'");
    await world.story.save({ id: 'z-1', supplier: 'zed', quantity: 1, updatedAt: '2026-06-01T20:00:00Z' });
    const shown = `${CATALOG}The shop shows 24 (version 2) now; it accepted version 2 at T.`;
    const closed = 'because supplier zed is closed.';
    expect(timeless(await world.traceBeside(NEW))).toBe(`${shown} There is 1 event held, ${closed}`);
    expect(timeless(await world.traceBeside(NEW, 'z-1'))).toBe(
      `Event z-1 of zed (quantity 1, updatedAt 2026-06-01T20:00, received T) is held, not lost, ${closed} ${shown}`,
    );
  });

  it('of an item that has rejected events only is nothing, or a figure from elsewhere', async () => {
    await world.story.fail({ id: 'bad', sku: 'table 9' }, 'malformed_sku', 'SKU "TABLE 9" does not match');
    const rejected =
      'canary:TABLE 9 is not in the catalog: its only event was rejected; event bad of acme: malformed_sku: SKU "TABLE ' +
      '9" does not match.';
    expect((await world.traceBeside(404, 'TABLE 9')).answer).toBe(rejected);
    expect((await world.traceBeside(500, 'TABLE 9')).answer).toBe(rejected);
    expect((await world.traceBeside(OLD, 'TABLE 9')).answer).toBe(
      `${rejected} The shop shows 21 (version 1), of which the catalog knows nothing.`,
    );
  });
});
