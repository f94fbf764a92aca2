import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isMissingRow } from '../../src/database/missing-row.ts';
import type { FailureMode } from '../../src/domain/failure-modes.ts';
import { seconds } from '../../src/domain/time.ts';
import { beginPublishAttempt, finishPublishAttempt } from '../../src/ledger/publish-attempt.ts';
import { recordEventFailure } from '../../src/ledger/record-event-failure.ts';
import { saveCatalogItem } from '../../src/ledger/save-catalog-item.ts';
import { advanceReplay, prepareReplayPage } from '../../src/replay/replay-rows.ts';
import { resyncCatalogItem } from '../../src/replay/resync-catalog-item.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import { startReplay } from '../support/replay.ts';
import { shopAt } from '../support/shop-at.ts';

const at = seconds(1_780_000_000);
const DAY = seconds(86_400);
let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
  await openTenant(test.database, 'shop', ['acme']);
});
afterAll(() => test?.drop());

async function received(sku: string, eventId: string, later = 0n): Promise<string> {
  await record(test.database, 'shop', 'acme', [{ eventId, sku, quantity: 4, updatedAt: at + later }]);
  const row = await test.database.supplierEvent.findFirstOrThrow({ where: { eventId } });
  return row.seq.toString();
}

/** A replay whose events are all due, as far as they can be. */
async function replayOf(sku: string) {
  const replayId = await startReplay(test.database, { sku });
  await prepareReplayPage(test.database, replayId);
  const advance = () => advanceReplay(test.database, replayId, { undecided: 50, underWay: 50 });
  await advance();
  const itemId = `shop:${sku}`;
  return {
    replayId,
    advance,
    resync: (seq: string) => resyncCatalogItem(test.database, { seq, itemId, sku, replayId }),
    tell: (seq: string, version: number) =>
      beginPublishAttempt(test.database, {
        ...{ seq, itemId, version, replayId, workflowId: 'w', messageId: `${replayId} ${version}` },
      }),
    fail: (seq: string, failureMode: FailureMode, patience = DAY) =>
      recordEventFailure(test.database, { seq, replayId, failureMode, patience, detail: 'because' }),
    event: (seq: string) =>
      test.database.replayEvent.findUniqueOrThrow({
        where: { replayId_seq: { replayId, seq: BigInt(seq) } },
      }),
    item: () => test.database.replayItem.findFirst({ where: { replayId, itemId } }),
    dueSince: (ago: bigint) =>
      test.sql('UPDATE replay_event SET first_due_us = now_us() - $2 WHERE replay_id = $1', [replayId, ago]),
  };
}

const live = (seq: string) => test.database.supplierEvent.findUniqueOrThrow({ where: { seq: BigInt(seq) } });
const save = (seq: string, sku: string) =>
  saveCatalogItem(test.database, { seq, itemId: `shop:${sku}`, sku });

