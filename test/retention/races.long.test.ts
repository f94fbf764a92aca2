import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pruneTenant } from '../../src/retention/prune-tenant.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import { decide, gapsOf, LONG_AGO, seqOf, voidIt } from './history.ts';

const CUTOFF = LONG_AGO + 1_000_000_000n;
const ITEMS = 10;
const EACH = 60;
let db: TestDatabase;

beforeAll(async () => {
  db = await testDatabase({ connections: 16 });
});
afterAll(() => db.drop());

const eventOf = (item: number, no: number) => ({
  eventId: `e-${item}-${no}`,
  sku: `SKU-${item}`,
  quantity: no,
  updatedAt: BigInt(no),
});

async function fill(tenant: string): Promise<void> {
  await openTenant(db.database, tenant, ['acme', 'globex']);
  for (let item = 0; item < ITEMS; item += 1) {
    await record(
      db.database,
      tenant,
      'acme',
      Array.from({ length: EACH }, (_, no) => eventOf(item, no)),
    );
    for (let no = 0; no < EACH; no += 1) {
      await decide(
        db,
        tenant,
        `SKU-${item}`,
        await seqOf(db, tenant, 'acme', `e-${item}-${no}`),
        no % 9 === 0 ? 'accepted' : 'none',
      );
    }
  }
  await db.sql(
    `UPDATE supplier_event SET received_at_us = $2 + seq, start_due_us = NULL WHERE tenant_id = $1`,
    [tenant, LONG_AGO],
  );
}

describe('a prune beside', () => {
  it('deliveries of the very events that it takes: each is a duplicate, at every moment', async () => {
    await fill('again');
    let ended = false;
    const answers: string[] = [];
    const sender = async (seed: number): Promise<void> => {
      for (let round = seed; !ended; round += 1) {
        const item = round % ITEMS;
        const some = Array.from({ length: 20 }, (_, no) => eventOf(item, (round * 7 + no * 3) % EACH));
        const receipts = await record(db.database, 'again', 'acme', some);
        answers.push(...receipts.map(({ status }) => status));
      }
    };
    const senders = [1, 4, 7].map((seed) => sender(seed));
    let pruned = 0;
    try {
      // What was busy is left for the next.
      for (let round = 0; round < 20 && pruned < ITEMS * (EACH - 10); round += 1) {
        pruned += (
          await pruneTenant(
            db.as('pruner'),
            { tenant: 'again', cutoff: CUTOFF, actor: 'test' },
            { atOnce: 15 },
          )
        ).events;
      }
    } finally {
      ended = true;
      await Promise.all(senders);
    }
    expect(pruned).toBeGreaterThan(ITEMS * 20);
    expect(answers.length).toBeGreaterThan(100);
    expect(new Set(answers)).toEqual(new Set(['duplicate']));
    const [row] = await db.sql(
      `SELECT (SELECT count(*) FROM supplier_event WHERE tenant_id = 'again')::integer AS left,
              (SELECT count(*) FROM pruned_event p JOIN prune_run r ON r.id = p.prune_id
                WHERE r.tenant_id = 'again')::integer AS gone,
              (SELECT count(*) FROM supplier_event
                WHERE tenant_id = 'again' AND received_at_us > $1)::integer AS anew,
              (SELECT count(*) FROM supplier_event e JOIN pruned_event p
                   ON p.key = event_key(e.tenant_id, e.supplier_id, e.event_id))::integer AS both`,
      [CUTOFF],
    );
    expect(row).toEqual({ left: ITEMS * EACH - pruned, gone: pruned, anew: 0, both: 0 });
  });

  it('live events, voids and publishes of the same items: nothing is torn, and every trace stays complete', async () => {
    await fill('live');
    const before = await gapsOf(db, 'live');
    let ended = false;
    let made = 0;
    const liver = async (lane: number): Promise<void> => {
      for (let round = 0; !ended; round += 1) {
        const item = (lane + round * 3) % ITEMS;
        const eventId = `live-${lane}-${round}`;
        await record(db.database, 'live', 'globex', [
          { eventId, sku: `SKU-${item}`, quantity: round, updatedAt: BigInt(EACH + round) },
        ]);
        await decide(db, 'live', `SKU-${item}`, await seqOf(db, 'live', 'globex', eventId), 'accepted');
        made += 1;
        if (round % 3 === 0) {
          const [top] = await db.sql<{ supplier_id: string; event_id: string }>(
            'SELECT supplier_id, event_id FROM contending_events($1) LIMIT 1',
            [`live:SKU-${item}`],
          );
          const { supplier_id: supplier, event_id: id } = top as { supplier_id: string; event_id: string };
          await voidIt(db, 'live', { supplier, eventId: id, quantity: 0, updatedAt: 0n });
        }
      }
    };
    const lanes = [0, 1].map((lane) => liver(lane));
    let pruned = 0;
    try {
      for (let round = 0; round < 4; round += 1) {
        pruned += (
          await pruneTenant(
            db.as('pruner'),
            { tenant: 'live', cutoff: CUTOFF, actor: 'test' },
            { atOnce: 10 },
          )
        ).events;
      }
    } finally {
      ended = true;
      await Promise.all(lanes);
    }
    expect(pruned).toBeGreaterThan(ITEMS * 10);
    expect(made).toBeGreaterThan(10);
    const known = new Set(before.map(({ seq }) => seq));
    const gaps = (await gapsOf(db, 'live')).filter(
      ({ seq, gap }) => !known.has(seq) && gap !== 'unpublished',
    );
    expect(gaps).toEqual([]);
    const wrong = await db.sql(
      "SELECT item_id FROM catalog_item WHERE tenant_id = 'live' AND winner_seq IS DISTINCT FROM true_winner(item_id)",
    );
    expect(wrong).toEqual([]);
  });
});
