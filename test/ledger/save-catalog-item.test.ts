import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveCatalogItem } from '../../src/ledger/save-catalog-item.ts';
import { compareContenders, type Contender } from '../../src/domain/winner.ts';
import { contest, shuffled, suppliers } from '../support/arbitrary-events.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import { SAYING_WHY } from '../support/saying-why.ts';

let db: TestDatabase;
let items = 0;

beforeAll(async () => {
  db = await testDatabase({ connections: 16 });
  await openTenant(db.database, 't', [...suppliers]);
});
afterAll(() => db.drop());

/** Records the events, each run's under ids of their own, and saves them in the order given, `lanes` at a time. */
async function arrive(events: readonly Contender[], lanes: number): Promise<string> {
  items += 1;
  const sku = `CHAIR-${items}`;
  const itemId = `t:${sku}`;
  const prefix = `${items}/`;
  for (const supplier of suppliers) {
    const own = events.filter((event) => event.supplier === supplier);
    const rows = own.map(({ eventId, quantity, updatedAt }) => ({
      eventId: prefix + eventId,
      quantity,
      updatedAt,
      sku,
    }));
    if (rows.length > 0) await record(db.database, 't', supplier, rows);
  }
  const seqs = new Map(
    (
      await db.sql<{ seq: string; supplier_id: string; event_id: string }>(
        'SELECT seq, supplier_id, event_id FROM supplier_event WHERE sku = $1',
        [sku],
      )
    ).map((row) => [`${row.supplier_id}/${row.event_id}`, row.seq]),
  );
  const queue = [...events];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const seq = seqs.get(`${next.supplier}/${prefix}${next.eventId}`);
      await saveCatalogItem(db.database, { seq: String(seq), itemId, sku });
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return itemId;
}

const find = (itemId: string) =>
  db.database.catalogItem.findUniqueOrThrow({ where: { itemId }, include: { winner: true } });

describe('saving events of one item', () => {
  it('ends with the same item and winner in every order, with repetitions, over concurrent connections', async () => {
    await fc.assert(
      fc.asyncProperty(
        contest(50).chain((events) => fc.tuple(fc.constant(events), shuffled(events))),
        async ([events, order]) => {
          const best = events.toSorted(compareContenders).at(-1);
          const itemId = await arrive(order, 8);
          const item = await find(itemId);
          expect({
            supplier: item.supplierId,
            eventId: item.eventId.slice(item.eventId.indexOf('/') + 1),
            quantity: item.quantity,
            updatedAt: item.updatedAtUs,
          }).toEqual(best);

          const losers = await db.database.supplierEvent.findMany({
            where: { itemId, decision: 'superseded' },
          });
          for (const loser of losers) {
            const lostTo = await db.database.supplierEvent.findUniqueOrThrow({
              where: { seq: loser.lostToSeq ?? 0n },
            });
            expect(compareContenders(contenderOf(lostTo), contenderOf(loser))).toBeGreaterThan(0);
          }
          const undecided = await db.database.supplierEvent.count({ where: { itemId, decision: null } });
          expect(undecided).toBe(0);

          const versions = await db.database.catalogItemVersion.findMany({
            where: { itemId },
            orderBy: { version: 'asc' },
          });
          expect(versions.map(({ version }) => version)).toEqual(versions.map((_, index) => index + 1));
          expect(versions.at(-1)).toMatchObject({ version: item.version, quantity: item.quantity });
        },
      ),
      { numRuns: 40, ...SAYING_WHY },
    );
  });

  it('answers the same when it is run again, and changes nothing', async () => {
    const itemId = await arrive(
      [
        { supplier: 'acme', eventId: 'b', quantity: 7, updatedAt: 2n },
        { supplier: 'acme', eventId: 'a', quantity: 9, updatedAt: 1n },
      ],
      1,
    );
    const sku = itemId.slice(2);
    const before = await db.sql('SELECT * FROM supplier_event WHERE item_id = $1 ORDER BY seq', [itemId]);
    const again = await Promise.all(
      before.map(({ seq }) => saveCatalogItem(db.database, { seq: String(seq), itemId, sku })),
    );
    expect(again.map(({ saved, fresh }) => [saved.outcome, fresh])).toEqual([
      ['superseded', false],
      ['won', false],
    ]);
    expect(await db.sql('SELECT * FROM supplier_event WHERE item_id = $1 ORDER BY seq', [itemId])).toEqual(
      before,
    );
    expect(again[0]?.saved).toMatchObject({ rule: 'older', lostTo: `acme/${items}/b` });
  });

  it('lets an equal event take over the item without a new version', async () => {
    const itemId = await arrive(
      [
        { supplier: 'acme', eventId: 'a', quantity: 7, updatedAt: 2n },
        { supplier: 'globex', eventId: 'a', quantity: 7, updatedAt: 2n },
      ],
      1,
    );
    expect(await find(itemId)).toMatchObject({ supplierId: 'globex', version: 1 });
    expect(await db.database.catalogItemVersion.count({ where: { itemId } })).toBe(1);
  });

  it('holds events while a flag is closed, and decides them after it is open', async () => {
    await db.database.supplier.update({
      where: { tenantId_id: { tenantId: 't', id: 'initech' } },
      data: { state: 'closed' },
    });
    const event = { supplier: 'initech', eventId: 'held', quantity: 1, updatedAt: 1n };
    const itemId = await arrive([event], 1);
    expect(await db.database.catalogItem.findUnique({ where: { itemId } })).toBeNull();
    await db.database.supplier.update({
      where: { tenantId_id: { tenantId: 't', id: 'initech' } },
      data: { state: 'open' },
    });
    const [row] = await db.sql<{ seq: string }>(
      'SELECT seq FROM supplier_event WHERE item_id = $1 AND held_at_us IS NOT NULL',
      [itemId],
    );
    const { saved } = await saveCatalogItem(db.database, {
      seq: String(row?.seq),
      itemId,
      sku: itemId.slice(2),
    });
    expect(saved).toMatchObject({ outcome: 'won', version: 1, publish: true });
  });
});

