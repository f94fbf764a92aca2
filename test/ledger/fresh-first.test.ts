import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimFileEvents, claimSupplierEvents } from '../../src/ledger/claim-supplier-events.ts';
import { seconds } from '../../src/domain/time.ts';
import { claimReplayEvents } from '../../src/replay/claim-replays.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { record } from '../support/record.ts';
import { SAYING_WHY } from '../support/saying-why.ts';

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

/** As if all that is due had waited for so many seconds more; it has half of the places from thirty on: see take_due. */
const wait = (forSeconds = 31) =>
  db.sql(
    `UPDATE supplier_event SET received_at_us = received_at_us - $1::bigint, start_due_us = start_due_us - $1::bigint
      WHERE start_due_us <= now_us()`,
    [seconds(forSeconds)],
  );

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
  it.each([
    { what: 'all places where none has waited for long', waited: 0, places: 20 },
    { what: 'a quarter of them where one has', waited: 11, places: 5 },
    { what: 'half of them where one has for longer', waited: 31, places: 10 },
  ])(
    'the newest of each item take $what, until none is left, and the oldest the others',
    async ({ waited, places }) => {
      const items = Array.from({ length: 60 }, (_, no) => `SKU-${no}`);
      for (let no = 0; no < 5; no += 1) await send(items.map((sku) => event(sku, no)));
      await wait(waited);
      const claims = await claimAll({ limit: 20 });
      const first = claims.slice(0, 60 / places);
      for (const ids of first) {
        expect(ids).toHaveLength(20);
        expect(ids.filter((id) => id.endsWith('-4'))).toHaveLength(places);
      }
      // The places by age go to the oldest.
      const numbers = first.flat().map((id) => Number(id.slice(-1)));
      const byAge = first.length * (20 - places);
      expect(numbers.filter((no) => no < 4).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: byAge }, (_, no) => Math.floor(no / 60)),
      );
      expect(new Set(claims.flat()).size).toBe(300);
      expect(await ranked()).toEqual([]);
    },
  );

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
    await wait();
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
    await claim();
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

  it('is told where versions before it have waited for so long already, one after the other', async () => {
    await begin('CHAIR-1', 1);
    await db.sql('UPDATE catalog_item_version SET created_at_us = created_at_us - 2000000');
    await send([event('CHAIR', 3)]);
    await decide('CHAIR-2');
    expect(await begin('CHAIR-2', 2)).toBe('send');
    // From then on there is time again.
    await send([event('CHAIR', 4)]);
    await decide('CHAIR-3');
    expect(await begin('CHAIR-3', 3)).toBe('postponed');
  });

  it('is told by another worker where the one that looked after it again has died', async () => {
    await begin('CHAIR-1', 1);
    await db.sql('UPDATE catalog_item_version SET created_at_us = created_at_us - 2000000');
    await db.sql("UPDATE supplier_event SET start_due_us = now_us() WHERE event_id = 'CHAIR-1'");
    expect(await claim({ worker: 'killed' })).toContain('CHAIR-1');
    expect(await claim({ worker: 'another' })).toEqual([]);
    await db.sql("UPDATE supplier_event SET start_due_us = now_us() WHERE event_id = 'CHAIR-1'");
    expect(await claim({ worker: 'another' })).toEqual(['CHAIR-1']);
    expect(await begin('CHAIR-1', 1)).toBe('send');
  });

  it('is told at once where the newer one came to nothing, or a clock has gone back since', async () => {
    await db.sql('UPDATE catalog_item_version SET created_at_us = created_at_us + 60000000');
    expect(await begin('CHAIR-1', 1)).toBe('send');
    await db.sql('UPDATE catalog_item_version SET created_at_us = now_us()');
    await db.sql("UPDATE supplier_event SET start_due_us = NULL WHERE event_id = 'CHAIR-2'");
    expect(await ranked()).toEqual(['CHAIR-2']);
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

describe('an event that is never the newest', () => {
  it.each([8, 4, 10])(
    'of %i places each second, is claimed within twice the time by age where that is long, and else some ten seconds later',
    async (limit) => {
      const byAge = 25;
      const old = Array.from({ length: byAge * limit }, (_, no) =>
        event(`OLD-${no % 7}`, -no, { eventId: `old-${no}`, quantity: 1 }),
      );
      // Each is older by something than the one after it: their turn by age is that of their numbers.
      await send(old);
      await db.sql(
        'UPDATE supplier_event SET start_due_us = start_due_us - 1000 + substr(event_id, 5)::integer',
      );
      await send(Array.from({ length: 7 }, (_, no) => event(`OLD-${no}`, 1)));
      const claimedAt = new Map<string, number>();
      for (let at = 0; claimedAt.size < old.length; at += 1) {
        // As much that is fresh comes as there are places.
        await send(Array.from({ length: limit }, (_, sku) => event(`SKU-${at}-${sku}`, at)));
        for (const id of await claim({ limit })) if (id.startsWith('old-')) claimedAt.set(id, at);
        await wait(1);
      }
      // What is fresh came after it, and of a number of places that four does not divide chance says whose the last one is.
      const slack = limit % 4 === 0 ? 1 : 4;
      const late = old
        .map(({ eventId }, no) => ({ eventId, by: no / limit, at: claimedAt.get(eventId) ?? Infinity }))
        .filter(({ by, at }) => at > Math.max(2 * by, 10 + (4 / 3) * by) + slack);
      expect(late).toEqual([]);
      expect(claimedAt.get('old-0')).toBeGreaterThanOrEqual(5);
    },
  );

  it('has half of the places of a tenant that comes first each time and has few', async () => {
    await openTenant(db.database, 'busy', ['acme']);
    await record(
      db.database,
      'busy',
      'acme',
      Array.from({ length: 200 }, (_, no) => event(`SKU-${no}`, 1)),
    );
    expect(await claim({ limit: 1 })).toHaveLength(1);
    for (let no = 0; no < 100; no += 1)
      await send([event('OLD', -no, { eventId: `old-${no}`, quantity: 1 })]);
    await send(Array.from({ length: 200 }, (_, no) => event(`SKU-${no}`, 1, { eventId: `fresh-${no}` })));
    await wait();
    let byAge = 0;
    for (let no = 0; no < 100; no += 1) {
      const ids = await claim({ limit: 2 });
      byAge += ids.filter((id) => id.startsWith('old-')).length;
      // Its events are decided at once: it is the one with the fewest under way.
      await db.sql(
        "UPDATE supplier_event SET start_due_us = NULL, started_by = NULL WHERE tenant_id = 'shop' AND started_by = 'w'",
      );
    }
    // 50 of 100 are expected, with a spread of 5.
    expect(byAge).toBeGreaterThan(25);
    expect(byAge).toBeLessThan(75);
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
    await wait();
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

interface Op {
  does: 'send' | 'claim' | 'close' | 'open' | 'wait';
  supplier: 'acme' | 'other';
  events: { sku: number; time: number }[];
  limit: number;
}
const ops = fc.array(
  fc.record<Op>({
    does: fc.constantFrom('send', 'send', 'send', 'claim', 'claim', 'claim', 'close', 'open', 'wait'),
    supplier: fc.constantFrom('acme', 'other'),
    events: fc.array(fc.record({ sku: fc.nat(5), time: fc.nat(20) }), { minLength: 1, maxLength: 8 }),
    limit: fc.integer({ min: 1, max: 9 }),
  }),
  { minLength: 10, maxLength: 30 },
);

describe('each claim', () => {
  const dueByAge = () =>
    db.sql<{ id: string; due: string }>(
      `SELECT event_id AS id, start_due_us AS due FROM supplier_event
        WHERE start_due_us <= now_us() ORDER BY start_due_us`,
    );
  const dueByFreshness = async () =>
    (
      await db.sql<{ id: string }>(
        `SELECT e.event_id AS id FROM freshest_event f JOIN supplier_event e USING (seq)
          WHERE e.start_due_us <= now_us() AND e.decision IS NULL ORDER BY f.place`,
      )
    ).map(({ id }) => id);
  const now = async () => BigInt((await db.sql<{ at: string }>('SELECT now_us() AS at'))[0]?.at ?? 0);
  const shareOf = (waitedUs: bigint) => (waitedUs < 10_000_000n ? 1 : waitedUs < 30_000_000n ? 0.25 : 0.5);
  let count = 0;
  const sendOp = (run: number, { supplier, events }: Op) =>
    send(
      events.map(({ sku, time }) => {
        count += 1;
        return event(`R${run}-${sku}`, time, { eventId: `r-${count}`, quantity: time });
      }),
      supplier,
    );

  /** Claims, and says what is wrong with the choice. */
  async function claimAndCheck(limit: number): Promise<string[]> {
    const before = await now();
    const [fresh, byAge] = [await dueByFreshness(), await dueByAge()];
    const taken = new Set(await claim({ limit }));
    expect(taken.size).toBe(Math.min(limit, byAge.length));
    const oldest = BigInt(byAge[0]?.due ?? 0);
    const shares = [before, await now()].map((at) => limit * shareOf(at - oldest));
    const isRight = shares
      .flatMap((share) => [Math.floor(share), Math.ceil(share)])
      .some((places) => {
        const first = new Set(fresh.slice(0, places));
        const others = byAge.filter(({ id }) => taken.has(id) && !first.has(id));
        const left = byAge.filter(({ id }) => !taken.has(id));
        const isOldest = others.every(({ due }) => left.every((one) => BigInt(one.due) >= BigInt(due)));
        return [...first].every((id) => taken.has(id)) && isOldest;
      });
    expect({ isRight, limit, fresh, byAge, taken: [...taken] }).toMatchObject({ isRight: true });
    return [...taken];
  }

  it('takes the freshest in their order into their share of its places, and into the others the oldest, whatever came before', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(ops, async (taken) => {
        run += 1;
        for (const op of taken) {
          if (op.does === 'send') await sendOp(run, op);
          else if (op.does === 'claim') {
            // Half of them are decided, or held.
            for (const id of (await claimAndCheck(op.limit)).slice(0, Math.ceil(op.limit / 2)))
              await decide(id);
          } else if (op.does === 'wait') await wait(11);
          else {
            await db.sql('UPDATE supplier SET state = $2 WHERE id = $1', [
              op.supplier,
              op.does === 'close' ? 'closed' : 'open',
            ]);
            await db.sql('SELECT release_held_events(100)');
          }
        }
        while ((await claimAndCheck(5)).length > 0);
        expect(await claim()).toEqual([]);
        await db.sql("UPDATE supplier SET state = 'open'");
        await db.sql('UPDATE supplier_event SET start_due_us = NULL, held_at_us = NULL');
      }),
      { numRuns: 30, ...SAYING_WHY },
    );
  });
});

describe('eight workers and four senders at once', () => {
  /** Claims and decides, until all is sent and nothing is due. */
  const worker = async (
    no: number,
    { isSending, claims, replayed }: { isSending: () => boolean; claims: string[]; replayed: string[] },
  ): Promise<void> => {
    for (;;) {
      const last = !isSending();
      const ids = await claim({ worker: `w${no}`, limit: 3 });
      claims.push(...ids);
      for (const id of ids) await decide(id);
      const again = await claimReplayEvents(db.database, {
        ...{ worker: `w${no}`, window: 100_000, limit: 2, leaseSeconds: 60 },
      });
      replayed.push(...again.map(({ input }) => input.eventId));
      if (ids.length === 0 && again.length === 0 && last) return;
    }
  };

  /** A replay whose events are all due. */
  const replay = (id: string, prefix: string) =>
    db.sql(
      `WITH r AS (INSERT INTO replay (id, tenant_id, since_us, until_us, requested_by) VALUES ($1, 'shop', 1, 2, 'x') RETURNING id)
       INSERT INTO replay_event (replay_id, seq, order_us, start_due_us)
       SELECT r.id, e.seq, e.seq, now_us() FROM r, supplier_event e WHERE e.event_id LIKE $2`,
      [id, `${prefix}-%`],
    );

  it('take every event once and lose none, those that were held once more, and leave what wins standing', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(7), fc.nat(30), fc.boolean()), { minLength: 60, maxLength: 160 }),
        async (sent) => {
          run += 1;
          const events = sent.map(([sku, time, ofOther], no) => ({
            ...event(`S${run}-${sku}`, time, { eventId: `${run}-${no}`, quantity: no }),
            ofOther,
          }));
          let sending = 4;
          const senders = Array.from({ length: 4 }, async (_, part) => {
            const own = events.filter((__, no) => no % 4 === part);
            for (let from = 0; from < own.length; from += 5) {
              const batch = own.slice(from, from + 5);
              await send(batch.filter(({ ofOther }) => ofOther).map(plain), 'other');
              await send(batch.filter(({ ofOther }) => !ofOther).map(plain));
              if (part === 0 && from === 5)
                await db.sql("UPDATE supplier SET state = 'closed' WHERE id = 'other'");
              if (part === 1 && from === 5) await replay(`replay-${run}`, String(run));
            }
            sending -= 1;
          });
          const claims: string[] = [];
          const replayed: string[] = [];
          const workers = () =>
            Promise.all(
              Array.from({ length: 8 }, (_, no) =>
                worker(no, { isSending: () => sending > 0, claims, replayed }),
              ),
            );
          await Promise.all([...senders, workers()]);
          const held = await heldIds();
          await db.sql("UPDATE supplier SET state = 'open' WHERE id = 'other'");
          expect(await db.sql('SELECT release_held_events(1000) AS released')).toEqual([
            { released: held.length },
          ]);
          await workers();
          // What another one had locked just then.
          await worker(0, { isSending: () => false, claims, replayed });

          const ids = events.map(({ eventId }) => eventId);
          expect(claims.toSorted()).toEqual([...ids, ...held].toSorted());
          expect(new Set(replayed).size).toBe(replayed.length);
          expect(
            await db.sql(`SELECT 1 FROM replay_event WHERE replay_id = $1 AND start_due_us <= now_us()`, [
              `replay-${run}`,
            ]),
          ).toEqual([]);
          expect(await ranked()).toEqual([]);
          const standing = await db.sql<{ event_id: string }>(
            'SELECT event_id FROM catalog_item WHERE sku LIKE $1',
            [`S${run}-%`],
          );
          expect(standing.map(({ event_id: id }) => id).toSorted()).toEqual(bestOf(events).toSorted());

          // Ranks that were noted at once are those of the best.
          const again = events.map((one) => ({
            ...one,
            eventId: `again-${one.eventId}`,
            updatedAt: one.updatedAt + seconds(1_000),
          }));
          await Promise.all(
            [0, 1, 2, 3].map((part) => send(again.filter((__, no) => no % 4 === part).map(plain))),
          );
          expect(await ranked()).toEqual(bestOf(again.map((one) => ({ ...one, ofOther: false }))).toSorted());
          await claimAll();
        },
      ),
      { numRuns: 8, ...SAYING_WHY },
    );
  });

  const plain = (sent: Sent & { ofOther: boolean }): Sent => {
    const { ofOther, ...one } = sent;
    void ofOther;
    return one;
  };
  const heldIds = async (): Promise<string[]> =>
    (
      await db.sql<{ id: string }>('SELECT event_id AS id FROM supplier_event WHERE held_at_us IS NOT NULL')
    ).map(({ id }) => id);

  /** Of each item, who wins. */
  function bestOf(events: readonly (Sent & { ofOther: boolean })[]): string[] {
    const best = new Map<string, Sent>();
    for (const one of events) {
      const known = best.get(one.sku);
      const beats =
        !known ||
        one.updatedAt > known.updatedAt ||
        (one.updatedAt === known.updatedAt && one.quantity < known.quantity);
      if (beats) best.set(one.sku, one);
    }
    return [...best.values()].map(({ eventId }) => eventId);
  }
});
