import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import { saveCatalogItem } from '../../src/ledger/save-catalog-item.ts';
import { addSupplier } from '../../src/flags/suppliers.ts';
import { mustParseTime } from '../../src/domain/time.ts';
import { correctItem } from '../../src/manual/correct-item.ts';
import { findTheEvent } from '../../src/manual/find-event.ts';
import { voidEvent } from '../../src/manual/void-event.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { storyTeller } from '../trace/story.ts';

let test: TestDatabase;
let story: ReturnType<typeof storyTeller>;

beforeEach(async () => {
  test = await testDatabase();
  await openTenant(test.database, 'canary', ['acme', 'zed']);
  story = storyTeller(test);
});
afterEach(() => test?.drop());

const by = { actor: 'ada', reason: 'recounted' };
const ITEM = 'canary:CHAIR-01';

const correct = (quantity: number, more: object = {}) =>
  correctItem(test.database, { tenant: 'canary', sku: ' chair-01', quantity, ...by, ...more });

const voidOf = (eventId: string, supplier = 'acme') =>
  voidEvent(test.database, { tenant: 'canary', supplier, eventId, actor: 'ada', reason: 'wrong unit' });

const item = () => test.database.catalogItem.findUniqueOrThrow({ where: { itemId: ITEM } });

const eventOf = (eventId: string, supplierId = 'acme') =>
  test.database.supplierEvent.findUniqueOrThrow({
    where: { tenantId_supplierId_eventId: { tenantId: 'canary', supplierId, eventId } },
  });

async function saveAgain(eventId: string, supplier = 'acme') {
  const { seq } = await eventOf(eventId, supplier);
  const request = { seq: seq.toString(), itemId: ITEM, sku: 'CHAIR-01' };
  return (await saveCatalogItem(test.database, request)).saved;
}

describe('a correction', () => {
  it('is an event of the supplier manual, due for its workflow, with who and why, and audited', async () => {
    await story.save({ id: 'e-1', quantity: 9 });
    const corrected = await correct(3);
    expect(corrected).toMatchObject({
      itemId: ITEM,
      supplier: 'manual',
      quantity: 3,
      held: false,
      losesTo: null,
    });
    expect(corrected.eventId).toMatch(/^correct-\d{8}T\d{6}Z-[0-9a-f]{8}$/);
    const row = await eventOf(corrected.eventId, 'manual');
    expect(row).toMatchObject({ kind: 'correction', actor: 'ada', reason: 'recounted', decision: null });
    expect(row.startDueUs).not.toBeNull();

    expect(await saveAgain(corrected.eventId, 'manual')).toMatchObject({
      outcome: 'won',
      version: 2,
      publish: true,
    });
    expect(await item()).toMatchObject({ quantity: 3, version: 2, supplierId: 'manual' });
    const audit = await test.sql(
      'SELECT actor, action, subject, reason, before, after FROM audit_entry ORDER BY id',
    );
    expect(audit).toMatchObject([
      { action: 'supplier.add', subject: 'supplier/canary/manual', actor: 'ada' },
      {
        action: 'item.correct',
        subject: `item/${ITEM}`,
        reason: 'recounted',
        before: { quantity: 9 },
        after: { quantity: 3, eventId: corrected.eventId },
      },
    ]);
  });

  it('competes like any event: it says what it will lose to, and a later event wins over it', async () => {
    await story.save({ id: 'e-1', quantity: 9 });
    const old = await correct(3, { updatedAt: 1n });
    expect(old.losesTo).toMatchObject({ supplier: 'acme', eventId: 'e-1' });
    expect(await saveAgain(old.eventId, 'manual')).toMatchObject({ outcome: 'superseded', rule: 'older' });

    const { eventId } = await correct(4);
    await saveAgain(eventId, 'manual');
    await test.sql("UPDATE supplier SET clock_tolerance_seconds = 999999999 WHERE id = 'acme'");
    await story.save({ id: 'e-2', quantity: 8, updatedAt: '2999-01-01T00:00:00Z' });
    expect(await item()).toMatchObject({ quantity: 8, version: 3, supplierId: 'acme' });
  });

  it('by a stock rule loses to the greatest of all events, whichever of them leads the item', async () => {
    await test.sql(
      `WITH rule AS (INSERT INTO stock_rule (tenant_id, rule, supplier_order)
                     VALUES ('canary', 'priority', '{acme}') RETURNING id)
       UPDATE tenant SET stock_rule_id = rule.id FROM rule`,
    );
    await story.save({ id: 'e-1', quantity: 9, updatedAt: '2026-06-01T10:00:01Z' });
    await story.save({ id: 'z-1', quantity: 4, updatedAt: '2026-06-01T10:00:03Z', supplier: 'zed' });
    const fix = await correct(3, { updatedAt: mustParseTime('2026-06-01T10:00:02Z') });
    expect(fix.losesTo).toMatchObject({ supplier: 'zed', eventId: 'z-1' });
    await saveAgain(fix.eventId, 'manual');
    expect(await item()).toMatchObject({ quantity: 9, supplierId: 'acme' });
  });

  it('is held, not lost, while the tenant is closed', async () => {
    await story.save({ id: 'e-1' });
    await test.sql("UPDATE tenant SET state = 'closed'");
    const corrected = await correct(3);
    expect(corrected.held).toBe(true);
    expect(await saveAgain(corrected.eventId, 'manual')).toMatchObject({ outcome: 'held' });
  });

  it('is refused for a tenant, an item or a time that makes no sense, and leaves nothing behind', async () => {
    await story.save({ id: 'e-1' });
    await expect(correct(3, { tenant: 'nobody' })).rejects.toThrow('There is no tenant nobody');
    await expect(correct(3, { sku: 'CHIAR-01' })).rejects.toThrow('known as canary:CHIAR-01');
    await expect(correct(3, { updatedAt: 99_999_999_999_999_999n })).rejects.toThrow('It would be rejected');
    await expect(correct(3, { sku: 'A\u0000' })).rejects.toThrow('no control characters');
    expect(await test.database.auditEntry.count()).toBe(0);
    expect(await test.database.supplier.count({ where: { id: 'manual' } })).toBe(0);
    expect(await correct(3, { sku: 'lamp/é', newItem: true })).toMatchObject({ itemId: 'canary:LAMP/É' });
  });

  it('leaves the name manual to nobody else', async () => {
    const change = { tenant: 'canary', supplier: 'manual', actor: 'eve' };
    await expect(addSupplier(test.database, ringOf(Buffer.alloc(32)), change)).rejects.toThrow(
      'kept for manual fixes',
    );
  });
});