describe("a replay's event", () => {
  it('tells its item only when it has its outcome, and is the last', async () => {
    const first = await received('TOLD', 'told-1');
    const last = await received('TOLD', 'told-2', 5n);
    for (const seq of [first, last]) await save(seq, 'TOLD');
    const { resync, tell, event, item, advance } = await replayOf('TOLD');
    const refused = async (seq: string, version: number) => {
      const failure: unknown = await tell(seq, version).catch((error: unknown) => error);
      expect(isMissingRow(failure)).toBe(true);
      expect(await event(seq)).toMatchObject({ doneAtUs: null });
    };
    await refused(first, 2);
    await refused(last, 2);
    await resync(first);
    await advance();
    await refused(last, 2);
    expect(await resync(last)).toMatchObject({ publish: true, current: { version: 2 } });
    // Not one from before that.
    await refused(last, 1);
    expect(await item()).toMatchObject({ publication: null });
    const started = await tell(last, 2);
    if (started.verdict !== 'send') throw new Error(started.verdict);
    await finishPublishAttempt(test.database, { attemptId: started.attemptId, status: 'accepted' });
    expect(await item()).toMatchObject({ publication: 'accepted', publishedVersion: 2 });
    expect((await event(last)).doneAtUs).not.toBeNull();
    // Whoever did not see the end of it asks again.
    expect(await tell(last, 2)).toEqual({ verdict: 'accepted' });
  });

  it('has not been tried for a day because its replay is that old', async () => {
    const seq = await received('OLD', 'old-1');
    const { replayId, fail, event, dueSince } = await replayOf('OLD');
    await test.sql('UPDATE replay SET created_at_us = created_at_us - $2 WHERE id = $1', [replayId, DAY]);
    for (const mode of ['transaction_timeout', 'storefront_unreachable', 'publish_rejected'] as const) {
      expect(await fail(seq, mode)).toBe(false);
    }
    expect(await event(seq)).toMatchObject({ doneAtUs: null, outcome: null });
    await test.sql('UPDATE replay_event SET first_due_us = NULL WHERE replay_id = $1', [replayId]);
    expect(await fail(seq, 'transaction_timeout')).toBe(false);
    await dueSince(DAY);
    const before = await live(seq);
    expect(await fail(seq, 'transaction_timeout')).toBe(true);
    expect(await event(seq)).toMatchObject({ outcome: 'failed', failureMode: 'transaction_timeout' });
    // Live it has just come, and is tried on.
    expect(await live(seq)).toEqual(before);
  });

  it('leaves an undecided event due that failed in it for a day, unless that is proven', async () => {
    const seq = await received('UNDECIDED', 'undecided-1');
    await test.sql('UPDATE supplier_event SET received_at_us = received_at_us - $2 WHERE seq = $1', [
      seq,
      DAY,
    ]);
    const { fail, dueSince } = await replayOf('UNDECIDED');
    await dueSince(DAY);
    expect(await fail(seq, 'transaction_timeout')).toBe(true);
    expect(await live(seq)).toMatchObject({
      ...{ decision: null, failureMode: 'transaction_timeout', startDueUs: expect.any(BigInt) },
    });
    const again = await replayOf('UNDECIDED');
    expect(await again.fail(seq, 'transaction_timeout', 0n)).toBe(true);
    expect(await live(seq)).toMatchObject({ decision: null, startDueUs: null });
  });

  it('that could not tell what its replay made leaves that to the event that made it', async () => {
    const seq = await received('MADE', 'made-1');
    const { resync, fail, dueSince } = await replayOf('MADE');
    await resync(seq);
    await test.sql('UPDATE supplier_event SET start_due_us = NULL WHERE seq = $1', [seq]);
    await dueSince(DAY);
    expect(await fail(seq, 'storefront_unreachable')).toBe(true);
    expect(await live(seq)).toMatchObject({ decision: 'won', startDueUs: expect.any(BigInt) });
  });
});

describe('a replay that tells two storefronts', () => {
  it('ends when one has rejected and the other has accepted after it', async () => {
    const seq = await received('NO-YES', 'no-yes');
    await save(seq, 'NO-YES');
    const { resync, tell, fail, event } = await replayOf('NO-YES');
    await resync(seq);
    for (const name of ['cache', 'shop'])
      await shopAt(test.sql, `https://${name}.example`, 'shop', { name, place: 1 });
    for (const [storefront, status] of [
      ['cache', 'rejected'],
      ['shop', 'accepted'],
    ] as const) {
      const begun = await tell(seq, 1);
      expect(begun).toMatchObject({ verdict: 'send', storefront });
      if (begun.verdict === 'send')
        await finishPublishAttempt(test.database, { attemptId: begun.attemptId, status });
    }
    expect(await tell(seq, 1)).toEqual({ verdict: 'rejected' });
    expect(await fail(seq, 'publish_rejected')).toBe(true);
    expect(await event(seq)).toMatchObject({ outcome: 'failed', failureMode: 'publish_rejected' });
    expect((await event(seq)).doneAtUs).not.toBeNull();
  });
});
