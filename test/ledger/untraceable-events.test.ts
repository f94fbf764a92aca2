import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { databaseNow } from '../../src/database/clock.ts';
import { countFailureModes } from '../../src/ledger/count-failure-modes.ts';
import { countUntraceable } from '../../src/ledger/count-untraceable.ts';
import { listEvents } from '../../src/ledger/list-events.ts';
import { countWindow, readWindowPage, type ReplayWindow } from '../../src/replay/replay-window.ts';
import { GAPS, type Gap } from '../../src/signals/gaps.ts';
import { incompleteTrace, readTraceCoverage } from '../../src/signals/trace-coverage.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { storyTeller } from '../trace/story.ts';

let db: TestDatabase;
let tenants = 0;
let tenant = '';

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  tenants += 1;
  tenant = `gaps-${tenants}`;
  await openTenant(db.database, tenant, ['acme', 'bolt']);
});

/** Two items, one with a winner that beat another and one that lost, the other with a winner; told to the shop. */
async function contest(): Promise<void> {
  const story = storyTeller(db);
  const save = (id: string, updatedAt: string, sku = 'A') =>
    story.save({ tenant, id, sku, updatedAt: `2026-06-01T${updatedAt}:00Z` });
  const first = await save('first', '10:00');
  await story.publish(first, `${tenant}:A`, 1, ['accepted', 200]);
  const winner = await save('winner', '12:00');
  await story.publish(winner, `${tenant}:A`, 2, ['accepted', 200]);
  await save('loser', '11:00');
  await story.publish(await save('alone', '10:00', 'B'), `${tenant}:B`, 1, ['accepted', 200]);
  await story.fail({ tenant, id: 'refused', sku: '?' }, 'malformed_sku', 'no');
  await db.sql(
    'UPDATE supplier_event SET received_at_us = received_at_us - 600000000, start_due_us = NULL WHERE tenant_id = $1',
    [tenant],
  );
}

const event = (id: string) => `tenant_id = '${tenant}' AND event_id = '${id}'`;
const seqOf = (id: string) => `(SELECT seq FROM supplier_event WHERE ${event(id)})`;

/** The ids of the untraceable events, by all that names or counts them. */
async function untraceable(): Promise<string[]> {
  const nowUs = await databaseNow(db.database);
  const page = { before: undefined, limit: 100 };
  const listed = await listEvents(db.database, { tenant, failureMode: 'untraceable_event' }, page);
  const names = listed.map(({ eventId }) => eventId).toSorted((a, b) => (a < b ? -1 : 1));

  const window: ReplayWindow = {
    tenant,
    failureMode: 'untraceable_event',
    by: 'received_at',
    since: 0n,
    until: nowUs,
    asOf: nowUs,
  };
  const { events } = await readWindowPage(db.database, window);
  expect(events.map(({ eventId }) => eventId).toSorted((a, b) => (a < b ? -1 : 1))).toEqual(names);
  expect(await countWindow(db.database, window)).toBe(names.length);
  const byUpdate: ReplayWindow = { ...window, by: 'updated_at' };
  expect(await countWindow(db.database, byUpdate)).toBe(names.length);

  const counts = await countFailureModes(db.database, tenant, nowUs - 86_400_000_000n);
  expect(counts.find(({ failureMode }) => failureMode === 'untraceable_event')?.count).toBe(names.length);

  const readings = await readTraceCoverage(db.database, { tenants: [tenant], nowUs });
  const { of = 0, value, reason = '' } = readings.find(({ supplier }) => supplier === null) ?? {};
  expect(Math.round(of * (1 - (value ?? 1)))).toBe(names.length);
  const [, example] = /The latest without one, acme\/(\w+),/.exec(reason) ?? [];
  expect(names.length === 0 ? example === undefined : names.includes(example ?? '')).toBe(true);
  return names;
}

