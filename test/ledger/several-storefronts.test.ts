import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { recordEventFailure } from '../../src/ledger/record-event-failure.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { SAYING_WHY } from '../support/saying-why.ts';
import { storyTeller } from '../trace/story.ts';
import { acceptedByAll } from './storefronts-model.ts';
import { newWorld, step } from './storefronts-world.ts';

let db: TestDatabase;
let story: ReturnType<typeof storyTeller>;

beforeAll(async () => {
  db = await testDatabase();
  story = storyTeller(db);
});
afterAll(() => db?.drop());

describe('two storefronts with flags and faults of their own', () => {
  it('are never told a lower version after a higher one, a version is published when all that are open accepted it, and none that was put off is forgotten', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 18 }), async (taken) => {
        const world = await newWorld(db, story);
        await world.save(1);
        for (const one of taken) await world.take(one);
        // Then the faults end, and the newest version is told for as long as somebody is left.
        await world.take({ does: 'flag', open: true });
        await world.take({ does: 'wait' });
        const newest = world.model.versions.length;
        const verdict = await world.tryToTell(newest, undefined, ['accepted', 'accepted']);
        const byAll = acceptedByAll(world.model, newest, undefined);
        const published = world.model.versions.at(-1)?.publication === 'accepted';
        expect(verdict).toBe(
          published ? 'accepted' : world.model.storefronts.some(({ open }) => open) ? 'rejected' : 'withheld',
        );
        expect(published && world.model.storefronts.some(({ open }) => open)).toBe(byAll);

        const told = await db.sql<{ storefront: string; versions: number[] }>(
          `SELECT storefront, array_agg(version ORDER BY id) AS versions FROM publish_attempt WHERE item_id = $1
            GROUP BY storefront`,
          [world.itemId],
        );
        for (const { versions } of told) expect(versions).toEqual(versions.toSorted((a, b) => a - b));
      }),
      { numRuns: 200, ...SAYING_WHY },
    );
  });
});

describe('an event that is given up', () => {
  it('says why in the words of a try that failed, though another storefront accepted after it', async () => {
    const { tenant, itemId, seqs, save } = await newWorld(db, story);
    await db.sql('UPDATE storefront SET place = 1 WHERE tenant_id = $1', [tenant]);
    await save(1);
    const [seq = 0n] = seqs;
    await story.publish(seq, itemId, 1, ['failed', 503, 'HTTP 503: closed for today']);
    await story.publish(seq, itemId, 1, ['accepted', 200]);
    await db.sql('UPDATE supplier_event SET received_at_us = received_at_us - 259200000000 WHERE seq = $1', [
      seq,
    ]);
    await db.sql(
      `UPDATE catalog_item_version
          SET created_at_us = created_at_us - 259200000000, publication_at_us = publication_at_us - 259200000000
        WHERE event_seq = $1`,
      [seq],
    );
    const failure = {
      seq: seq.toString(),
      failureMode: 'storefront_unreachable',
      detail: 'gave up',
    } as const;
    expect(await recordEventFailure(db.database, { ...failure, patience: seconds(86_400) })).toBe(true);
    expect(await db.database.supplierEvent.findUniqueOrThrow({ where: { seq } })).toMatchObject({
      failureMode: 'storefront_unreachable',
      failureDetail: 'HTTP 503: closed for today',
    });
  });
});
