import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimFileEvents, claimSupplierEvents } from '../../src/ledger/claim-supplier-events.ts';
import { seconds } from '../../src/domain/time.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';

const AT = seconds(1_780_000_000);

let db: TestDatabase;
beforeEach(async () => {
  db = await testDatabase();
  await openTenant(db.database, 'shop', ['acme', 'other']);
});
afterEach(() => db.drop());

interface Sent {
  eventId: string;
  sku: string;
  quantity: number;
  updatedAt: bigint;
  location?: string;
}

const send = (events: readonly Sent[], supplier = 'acme') =>
  record(db.database, 'shop', supplier, [...events]);

const event = (sku: string, no: number, more: Partial<Sent> = {}): Sent => ({
  ...{ eventId: `${sku}-${no}`, sku, quantity: no, updatedAt: AT + seconds(no) },
  ...more,
});

/** @returns event ids, as they were claimed */
async function claim(options: { worker?: string; window?: number; limit?: number } = {}): Promise<string[]> {
  const claimed = await claimSupplierEvents(db.database, {
    ...{ worker: 'w', window: 100_000, share: 100_000, limit: 10, leaseSeconds: 60 },
    ...options,
  });
  return claimed.map(({ input }) => input.eventId);
}

/** Claims until nothing is due. */
async function claimAll(options: Parameters<typeof claim>[0] = {}): Promise<string[][]> {
  const claims: string[][] = [];
  for (;;) {
    const ids = await claim(options);
    if (ids.length === 0) return claims;
    claims.push(ids);
  }
}

const ranked = async (): Promise<string[]> =>
  (await db.sql<{ event_id: string }>('SELECT event_id FROM freshest_event'))
    .map(({ event_id: id }) => id)
    .toSorted();

const decide = (eventId: string) =>
  db.sql(
    `SELECT save_catalog_item(seq, tenant_id || ':' || upper(btrim(sku)), upper(btrim(sku)), NULL)
       FROM supplier_event WHERE event_id = $1`,
    [eventId],
  );