/** A fault of each kind, planted by hand, and the events that it makes untraceable. */
const FAULTS: Record<Gap, [() => string, string[]]> = {
  digest: [() => `UPDATE supplier_event SET digest = 'x' WHERE ${event('loser')}`, ['loser']],
  workflow: [() => `UPDATE supplier_event SET workflow_id = '' WHERE ${event('alone')}`, ['alone']],
  undecided: [
    () => `UPDATE supplier_event SET decision = NULL, decision_no = NULL, decided_at_us = NULL, rule = NULL,
                  failure_mode = NULL WHERE ${event('refused')}`,
    ['refused'],
  ],
  rejection: [() => `UPDATE supplier_event SET failure_mode = NULL WHERE ${event('refused')}`, ['refused']],
  other_sku: [() => `UPDATE supplier_event SET item_id = '${tenant}:C' WHERE ${event('loser')}`, ['loser']],
  not_by_rule: [
    () => `WITH j AS (INSERT INTO judging_rule (sku_pattern, clock_tolerance_seconds) VALUES ('.*', -100000000)
                      ON CONFLICT (sku_pattern, clock_tolerance_seconds) DO UPDATE SET sku_pattern = '.*' RETURNING id)
           UPDATE supplier_event e SET judged_by = j.id FROM j WHERE ${event('loser')}`,
    ['loser'],
  ],
  sku_not_by_rule: [
    () => `WITH j AS (INSERT INTO judging_rule (sku_pattern, clock_tolerance_seconds) VALUES ('[B-Z]-\\d{1,3}', 300)
                      ON CONFLICT (sku_pattern, clock_tolerance_seconds) DO UPDATE SET clock_tolerance_seconds = 300
                      RETURNING id)
           UPDATE supplier_event e SET judged_by = j.id FROM j WHERE ${event('loser')}`,
    ['loser'],
  ],
  void: [
    () => `UPDATE supplier_event SET voided_by_seq = ${seqOf('first')} WHERE ${event('loser')}`,
    ['loser'],
  ],
  expiry: [
    () => `UPDATE supplier_event SET expired_by_seq = ${seqOf('first')} WHERE ${event('loser')}`,
    ['loser'],
  ],
  lost_to: [() => `UPDATE supplier_event SET rule = 'lesser_supplier' WHERE ${event('loser')}`, ['loser']],
  beat: [() => `UPDATE supplier_event SET rule = 'lower_quantity' WHERE ${event('winner')}`, ['winner']],
  no_item: [() => `DELETE FROM catalog_item WHERE item_id = '${tenant}:A'`, ['first', 'loser', 'winner']],
  winner: [
    () => `UPDATE catalog_item SET winner_seq = ${seqOf('first')} WHERE item_id = '${tenant}:A'`,
    ['first', 'loser', 'winner'],
  ],
  // Of the winner itself it is the digest.
  winner_digest: [
    () => `UPDATE supplier_event SET digest = 'x' WHERE ${event('winner')}`,
    ['first', 'loser', 'winner'],
  ],
  row: [
    () => `UPDATE catalog_item SET quantity = 99 WHERE item_id = '${tenant}:A'`,
    ['first', 'loser', 'winner'],
  ],
  shares: [
    () => `UPDATE catalog_item_version SET stock_rule_id = 0, shares = '[]' WHERE item_id = '${tenant}:B'`,
    ['alone'],
  ],
  no_version: [
    () => `UPDATE catalog_item_version SET quantity = 99 WHERE item_id = '${tenant}:A' AND version = 1`,
    ['first'],
  ],
  unpublished: [() => `DELETE FROM publish_attempt WHERE item_id = '${tenant}:B'`, ['alone']],
};

it('has words for whatever the database can find, and for nothing else', async () => {
  const texts = await Promise.all(
    ['trace_gap', 'item_gap'].map((name) => readFile(`prisma/functions/${name}.sql`, 'utf8')),
  );
  const found = [...texts.join('').matchAll(/(?:THEN|ELSE) '(\w+)'/g)].map(([, gap]) => gap);
  expect(new Set(found)).toEqual(new Set(Object.keys(GAPS)));
});

describe('an untraceable event', () => {
  it('is none of a complete ledger', async () => {
    await contest();
    expect(await untraceable()).toEqual([]);
  });

  it.each(Object.entries(FAULTS))(
    'with the fault %s is the same for signal, count, list and replay',
    async (gap, [plant, names]) => {
      await contest();
      await db.sql(plant());
      expect(await untraceable()).toEqual(names);
      const seqs = await db.sql<{ seq: string }>(
        'SELECT seq FROM supplier_event WHERE tenant_id = $1 AND event_id = ANY ($2) ORDER BY seq',
        [tenant, names],
      );
      const words = await Promise.all(
        seqs.map(({ seq }) => incompleteTrace(db.database, { seq: BigInt(seq) })),
      );
      expect(words).toContain(GAPS[gap as Gap]);
      await db.sql(`UPDATE supplier_event SET workflow_id = 'sync:' || seq WHERE workflow_id = ''`);
    },
  );

  it('is one of the tenant and of the suppliers asked for', async () => {
    await contest();
    await db.sql(`UPDATE catalog_item SET quantity = 99 WHERE item_id = '${tenant}:A'`);
    const page = { before: undefined, limit: 100 };
    const list = (supplier: string) =>
      listEvents(db.database, { tenant, supplier, failureMode: 'untraceable_event' }, page);
    expect(await list('acme')).toHaveLength(3);
    expect(await list('bolt')).toEqual([]);
  });

  it('has had 90 s since it came or its flag opened, and is not held', async () => {
    const story = storyTeller(db);
    const age = (seconds: number) =>
      db.sql(`UPDATE supplier_event SET received_at_us = now_us() - $2::bigint WHERE tenant_id = $1`, [
        tenant,
        seconds * 1e6,
      ]);
    await story.receive({ tenant, id: 'e' });
    await age(80);
    expect(await untraceable()).toEqual([]);
    await age(100);
    expect(await untraceable()).toEqual(['e']);
    await db.sql("UPDATE tenant SET state = 'closed' WHERE id = $1", [tenant]);
    expect(await untraceable()).toEqual([]);
    await db.sql("UPDATE tenant SET state = 'open' WHERE id = $1", [tenant]);
    expect(await untraceable()).toEqual([]);
    await db.sql('UPDATE tenant SET opened_at_us = opened_at_us - 100000000 WHERE id = $1', [tenant]);
    expect(await untraceable()).toEqual(['e']);
  });
});

it('of very many events, the newest are counted', async () => {
  await contest();
  await db.sql(`UPDATE supplier_event SET digest = 'x' WHERE tenant_id = '${tenant}'`);
  const counted = async (most?: number) =>
    (await countUntraceable(db.database, { tenant, since: 0n }, most)).count;
  expect([await counted(1), await counted(3), await counted(5), await counted()]).toEqual([1, 3, 5, 5]);
});
