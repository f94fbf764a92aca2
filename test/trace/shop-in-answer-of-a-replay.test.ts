import { describe, expect, it } from 'vitest';
import { findTraces } from '../../src/trace/find-trace.ts';
import type { Trace } from '../../src/trace/trace.ts';
import { serve } from '../storefront/http-stub.ts';
import { WEB_UI } from './story.ts';
import { besideAShop, CATALOG, ITEM, OLD, TIME, timeless } from './beside-a-shop.ts';

const world = besideAShop();

describe('what an answer says of the shop while a replay tells it again', () => {
  /** The tries of a replay that is not done with the event. */
  async function replayTries(
    seq: bigint,
    tries: [status: string, httpStatus: number | null, reason: string | null][],
  ) {
    await world.test.sql(
      `INSERT INTO replay (id, tenant_id, since_us, until_us, requested_by) VALUES ('r-1', 'canary', 0, 1, 'ada')
       ON CONFLICT DO NOTHING`,
    );
    await world.test.sql(
      `INSERT INTO replay_event (replay_id, seq, order_us, item_id, is_last) VALUES ('r-1', $1, 0, $2, true)
       ON CONFLICT DO NOTHING`,
      [seq, ITEM],
    );
    for (const [status, httpStatus, reason] of tries) {
      await world.test.sql(
        `INSERT INTO publish_attempt
           (item_id, version, event_seq, workflow_id, replay_id, message_id, status, finished_at_us, http_status, reason)
         VALUES ($2, 2, $1, 'resync:r-1:canary:acme:e-17', 'r-1', 'msg', $3,
                 CASE WHEN $3 <> 'sending' THEN now_us() END, $4, $5)`,
        [seq, ITEM, status, httpStatus, reason],
      );
    }
  }

  it('says so of a version that was refused', async () => {
    const seq = await world.twoVersions();
    await world.story.publish(seq, ITEM, 2, ['rejected', 422, 'no such product.']);
    await replayTries(seq, [['sending', null, null]]);
    const refused = `${CATALOG}The shop still shows 21 (version 1), because it refused version 2 at T: no such product; a replay is telling it again: `;
    const first = await world.traceBeside(OLD);
    expect(timeless(first)).toBe(`${refused}a try is under way.`);
    expect(first.publication).toMatchObject({
      state: 'rejected',
      replayId: 'r-1',
      refusal: { startedAt: expect.stringMatching(TIME), reason: 'no such product.' },
    });
    await world.test.sql(
      "UPDATE publish_attempt SET status = 'failed', finished_at_us = now_us(), http_status = 500, reason = 'HTTP 500' WHERE status = 'sending'",
    );
    expect(timeless(await world.traceBeside(OLD))).toBe(
      `${refused}it answered with HTTP 500 when told of version 2 (at T).`,
    );
    await replayTries(seq, [['unanswered', null, null]]);
    expect((await world.traceBeside(OLD)).publication).toMatchObject({
      lastTry: { status: 'unanswered', reason: null },
      lastFailure: { reason: 'HTTP 500' },
    });
    await world.test.sql("UPDATE replay_event SET done_at_us = now_us(), outcome = 'superseded'");
    const last = await world.traceBeside(OLD);
    expect(timeless(last)).toContain('no such product; nothing is tried again before a replay.');
    expect(last.publication?.replayId).toBeNull();
  });

  it('says so of a version whose tries had ended, with the tries of the replay alone', async () => {
    const seq = await world.twoVersions();
    for (let no = 1; no <= 3; no += 1) await world.story.publish(seq, ITEM, 2, ['failed', 500, 'HTTP 500']);
    await world.test.sql("UPDATE catalog_item_version SET publication = 'failed' WHERE version = 2");
    await replayTries(seq, [
      ['failed', 503, 'HTTP 503: busy'],
      ['failed', 503, 'HTTP 503: busy'],
    ]);
    const url = await serve((_request, response) => response.end(JSON.stringify(OLD)));
    const [found] = await findTraces(
      world.test.database,
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
