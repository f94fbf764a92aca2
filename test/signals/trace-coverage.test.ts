import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { incompleteTrace, readTraceCoverage } from '../../src/signals/trace-coverage.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { ago, handMadeLedger, NOW } from './ledger.ts';

let db: TestDatabase;
let ledger: ReturnType<typeof handMadeLedger>;
let tenants = 0;
let tenant = '';

beforeAll(async () => {
  db = await testDatabase();
  ledger = handMadeLedger(db);
});
afterAll(() => db.drop());
beforeEach(async () => {
  tenants += 1;
  tenant = `trace-${tenants}`;
  await openTenant(db.database, tenant, ['acme', 'bolt']);
});

const coverage = (supplier: string | null = null) => ledger.read('trace_coverage', tenant, supplier);
const one = (seq: bigint) => incompleteTrace(db.database, { seq });

/** An item with a first winner, one that beat it, and a loser; all complete. */
async function contest() {
  const first = await ledger.publish(tenant, {
    sku: 'A',
    receivedAgo: 600,
    quantity: 9,
    updatedAt: ago(600),
  });
  const winner = await ledger.publish(tenant, {
    sku: 'A',
    receivedAgo: 500,
    quantity: 7,
    updatedAt: ago(500),
  });
  const received = await ledger.receive(tenant, { sku: 'A', receivedAgo: 400, updatedAt: ago(550) });
  await ledger.decide(tenant, received, 399);
  await db.sql('UPDATE supplier_event SET start_due_us = NULL WHERE seq = $1', [received.seq]);
  return { first, winner, loser: { ...received, itemId: first.itemId } };
}

