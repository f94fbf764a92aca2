import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db?.drop());

const DUE = { event_id: 'e-1', sku: 'CHAIR-7', location: '', kind: 'update', quantity: 1 };
const DECIDED = { ...DUE, decision_no: 1, decided_at_us: 1, item_id: 'shop:CHAIR-7' };
const WON = { ...DECIDED, decision: 'won', rule: 'first', version: 1 };
const LOST = { ...DECIDED, decision: 'superseded', rule: 'older', lost_to_seq: 2 };
const FIX = { ...DUE, kind: 'correction', reason: 'counted anew', actor: 'eve' };
const VOID = { ...DECIDED, kind: 'void', reason: 'wrong', actor: 'eve', target_seq: 2, rule: 'void' };

const isWhole = async (row: Record<string, unknown>): Promise<unknown> =>
  (
    await db.sql('SELECT event_is_whole(jsonb_populate_record(NULL::supplier_event, $1::jsonb)) AS whole', [
      JSON.stringify(row),
    ])
  )[0]?.['whole'];

describe('a row of the ledger', () => {
  it.each([
    ['due', DUE],
    ['oversold', { ...DUE, quantity: -3 }],
    ['won', WON],
    ['lost', LOST],
    ['rejected, of no item', { ...DECIDED, decision: 'rejected', rule: 'malformed_sku', item_id: null }],
    ['a fix', FIX],
    ['a void', { ...VOID, decision: 'applied' }],
    ['an expiry that is due', { ...DUE, kind: 'expiry', target_seq: 2 }],
    ['voided', { ...DECIDED, decision: 'voided', rule: 'voided', voided_by_seq: 2 }],
  ])('is whole: %s', async (_name, row) => {
    expect(await isWhole(row)).toBe(true);
  });

  it.each([
    ['id_length', { ...DUE, event_id: '' }],
    ['id_length', { ...DUE, event_id: 'e'.repeat(201) }],
    ['sku_length', { ...DUE, sku: 'S'.repeat(257) }],
    ['location_length', { ...DUE, location: 'l'.repeat(41) }],
    ['kind_known', { ...DUE, kind: 'guess' }],
    ['correction_not_negative', { ...FIX, quantity: -1 }],
    ['manual_fix_explained', { ...FIX, reason: null }],
    ['manual_fix_explained', { ...DUE, actor: 'eve' }],
    ['void_has_target', { ...VOID, decision: 'applied', target_seq: null }],
    ['void_has_target', VOID],
    ['decision_known', { ...WON, decision: 'tied' }],
    ['decision_whole', { ...WON, decided_at_us: null }],
    ['decision_whole', { ...DUE, rule: 'first' }],
    ['rule_known', { ...WON, rule: 'louder' }],
    ['winner_has_version', { ...WON, version: null }],
    ['winner_has_version', { ...LOST, version: 1 }],
    ['loser_names_winner', { ...LOST, lost_to_seq: null }],
    ['voided_once', { ...DECIDED, decision: 'voided', rule: 'voided' }],
    ['decided_has_item', { ...WON, item_id: null }],
    ['failure_mode_known', { ...DUE, failure_mode: 'gremlins' }],
  ])('is refused, and why is said: %s', async (why, row) => {
    await expect(isWhole(row)).rejects.toMatchObject({ code: '23514', constraint: `supplier_event_${why}` });
  });

  it('is asked whoever writes it', async () => {
    await openTenant(db.database, 'shop', ['acme']);
    await record(db.database, 'shop', 'acme', [
      { eventId: 'e-1', sku: 'CHAIR-7', quantity: 1, updatedAt: seconds(1_780_000_000) },
    ]);
    await expect(db.sql(`UPDATE supplier_event SET kind = 'guess'`)).rejects.toThrow(
      'new row for relation "supplier_event" violates check constraint "supplier_event_kind_known"',
    );
  });
});