describe('of due events', () => {
  it('the newest of each item take half of the places at least, until none is left, and the oldest the others', async () => {
    const items = Array.from({ length: 20 }, (_, no) => `SKU-${no}`);
    for (let no = 0; no < 10; no += 1) await send(items.map((sku) => event(sku, no)));
    const newest = new Set(items.map((sku) => `${sku}-9`));
    const claims = await claimAll();
    for (const ids of claims.slice(0, 4)) {
      expect(ids).toHaveLength(10);
      expect(ids.filter((id) => newest.has(id))).toHaveLength(5);
    }
    expect(
      claims
        .slice(0, 4)
        .flat()
        .filter((id) => newest.has(id)),
    ).toHaveLength(20);
    // The places by age go to the oldest.
    expect(
      claims
        .slice(0, 4)
        .flat()
        .filter((id) => id.endsWith('-0')),
    ).toHaveLength(20);
    expect(new Set(claims.flat()).size).toBe(200);
    expect(await ranked()).toEqual([]);
  });

  it('one is put behind a newer one of its item that comes later, however its SKU is written', async () => {
    await send([event('chair', 1)]);
    await send([event(' CHAIR ', 2, { eventId: 'late' })]);
    await send([event('Chair', 0, { eventId: 'too late' })]);
    expect(await ranked()).toEqual(['late']);
  });

  it('one does not go first that is older than what stands', async () => {
    await send([event('CHAIR', 5)]);
    await claim();
    await decide('CHAIR-5');
    await send([event('CHAIR', 4), event('TABLE', 4)]);
    expect(await ranked()).toEqual(['TABLE-4']);
    await send([event('CHAIR', 6)]);
    expect(await ranked()).toEqual(['CHAIR-6', 'TABLE-4']);
  });

  it('equal times are told apart as the contest does', async () => {
    await send([
      event('CHAIR', 1, { eventId: 'a', quantity: 7 }),
      event('CHAIR', 1, { eventId: 'b', quantity: 3 }),
    ]);
    expect(await ranked()).toEqual(['b']);
    // The lowest number that an event may say has no opposite among such numbers.
    await send([event('TABLE', 1, { eventId: 'low', quantity: -2_147_483_648 })]);
    await send([event('TABLE', 1, { eventId: 'higher' })]);
    expect(await ranked()).toEqual(['b', 'low']);
    await db.sql("DELETE FROM freshest_event WHERE event_id = 'low'");
    await send([event('CHAIR', 1, { eventId: 'c', quantity: 3 })], 'other');
    await send([event('CHAIR', 1, { eventId: 'd', quantity: 5 })], 'other');
    expect(await ranked()).toEqual(['c']);
  });

  it('the newest of all suppliers goes first by the rule newest, and that of each supplier and location by another', async () => {
    await send([event('CHAIR', 1)]);
    await send([event('CHAIR', 2, { eventId: 'of other' })], 'other');
    await send([event('CHAIR', 1, { eventId: 'in the north', location: 'north' })]);
    expect(await ranked()).toEqual(['in the north', 'of other']);
    await claimAll();
    await db.sql(
      `WITH r AS (INSERT INTO stock_rule (tenant_id, rule) VALUES ('shop', 'sum') RETURNING id)
       UPDATE tenant SET stock_rule_id = r.id FROM r WHERE tenant.id = 'shop'`,
    );
    await send([event('TABLE', 1)]);
    await send([event('TABLE', 2, { eventId: 'of other too' })], 'other');
    await send([event('TABLE', 3, { eventId: 'in the south', location: 'south' })]);
    expect(await ranked()).toEqual(['TABLE-1', 'in the south', 'of other too']);
  });

  it('one of a closed supplier puts none behind it; when it opens, what was held is ranked', async () => {
    await db.sql("UPDATE supplier SET state = 'closed' WHERE id = 'other'");
    await send([event('CHAIR', 1)]);
    await send([event('CHAIR', 2, { eventId: 'held' })], 'other');
    expect(await ranked()).toEqual(['CHAIR-1']);
    await claimAll();
    await decide('held');
    await db.sql("UPDATE supplier SET state = 'open' WHERE id = 'other'");
    await db.sql('SELECT release_held_events(10)');
    expect(await ranked()).toEqual(['held']);
  });

  it('one that comes by age is not taken again as the newest', async () => {
    await send(Array.from({ length: 9 }, (_, no) => event(`SKU-${no}`, no)));
    const claims = await claimAll({ limit: 1 });
    expect(claims.flat().toSorted()).toEqual(Array.from({ length: 9 }, (_, no) => `SKU-${no}-${no}`));
    expect(await ranked()).toEqual([]);
  });

  it('of files, too, the newest of each item go first, behind what comes live', async () => {
    const items = Array.from({ length: 8 }, (_, no) => `SKU-${no}`);
    const deliver = (no: number) =>
      db.sql('SELECT record_supplier_events($1, $2, $3, true)', [
        ...['shop', 'acme'],
        JSON.stringify(
          items.map((sku) => {
            const { updatedAt, ...sent } = event(sku, no);
            return { ...sent, updatedAtUs: String(updatedAt), workflowId: `sync:${sku}-${no}` };
          }),
        ),
      ]);
    for (let no = 0; no < 5; no += 1) await deliver(no);
    expect(await claim()).toEqual([]);
    const claimed = await claimFileEvents(db.database, {
      ...{ worker: 'w', window: 1_000, share: 16, limit: 16, leaseSeconds: 60 },
    });
    const ids = claimed.map(({ input }) => input.eventId);
    expect(ids.filter((id) => id.endsWith('-4'))).toHaveLength(8);
    expect(ids.filter((id) => id.endsWith('-0'))).toHaveLength(8);
  });
});

describe('a version that something newer of its item is about to overtake', () => {
  const begin = async (eventId: string, version: number, messageId: string | null = null) => {
    const [begun] = await db.sql<{ verdict: string }>(
      `SELECT b.verdict FROM supplier_event e
        CROSS JOIN LATERAL begin_publish_attempt(e.seq, 'shop:CHAIR', $2, 'w', $3, NULL) b WHERE e.event_id = $1`,
      [eventId, version, messageId],
    );
    return begun?.verdict;
  };
  const standing = async (eventId: string) => {
    const [row] = await db.sql<{ publication: string; due: boolean; soon: boolean }>(
      `SELECT v.publication, e.start_due_us IS NOT NULL AS due, e.start_due_us <= v.created_at_us + 2000000 AS soon
         FROM supplier_event e JOIN catalog_item_version v ON v.event_seq = e.seq WHERE e.event_id = $1`,
      [eventId],
    );
    return row;
  };

  beforeEach(async () => {
    await send([event('CHAIR', 1)]);
    expect(await claim()).toEqual(['CHAIR-1']);
    await send([event('CHAIR', 2)]);
    await decide('CHAIR-1');
  });

  it('is not told, and its event is looked after again two seconds after it was made', async () => {
    expect(await begin('CHAIR-1', 1)).toBe('postponed');
    expect(await standing('CHAIR-1')).toEqual({ publication: 'due', due: true, soon: true });
    expect(await db.sql('SELECT 1 FROM publish_attempt')).toEqual([]);
  });

  it('has its end once the newer one is decided', async () => {
    await begin('CHAIR-1', 1);
    await decide('CHAIR-2');
    expect(await standing('CHAIR-1')).toMatchObject({ publication: 'overtaken', due: false });
    expect(await begin('CHAIR-2', 2)).toBe('send');
  });

  it('is told where it would wait for longer', async () => {
    await begin('CHAIR-1', 1);
    await db.sql('UPDATE catalog_item_version SET created_at_us = created_at_us - 2000000');
    await db.sql("UPDATE supplier_event SET start_due_us = now_us() WHERE event_id = 'CHAIR-1'");
    expect(await claim()).toContain('CHAIR-1');
    expect(await begin('CHAIR-1', 1)).toBe('send');
  });

  it('is told at once by a worker of a release that knows no waiting', async () => {
    expect(await begin('CHAIR-1', 1, 'msg_of_its_own')).toBe('send');
  });

  it('is told at once when what is newer waits behind it, or is about another item', async () => {
    await db.sql("UPDATE freshest_event SET behind = true WHERE event_id = 'CHAIR-2'");
    await send([event('TABLE', 9)]);
    expect(await begin('CHAIR-1', 1)).toBe('send');
  });
});