describe('trace coverage', () => {
  it('is inconclusive without an event of over 90 s ago', async () => {
    expect(await coverage()).toMatchObject({ verdict: 'inconclusive', value: null });
    await ledger.publish(tenant, { receivedAgo: 90 });
    expect(await coverage()).toMatchObject({ verdict: 'inconclusive', of: 0 });
    await ledger.publish(tenant, { receivedAgo: 90.000001 });
    expect(await coverage()).toMatchObject({ verdict: 'pass', value: 1, of: 1 });
    expect(await coverage('acme')).toMatchObject({ verdict: 'pass' });
    expect(await coverage('bolt')).toMatchObject({ verdict: 'inconclusive' });
  });

  it('is whole for winners, losers, rejected events, corrections and ties', async () => {
    const { first, winner, loser } = await contest();
    for (const { seq } of [first, winner, loser]) expect(await one(seq)).toBeNull();
    const tie = await ledger.publish(tenant, {
      sku: 'A',
      supplier: 'bolt',
      receivedAgo: 300,
      quantity: 7,
      updatedAt: ago(500),
    });
    const { seq } = await ledger.receive(tenant, { sku: '???', receivedAgo: 300 });
    await db.sql(`SELECT record_event_failure($1, 'malformed_sku', 'no', 0)`, [seq]);
    expect(await one(tie.seq)).toBeNull();
    expect(await one(seq)).toBeNull();
    expect(await coverage()).toMatchObject({ verdict: 'pass', value: 1, of: 5 });
  });

  it('says the same when it takes many statements, whichever event is altered', async () => {
    const { first, winner, loser } = await contest();
    await ledger.receive(tenant, { sku: 'B', supplier: 'bolt', receivedAgo: 100_000 });
    const old = await ledger.receive(tenant, { sku: 'C', receivedAgo: 90_000 });
    const read = (atOnce?: number) =>
      readTraceCoverage(db.database, { tenants: [tenant], nowUs: NOW }, atOnce).then((readings) =>
        readings.toSorted((a, b) => String(a.supplier).localeCompare(String(b.supplier))),
      );
    for (const { seq } of [old, first, winner, loser]) {
      await db.sql('UPDATE supplier_event SET quantity = quantity + 1 WHERE seq = $1', [seq]);
      const whole = await read();
      for (const atOnce of [1, 2, 3, 4]) expect(await read(atOnce)).toEqual(whole);
      await db.sql('UPDATE supplier_event SET quantity = quantity - 1 WHERE seq = $1', [seq]);
    }
    expect((await read(1)).find(({ supplier }) => supplier === null)).toMatchObject({ of: 5, value: 3 / 5 });
    expect(await readTraceCoverage(db.database, { tenants: [], nowUs: NOW }, 1)).toEqual([]);
  });

  it('misses while an event is undecided, however old, and names it', async () => {
    await contest();
    const { eventId, seq } = await ledger.receive(tenant, { receivedAgo: 91 });
    const reading = await coverage();
    expect(reading).toMatchObject({ verdict: 'miss', value: 0.75, of: 4 });
    expect(reading.reason).toMatch(/^3 of 4 events in the last 24 hours have a complete trace/);
    expect(reading.reason).toContain(`acme/${eventId}, is not decided (untraceable_event)`);
    expect(await one(seq)).toBe('is not decided');
    await db.sql('UPDATE supplier_event SET received_at_us = $2 WHERE seq = $1', [seq, ago(10 * 86_400)]);
    expect(await coverage()).toMatchObject({ verdict: 'miss' });
  });

  it('does not show one incomplete trace of a hundred thousand as 100 %', async () => {
    const { valueText } = await import('../../src/domain/verdict.ts');
    expect(valueText(99_999 / 100_000, 'fraction')).toBe('99.99 %');
  });

  describe('after a hand has altered', () => {
    const alterations: [
      string,
      (made: Awaited<ReturnType<typeof contest>>) => [string, unknown[]],
      RegExp,
    ][] = [
      [
        "the winner's quantity",
        ({ winner }) => ['UPDATE supplier_event SET quantity = 99 WHERE seq = $1', [winner.seq]],
        /content does not match its digest|did not lose|did not win/,
      ],
      [
        "the loser's quantity",
        ({ loser }) => ['UPDATE supplier_event SET quantity = 99 WHERE seq = $1', [loser.seq]],
        /content does not match its digest/,
      ],
      [
        "the loser's time",
        ({ loser }) => ['UPDATE supplier_event SET updated_at_us = 1 WHERE seq = $1', [loser.seq]],
        /content does not match its digest/,
      ],
      [
        'a digest',
        ({ first }) => [`UPDATE supplier_event SET digest = sha256('x') WHERE seq = $1`, [first.seq]],
        /content does not match its digest/,
      ],
      [
        'whom an event lost to',
        ({ loser, first }) => [
          'UPDATE supplier_event SET lost_to_seq = $2 WHERE seq = $1',
          [loser.seq, first.seq],
        ],
        /did not lose to/,
      ],
      [
        'a rule',
        ({ loser }) => [`UPDATE supplier_event SET rule = 'lesser_event_id' WHERE seq = $1`, [loser.seq]],
        /did not lose to/,
      ],
      [
        'the rule of a winner',
        ({ winner }) => [`UPDATE supplier_event SET rule = 'lower_quantity' WHERE seq = $1`, [winner.seq]],
        /did not win/,
      ],
      [
        "the catalog's winner",
        ({ first }) => [
          'UPDATE catalog_item SET winner_seq = $2 WHERE item_id = $1',
          [first.itemId, first.seq],
        ],
        /winner is not the ledger's/,
      ],
      [
        "the catalog's winner with all that it says",
        ({ first }) => [
          `UPDATE catalog_item i SET winner_seq = e.seq, quantity = e.quantity, updated_at_us = e.updated_at_us,
                  event_id = e.event_id, version = 1 FROM supplier_event e WHERE e.seq = $2 AND i.item_id = $1`,
          [first.itemId, first.seq],
        ],
        /winner is not the ledger's/,
      ],
      [
        "the catalog's quantity",
        ({ first }) => ['UPDATE catalog_item SET quantity = 1 WHERE item_id = $1', [first.itemId]],
        /does not say what its winner says/,
      ],
      [
        "the catalog's event",
        ({ first }) => [`UPDATE catalog_item SET event_id = 'x' WHERE item_id = $1`, [first.itemId]],
        /does not say what its winner says/,
      ],
      [
        "the catalog's version",
        ({ first }) => ['UPDATE catalog_item SET version = 7 WHERE item_id = $1', [first.itemId]],
        /does not say what its winner says/,
      ],
      [
        'a version',
        ({ first }) => [
          'UPDATE catalog_item_version SET quantity = 1 WHERE item_id = $1 AND version = 1',
          [first.itemId],
        ],
        /made no version/,
      ],
      [
        'the catalog by taking the row away',
        ({ first }) => ['DELETE FROM catalog_item WHERE item_id = $1', [first.itemId]],
        /not in the catalog/,
      ],
      [
        'the attempts by taking them away',
        ({ winner }) => ['DELETE FROM publish_attempt WHERE item_id = $1 AND version = 2', [winner.itemId]],
        /publication has not begun/,
      ],
      [
        'the workflow id',
        ({ winner }) => [`UPDATE supplier_event SET workflow_id = '' WHERE seq = $1`, [winner.seq]],
        /no workflow id/,
      ],
    ];

    it.each(alterations)('%s, it misses and says so', async (_, alter, words) => {
      const made = await contest();
      expect(await coverage()).toMatchObject({ verdict: 'pass', of: 3 });
      const [statement, values] = alter(made);
      await db.sql(statement, values);
      const reading = await coverage();
      expect(reading.verdict).toBe('miss');
      expect(reading.reason).toMatch(words);
      await db.sql(`UPDATE supplier_event SET workflow_id = 'sync:' || seq WHERE workflow_id = ''`);
    });
  });

  it('takes a winner that had been beaten by then for altered, also where the rule would fit', async () => {
    const oldest = await ledger.publish(tenant, { sku: 'A', receivedAgo: 900, updatedAt: ago(900) });
    await ledger.publish(tenant, { sku: 'A', receivedAgo: 800, updatedAt: ago(800) });
    const loser = await ledger.receive(tenant, { sku: 'A', receivedAgo: 700, updatedAt: ago(950) });
    await ledger.decide(tenant, loser, 699);
    expect(await one(loser.seq)).toBeNull();
    await db.sql('UPDATE supplier_event SET lost_to_seq = $2 WHERE seq = $1', [loser.seq, oldest.seq]);
    expect(await one(loser.seq)).toMatch(/did not lose to/);
  });

  it('is whole after a void, for the event taken out, its heir, the void and who lost to it', async () => {
    const { first, winner, loser } = await contest();
    const voids = await ledger.receive(tenant, { sku: 'A', receivedAgo: 300 });
    await db.sql('SELECT * FROM apply_void($1, $2, $3, $4, $5)', [
      voids.seq,
      winner.seq,
      winner.itemId,
      'wrong',
      'ann',
    ]);
    await ledger.attempt({ ...first, version: 3 }, 'accepted', 200);
    const after = await ledger.receive(tenant, { sku: 'A', receivedAgo: 250, updatedAt: ago(700) });
    await ledger.decide(tenant, after, 249);
    for (const { seq } of [first, winner, loser, voids, after]) expect(await one(seq)).toBeNull();
    await db.sql('UPDATE supplier_event SET voided_by_seq = $2 WHERE seq = $1', [winner.seq, first.seq]);
    expect(await one(winner.seq)).toMatch(/void that does not name it/);
  });

  it('leaves out held events until 90 s after their flag has opened', async () => {
    await db.sql(`UPDATE supplier SET state = 'closed' WHERE tenant_id = $1 AND id = 'bolt'`, [tenant]);
    await contest();
    const held = await ledger.receive(tenant, { supplier: 'bolt', receivedAgo: 900 });
    await ledger.decide(tenant, held, 899);
    expect(await coverage()).toMatchObject({ verdict: 'pass', of: 3 });
    await db.sql(`UPDATE supplier SET state = 'open' WHERE tenant_id = $1 AND id = 'bolt'`, [tenant]);
    await db.sql(`UPDATE supplier SET opened_at_us = $2 WHERE tenant_id = $1 AND id = 'bolt'`, [
      tenant,
      ago(90),
    ]);
    expect(await coverage()).toMatchObject({ verdict: 'pass', of: 3 });
    await db.sql(`UPDATE supplier SET opened_at_us = $2 WHERE tenant_id = $1 AND id = 'bolt'`, [
      tenant,
      ago(91),
    ]);
    expect(await coverage()).toMatchObject({ verdict: 'miss', of: 4 });
    expect(await coverage('bolt')).toMatchObject({ verdict: 'miss', value: 0 });
  });

  it('lets a version wait that a closed flag withholds, and not once the flag is open', async () => {
    const made = await ledger.decide(tenant, await ledger.receive(tenant, { receivedAgo: 600 }), 599);
    expect(await one(made.seq)).toMatch(/publication has not begun/);
    await db.sql(`UPDATE catalog_item_version SET publication = 'withheld' WHERE item_id = $1`, [
      made.itemId,
    ]);
    expect(await one(made.seq)).toMatch(/publication has not begun/);
    await db.sql(`UPDATE tenant SET state = 'closed' WHERE id = $1`, [tenant]);
    expect(await one(made.seq)).toBeNull();
    expect(await coverage()).toMatchObject({ verdict: 'pass', of: 1 });
  });

  it('is inconclusive while events are dated ahead of the clock', async () => {
    await contest();
    await ledger.receive(tenant, { receivedAgo: -600 });
    expect(await coverage()).toMatchObject({ verdict: 'inconclusive', value: null });
  });

  it('throws for an event that is not there', async () => {
    await expect(one(999_999_999n)).rejects.toThrow('not in the ledger');
  });
});
