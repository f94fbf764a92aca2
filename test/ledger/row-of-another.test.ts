import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isMissingRow } from '../../src/database/missing-row.ts';
import { seconds } from '../../src/domain/time.ts';
import { claimSupplierEvents } from '../../src/ledger/claim-supplier-events.ts';
import { beginPublishAttempt, finishPublishAttempt } from '../../src/ledger/publish-attempt.ts';
import { recordEventFailure } from '../../src/ledger/record-event-failure.ts';
import { saveCatalogItem } from '../../src/ledger/save-catalog-item.ts';
import { voidEvent } from '../../src/manual/void-event.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';

const at = seconds(1_780_000_000);
const DAY = seconds(86_400);
let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
  await openTenant(test.database, 'shop', ['acme']);
});
afterAll(() => test?.drop());

async function received(eventId: string, sku: string, quantity: number, later = 0n): Promise<string> {
  await record(test.database, 'shop', 'acme', [{ eventId, sku, quantity, updatedAt: at + later }]);
  const row = await test.database.supplierEvent.findFirstOrThrow({ where: { eventId } });
  return row.seq.toString();
}
const eventOf = (seq: string) =>
  test.database.supplierEvent.findUniqueOrThrow({ where: { seq: BigInt(seq) } });
const save = (seq: string, sku: string, eventId?: string) =>
  saveCatalogItem(test.database, {
    ...{ seq, itemId: `shop:${sku}`, sku },
    ...(eventId !== undefined && { tenant: 'shop', supplier: 'acme', eventId }),
  });
const begin = (seq: string, sku: string, version: number) =>
  beginPublishAttempt(test.database, {
    ...{ seq, itemId: `shop:${sku}`, version, workflowId: 'w' },
  });

describe('a step of a workflow', () => {
  it('leaves a row alone that has become the one of another event', async () => {
    const seq = await received('now', 'NOW', 4);
    const failure: unknown = await save(seq, 'BEFORE', 'before').catch((error: unknown) => error);
    expect(isMissingRow(failure)).toBe(true);
    const names = { tenant: 'shop', supplier: 'acme', eventId: 'before' };
    const failed = { seq, ...names, failureMode: 'malformed_sku', detail: 'no', patience: 0n } as const;
    expect(await recordEventFailure(test.database, failed)).toBe(false);
    expect(await eventOf(seq)).toMatchObject({ decision: null, failureMode: null });
    await save(seq, 'NOW', 'now');
    expect(await eventOf(seq)).toMatchObject({ decision: 'won' });
  });

  it('that was overtaken leaves what else of its event is to be published', async () => {
    const seq = await received('first', 'VOIDED', 4);
    await save(seq, 'VOIDED');
    const started = await begin(seq, 'VOIDED', 1);
    const by = { actor: 'ada', reason: 'wrong unit' };
    const later = await received('later', 'VOIDED', 9, 5n);
    await save(later, 'VOIDED');
    await voidEvent(test.database, { tenant: 'shop', supplier: 'acme', eventId: 'later', ...by });
    const due = (await eventOf(seq)).startDueUs;
    expect(due).not.toBeNull();
    expect(await begin(seq, 'VOIDED', 1)).toEqual({ verdict: 'overtaken' });
    expect((await eventOf(seq)).startDueUs).toBe(due);
    if (started.verdict !== 'send') throw new Error(started.verdict);
    await finishPublishAttempt(test.database, { attemptId: started.attemptId, status: 'accepted' });
    expect((await eventOf(seq)).startDueUs).toBe(due);
    expect(await begin(seq, 'VOIDED', 3)).toMatchObject({ verdict: 'send', quantity: 4 });
  });

  it('tells no version that another event made', async () => {
    const first = await received('shown', 'UNDECIDED', 4);
    await save(first, 'UNDECIDED');
    const seq = await received('undecided', 'UNDECIDED', 3, 5n);
    for (const version of [1, 99]) {
      const failure: unknown = await begin(seq, 'UNDECIDED', version).catch((error: unknown) => error);
      expect(isMissingRow(failure)).toBe(true);
    }
    await test.sql(
      `UPDATE catalog_item_version SET publication = 'accepted' WHERE item_id = 'shop:UNDECIDED'`,
    );
    await expect(begin(seq, 'UNDECIDED', 1)).rejects.toThrow(/not for event/);
    expect(await eventOf(seq)).toMatchObject({ decision: null, startDueUs: expect.any(BigInt) });
    expect(await test.database.publishAttempt.count({ where: { itemId: 'shop:UNDECIDED' } })).toBe(0);
  });

  it('whose attempt was for the version of another leaves its own event due, and ends that one', async () => {
    const maker = await received('maker', 'UNDER-WAY', 4);
    await save(maker, 'UNDER-WAY');
    const seq = await received('under-way', 'UNDER-WAY', 3, 5n);
    // As an older version began them.
    const [attempt] = await test.sql<{ id: string }>(
      `INSERT INTO publish_attempt (item_id, version, event_seq, workflow_id, message_id)
       VALUES ('shop:UNDER-WAY', 1, $1, 'w', 'm') RETURNING id`,
      [seq],
    );
    await finishPublishAttempt(test.database, { attemptId: BigInt(attempt?.id ?? 0), status: 'accepted' });
    expect(await eventOf(seq)).toMatchObject({ decision: null, startDueUs: expect.any(BigInt) });
    expect(await eventOf(maker)).toMatchObject({ decision: 'won', startDueUs: null });
  });
});