describe('with several tenants', () => {
  it('half of the places go by age, too, where each claim has one or two', async () => {
    const tenants = Array.from({ length: 8 }, (_, no) => `t${no}`);
    for (const tenant of tenants) {
      await openTenant(db.database, tenant, ['acme']);
      const old = Array.from({ length: 40 }, (_, no) =>
        event('OLD', -no, { eventId: `old-${no}`, quantity: 1 }),
      );
      const fresh = Array.from({ length: 200 }, (_, no) => event(`SKU-${no}`, 1, { quantity: 1 }));
      await record(db.database, tenant, 'acme', old);
      await record(db.database, tenant, 'acme', fresh);
    }
    const taken = (
      await Promise.all(Array.from({ length: 100 }, (_, no) => claim({ limit: 1 + (no % 2) })))
    ).flat();
    expect(taken.length).toBeGreaterThan(140);
    // 75 of 150 are expected, with a spread of some 5.
    expect(taken.filter((id) => id.startsWith('old-')).length).toBeGreaterThan(45);
  });

  it('an item keeps its place when something newer of it comes', async () => {
    await send([event('OFTEN', 1)]);
    await send(Array.from({ length: 20 }, (_, no) => event(`SKU-${no}`, 1)));
    await send([event('OFTEN', 2)]);
    const taken = new Set((await Promise.all([claim({ limit: 6 }), claim({ limit: 6 })])).flat());
    expect(taken).toContain('OFTEN-2');
  });
});

describe('eight workers and four senders at once', () => {
  it('take every event once and lose none, and take the newest of what is left first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(7), fc.nat(30)), { minLength: 60, maxLength: 160 }),
        fc.nat(1_000_000),
        async (sent, run) => {
          const events = sent.map(([sku, time], no) =>
            event(`S${run}-${sku}`, time, { eventId: `${run}-${no}`, quantity: no }),
          );
          let sending = 4;
          const senders = Array.from({ length: 4 }, async (_, part) => {
            const own = events.filter((__, no) => no % 4 === part);
            for (let from = 0; from < own.length; from += 5) await send(own.slice(from, from + 5));
            sending -= 1;
          });
          const taken: string[] = [];
          const workers = Array.from({ length: 8 }, async (_, no) => {
            for (;;) {
              const last = sending === 0;
              const ids = await claim({ worker: `w${no}`, limit: 3 });
              taken.push(...ids);
              if (ids.length === 0 && last) return;
            }
          });
          await Promise.all([...senders, ...workers]);
          // Locked by another one just then.
          taken.push(...(await claimAll()).flat());
          expect(taken.toSorted()).toEqual(events.map(({ eventId }) => eventId).toSorted());

          const again = events.map((one) => ({ ...one, eventId: `again-${one.eventId}` }));
          await Promise.all([0, 1, 2, 3].map((part) => send(again.filter((__, no) => no % 4 === part))));
          const best = new Map<string, Sent>();
          for (const one of again) {
            const known = best.get(one.sku);
            const beats =
              !known ||
              one.updatedAt > known.updatedAt ||
              (one.updatedAt === known.updatedAt && one.quantity < known.quantity);
            if (beats) best.set(one.sku, one);
          }
          expect(await ranked()).toEqual([...best.values()].map(({ eventId }) => eventId).toSorted());
          await claimAll();
        },
      ),
      { numRuns: 12 },
    );
  });
});