describe('the ledger', () => {
  it('lets no row go, whichever process asks', async () => {
    await record(db.database, 't', 'acme', [{ eventId: 'kept', sku: 'K', quantity: 1, updatedAt: 1n }]);
    for (const role of ['server', 'worker', 'operator', 'pruner'] as const) {
      const ask = (statement: string) => db.as(role).$executeRawUnsafe(statement);
      await expect(ask('DELETE FROM supplier_event')).rejects.toThrow('permission denied');
      await expect(ask('TRUNCATE supplier_event CASCADE')).rejects.toThrow('permission denied');
    }
  });

  it('records each repeated delivery, and a conflict with what it said', async () => {
    const event = { eventId: 'twice', sku: 'K', quantity: 1, updatedAt: 5n };
    const receipts = await record(db.database, 't', 'acme', [event, event, { ...event, quantity: 2 }]);
    expect(receipts.map(({ status }) => status)).toEqual(['accepted', 'duplicate', 'conflict']);
    expect((await record(db.database, 't', 'acme', [event]))[0]).toMatchObject({ status: 'duplicate' });
    const deliveries = await db.sql(
      `SELECT conflict, content FROM duplicate_delivery d JOIN supplier_event e USING (seq)
        WHERE event_id = 'twice' ORDER BY id`,
    );
    expect(deliveries).toEqual([
      { conflict: false, content: null },
      { conflict: true, content: { sku: 'K', quantity: 2, updatedAtUs: '5' } },
      { conflict: false, content: null },
    ]);
  });

  it('takes the same events from many senders at once, in any order, once each', async () => {
    const events = Array.from({ length: 60 }, (_, no) => ({
      eventId: `many-${no}`,
      sku: 'M',
      quantity: no,
      updatedAt: BigInt(no),
    }));
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, sender) =>
        record(db.database, 't', 'globex', [...events.slice(sender * 3), ...events.slice(0, sender * 3)]),
      ),
    );
    const statuses = answers.flat().map(({ status }) => status);
    expect(statuses.filter((status) => status === 'accepted')).toHaveLength(60);
    expect(statuses.filter((status) => status === 'duplicate')).toHaveLength(15 * 60);
    const [row] = await db.sql(
      `SELECT sum(c.duplicates) AS counted, sum(c.conflicts) AS conflicts,
              sum((SELECT count(*) FROM duplicate_delivery d WHERE d.seq = e.seq)) AS kept
         FROM duplicate_count c JOIN supplier_event e USING (seq) WHERE event_id LIKE 'many-%'`,
    );
    // All are counted; of each event, the last ten are kept.
    expect(row).toEqual({ counted: '900', conflicts: '0', kept: '600' });
  });
});

function contenderOf(row: {
  supplierId: string;
  eventId: string;
  quantity: number;
  updatedAtUs: bigint;
}): Contender {
  return {
    supplier: row.supplierId,
    eventId: row.eventId,
    quantity: row.quantity,
    updatedAt: row.updatedAtUs,
  };
}