describe('that retries have ended', () => {
  const says = (
    seq: string,
    failureMode: 'transaction_timeout' | 'storefront_unreachable' | 'publish_rejected',
  ) => recordEventFailure(test.database, { seq, failureMode, detail: 'because', patience: DAY });

  it('is believed when they can have, of what is due, and of nothing else', async () => {
    const seq = await received('tried', 'TRIED', 4);
    expect(await says(seq, 'transaction_timeout')).toBe(false);
    await test.sql('UPDATE supplier_event SET received_at_us = received_at_us - $2 WHERE seq = $1', [
      seq,
      DAY,
    ]);
    await test.sql('UPDATE supplier_event SET start_due_us = NULL, held_at_us = now_us() WHERE seq = $1', [
      seq,
    ]);
    expect(await says(seq, 'transaction_timeout')).toBe(false);
    // Let go a moment ago.
    await test.sql('UPDATE supplier_event SET start_due_us = now_us() WHERE seq = $1', [seq]);
    await test.sql('UPDATE supplier SET opened_at_us = now_us()');
    expect(await says(seq, 'transaction_timeout')).toBe(false);
    await test.sql('UPDATE supplier SET opened_at_us = NULL');
    expect(await eventOf(seq)).toMatchObject({ failureMode: null });
    // An undecided event is not ended by that: its failure is written beside it.
    expect(await says(seq, 'storefront_unreachable')).toBe(false);
    expect(await eventOf(seq)).toMatchObject({
      ...{ decision: null, failureMode: 'transaction_timeout', failureDetail: 'because' },
      startDueUs: expect.any(BigInt),
    });
    await save(seq, 'TRIED');
    expect(await eventOf(seq)).toMatchObject({ decision: 'won', failureMode: null, failureDetail: null });
  });

  it('ends an undecided event when it is proven that no retry can save it', async () => {
    const seq = await received('proven', 'PROVEN', 4);
    const proven = { seq, failureMode: 'transaction_timeout', detail: 'no number', patience: 0n } as const;
    expect(await recordEventFailure(test.database, proven)).toBe(true);
    expect(await eventOf(seq)).toMatchObject({
      ...{ decision: null, failureMode: 'transaction_timeout', failureDetail: 'no number', startDueUs: null },
    });
  });

  it('takes the words of the last attempt, and of a refusal those of the storefront', async () => {
    const tried = async (eventId: string, sku: string, status: 'failed' | 'rejected', reason: string) => {
      const seq = await received(eventId, sku, 4);
      await save(seq, sku);
      const started = await begin(seq, sku, 1);
      if (started.verdict !== 'send') throw new Error(started.verdict);
      await finishPublishAttempt(test.database, { attemptId: started.attemptId, status, reason });
      await test.sql(
        'UPDATE catalog_item_version SET created_at_us = created_at_us - $2 WHERE event_seq = $1',
        [...[seq, DAY]],
      );
      await test.sql('UPDATE supplier_event SET received_at_us = received_at_us - $2 WHERE seq = $1', [
        ...[seq, DAY],
      ]);
      return seq;
    };
    const silent = await tried('silent', 'SILENT', 'failed', 'HTTP 503');
    expect(await says(silent, 'publish_rejected')).toBe(false);
    expect(await says(silent, 'storefront_unreachable')).toBe(true);
    expect(await eventOf(silent)).toMatchObject({
      ...{ failureMode: 'storefront_unreachable', failureDetail: 'HTTP 503', startDueUs: null },
    });
    const refused = await tried('refused', 'REFUSED', 'rejected', 'no chairs');
    expect(await says(refused, 'publish_rejected')).toBe(true);
    expect(await eventOf(refused)).toMatchObject({
      ...{ failureMode: 'publish_rejected', failureDetail: 'no chairs', startDueUs: null },
    });
  });

  it('is not believed of a version that was made just now, however old its event is', async () => {
    const seq = await received('renewed', 'RENEWED', 4);
    await save(seq, 'RENEWED');
    await test.sql('UPDATE supplier_event SET received_at_us = received_at_us - $2 WHERE seq = $1', [
      seq,
      DAY,
    ]);
    expect(await says(seq, 'storefront_unreachable')).toBe(false);
    expect(await says(seq, 'transaction_timeout')).toBe(false);
    await test.sql(
      'UPDATE catalog_item_version SET created_at_us = created_at_us - $2 WHERE event_seq = $1',
      [seq, DAY],
    );
    expect(await says(seq, 'storefront_unreachable')).toBe(true);
  });
});

describe('an event that was judged', () => {
  it('meets no rule again that its supplier got since', async () => {
    const seq = await received('judged', 'JUDGED', 4);
    await save(seq, 'JUDGED');
    await test.sql(`UPDATE supplier SET sku_pattern = 'NOTHING', clock_tolerance_seconds = 1`);
    await received('fresh', 'FRESH', 4);
    await test.sql('UPDATE supplier_event SET start_due_us = now_us() WHERE start_due_us IS NOT NULL');
    const claim = { worker: 'w', window: 50, share: 50, limit: 50, leaseSeconds: 30 };
    const claimed = await claimSupplierEvents(test.database, claim);
    const rules = new Map(
      claimed.map(({ input, undecided }) => [input.eventId, [input.skuPattern, undecided]]),
    );
    expect(rules.get('judged')).toEqual(['(?s).*', false]);
    expect(rules.get('fresh')).toEqual(['NOTHING', true]);
  });
});