describe('a void', () => {
  it('of the winner hands the item to the best of the others, above every version, and has that published', async () => {
    await story.save({ id: 'a', quantity: 1, updatedAt: '2026-06-01T10:00:01Z' });
    await story.save({ id: 'c', quantity: 3, updatedAt: '2026-06-01T10:00:03Z' });
    await story.save({ id: 'b', quantity: 2, updatedAt: '2026-06-01T10:00:02Z' });
    await test.sql('UPDATE supplier_event SET start_due_us = NULL');
    const voided = await voidOf('c');
    expect(voided).toMatchObject({
      itemId: ITEM,
      version: 3,
      item: { eventId: 'b', quantity: 2, version: 3 },
    });
    expect(await item()).toMatchObject({ quantity: 2, version: 3, eventId: 'b' });

    // What fell stays as it fell; the void is a row of its own.
    expect(await eventOf('c')).toMatchObject({ decision: 'won', rule: 'newer', version: 2 });
    expect(await eventOf('b')).toMatchObject({ decision: 'superseded', rule: 'older', version: null });
    expect(await eventOf(voided.eventId, 'manual')).toMatchObject({
      kind: 'void',
      decision: 'applied',
      actor: 'ada',
      reason: 'wrong unit',
      version: 3,
    });
    const due = await test.database.supplierEvent.findMany({ where: { startDueUs: { not: null } } });
    expect(due.map(({ eventId }) => eventId).toSorted()).toEqual(['b', voided.eventId]);
    const versions = await test.database.catalogItemVersion.findMany({ orderBy: { version: 'asc' } });
    expect(versions.map(({ rule, publication }) => [rule, publication])).toEqual([
      ['first', 'overtaken'],
      ['newer', 'overtaken'],
      ['repaired', 'due'],
    ]);

    expect(await saveAgain('b')).toMatchObject({
      outcome: 'won',
      rule: 'repaired',
      version: 3,
      publish: true,
    });
    // It asks, and is told that its version is overtaken.
    expect(await saveAgain('c')).toMatchObject({ outcome: 'won', version: 2, publish: true });
    expect(await saveAgain(voided.eventId, 'manual')).toMatchObject({
      outcome: 'applied',
      rule: 'void',
      publish: false,
    });
    await story.publish((await eventOf('b')).seq, ITEM, 3, ['accepted', 200]);
    expect((await eventOf('b')).startDueUs).toBeNull();
  });

  it('of a loser changes nothing that a customer sees', async () => {
    await story.save({ id: 'b', updatedAt: '2026-06-01T10:00:02Z' });
    await story.save({ id: 'a', updatedAt: '2026-06-01T10:00:01Z' });
    const before = await item();
    expect(await voidOf('a')).toMatchObject({ version: null, item: { eventId: 'b', version: 1 } });
    expect(await item()).toEqual(before);
  });

  it('of one of two equal events changes the winner, but no version', async () => {
    await story.save({ id: 'a' });
    await story.save({ id: 'a', supplier: 'zed' });
    expect(await voidOf('a', 'zed')).toMatchObject({ version: null, item: { supplier: 'acme', version: 1 } });
  });

  it('keeps its event from every later contest', async () => {
    await story.save({ id: 'a', quantity: 1, updatedAt: '2026-06-01T10:00:01Z' });
    await story.save({ id: 'c', quantity: 3, updatedAt: '2026-06-01T10:00:03Z' });
    await voidOf('c');
    await story.save({ id: 'b', quantity: 2, updatedAt: '2026-06-01T10:00:02Z' });
    expect(await item()).toMatchObject({ eventId: 'b', version: 4 });
    expect((await eventOf('b')).beatSeq).toBe((await eventOf('a')).seq);
    await story.receive({ id: 'c', quantity: 3, updatedAt: '2026-06-01T10:00:03Z' });
    expect(await item()).toMatchObject({ eventId: 'b', version: 4 });
    expect(await test.database.duplicateDelivery.count()).toBe(1);
  });

  it('of an event that is not decided yet, or held, keeps it from being decided', async () => {
    await story.save({ id: 'a' });
    await story.receive({ id: 'pending', updatedAt: '2026-06-01T11:00:00Z' });
    expect(await voidOf('pending')).toMatchObject({ version: null, item: { eventId: 'a' } });
    expect(await saveAgain('pending')).toEqual({ outcome: 'voided', publish: false });
    expect(await eventOf('pending')).toMatchObject({ decision: 'voided', startDueUs: null, heldAtUs: null });
    expect(await item()).toMatchObject({ eventId: 'a', version: 1 });
  });

  it('lets an item whose row a hand took away go by the ledger', async () => {
    await story.save({ id: 'b', updatedAt: '2026-06-01T10:00:02Z' });
    await test.sql('DELETE FROM catalog_item');
    await story.save({ id: 'a', updatedAt: '2026-06-01T10:00:01Z' });
    expect(await eventOf('a')).toMatchObject({ decision: 'superseded', rule: 'older' });
  });

  it.each([
    ['twice', async () => void (await voidOf('b')), 'b', /is voided already by ada at .*Z: wrong unit/],
    [
      'of the last event',
      async () => void (await voidOf('b')),
      'a',
      /is the last that stands for canary:CHAIR-01/,
    ],
    [
      'of a rejected event',
      () => story.fail({ id: 'bad' }, 'clock_drift', 'ahead'),
      'bad',
      /was rejected: it takes no part/,
    ],
    ['of an unknown event', async () => undefined, 'nope', /sent no event nope/],
  ])('%s is refused, and leaves nothing behind', async (_what, prepare, eventId, words) => {
    await story.save({ id: 'a', updatedAt: '2026-06-01T10:00:01Z' });
    await story.save({ id: 'b', updatedAt: '2026-06-01T10:00:02Z' });
    await prepare();
    const count = async () => [
      await test.database.supplierEvent.count(),
      await test.database.auditEntry.count(),
    ];
    const before = await count();
    await expect(voidOf(eventId)).rejects.toThrow(words);
    expect(await count()).toEqual(before);
  });

  it('is refused by the database where it names another item than its event', async () => {
    await story.save({ id: 'b' });
    await expect(
      test.sql(`SELECT * FROM void_event('canary', 'acme', 'b', '{"sku": "TABLE-01"}', 'x', 'x')`),
    ).rejects.toThrow('event b of acme is of canary:CHAIR-01, not of canary:TABLE-01');
  });

  it('of a void is refused', async () => {
    await story.save({ id: 'a', updatedAt: '2026-06-01T10:00:01Z' });
    await story.save({ id: 'b', updatedAt: '2026-06-01T10:00:02Z' });
    const { eventId } = await voidOf('b');
    await expect(voidOf(eventId, 'manual')).rejects.toThrow('a void, which cannot be taken back');
  });

  it('leaves at least one of the events of an item standing when all are voided at once', async () => {
    for (const id of ['a', 'b', 'c', 'd']) await story.save({ id });
    const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map((id) => voidOf(id)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    const [{ seq } = { seq: null }] = await test.sql('SELECT true_winner($1) AS seq', [ITEM]);
    expect(String((await item()).winnerSeq)).toBe(seq);
  });

  it('needs to be told which event is meant when several suppliers used its id', async () => {
    await story.save({ id: 'same' });
    await story.save({ id: 'same', supplier: 'zed' });
    await expect(findTheEvent(test.database, { eventId: 'same' })).rejects.toThrow('--supplier zed');
    const found = await findTheEvent(test.database, { eventId: 'same', supplier: 'zed' });
    expect(found).toEqual({ tenant: 'canary', supplier: 'zed', eventId: 'same' });
    await expect(findTheEvent(test.database, { eventId: 'same', tenant: 'other' })).rejects.toThrow(
      'No event',
    );
  });
});
