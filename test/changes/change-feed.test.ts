import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../src/changes/change.ts';
import { CursorGoneError, CursorRefusedError } from '../../src/changes/cursor-errors.ts';
import { readCursor, writeCursor, type Cursor } from '../../src/changes/cursor.ts';
import { listItems } from '../../src/changes/list-items.ts';
import { readChanges, type ChangePage } from '../../src/changes/read-changes.ts';
import { readHead } from '../../src/changes/read-head.ts';
import { watchHeads } from '../../src/changes/watch-heads.ts';
import { forTenant } from '../../src/database/for-tenant.ts';
import { itemIdOf } from '../../src/domain/identity.ts';
import { beginGeneration } from '../../src/ledger/generation.ts';
import { correctItem } from '../../src/manual/correct-item.ts';
import { voidEvent } from '../../src/manual/void-event.ts';
import { pruneTenant } from '../../src/retention/prune-tenant.ts';
import { openTenant } from '../support/flags.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { record } from '../support/record.ts';
import { until } from '../support/until.ts';

let db: TestDatabase;
/** Transactions that a test holds open. */
let one: pg.Client;
let other: pg.Client;
/** A new one for each test. */
let tenant = '';
let count = 0;

beforeAll(async () => {
  db = await testDatabase();
  [one, other] = [db.url, db.url].map((connectionString) => new pg.Client({ connectionString })) as [
    pg.Client,
    pg.Client,
  ];
  await one.connect();
  await other.connect();
});
afterAll(async () => {
  await one?.end();
  await other?.end();
  await db?.drop();
});
beforeEach(async () => {
  count += 1;
  tenant = `shop-${count}`;
  await openTenant(db.database, tenant, ['acme', 'globex']);
});

let events = 0;

/** Puts an event into the ledger and decides it; on a connection, as part of what it does. */
async function save(
  sku: string,
  { quantity = 1, at = 0, on }: { quantity?: number; at?: number; on?: pg.Client } = {},
) {
  events += 1;
  const eventId = `e-${events}`;
  const updatedAt = BigInt(at || events) * 1_000_000n;
  await record(db.database, tenant, 'acme', [{ eventId, sku, quantity, updatedAt }]);
  const statement = `SELECT save_catalog_item(seq, $1, $2, NULL) FROM supplier_event WHERE tenant_id = $3 AND event_id = $4`;
  const values = [itemIdOf(tenant, sku), sku, tenant, eventId];
  if (on) await on.query(statement, values);
  else await db.sql(statement, values);
  return eventId;
}

const readNow = (after?: string, limit = 100) =>
  readChanges(forTenant(db.pools().reads, tenant), { tenant, after, limit });
/** Once nothing waits: other tests' databases are in the same PostgreSQL, and have transactions of their own. */
const read = (after?: string, limit?: number) =>
  until(
    async () => {
      const page = await readNow(after, limit).catch((error: unknown) => error);
      return page instanceof Error || (page as ChangePage).behindMs === 0 ? { page } : undefined;
    },
    undefined,
    10,
  ).then(({ page }) => {
    if (page instanceof Error) throw page;
    return page as ChangePage;
  });
/** Of what is told by then. */
const headNow = async () => {
  await read();
  return readHead(db.pools().reads, tenant);
};
const named = (changes: readonly Pick<Change, 'sku' | 'version'>[]) =>
  changes.map(({ sku, version }) => `${sku}/${version}`);
const altered = (cursor: string, change: Partial<Cursor>) =>
  writeCursor({ ...(readCursor(cursor) as Cursor), ...change });

describe('the change feed', () => {
  it('tells each version once, page by page, with what it says and who made it', async () => {
    const first = await save('A', { quantity: 5 });
    await save('B');
    await save('A', { quantity: 3 });
    expect(await save('A', { at: 1 })).toBeDefined();
    const all = await read();
    expect(named(all.changes)).toEqual(['A/1', 'B/1', 'A/2']);
    expect(all.changes[0]).toMatchObject({
      ...{ itemId: `${tenant}:A`, sku: 'A', version: 1, quantity: 5, supplier: 'acme', eventId: first },
      ...{ kind: 'update', rule: 'first', shares: null, causedBy: null, replayId: null },
      createdAt: expect.stringMatching(/^20\d\d-.*Z$/),
    });
    expect([all.more, all.behindMs]).toEqual([false, 0]);
    const pages: string[][] = [];
    for (let page = await read(undefined, 1); ; page = await read(page.next, 1)) {
      pages.push(named(page.changes));
      if (!page.more) break;
    }
    expect(pages).toEqual([['A/1'], ['B/1'], ['A/2']]);
    expect(await read(all.changes[1]?.cursor)).toMatchObject({ changes: [{ sku: 'A', version: 2 }] });
    expect(await read(all.next)).toEqual({ changes: [], next: all.next, more: false, behindMs: 0 });
  });

  it('tells a correction, and by which void an item came to its event', async () => {
    await save('A', { quantity: 5 });
    const wrong = await save('A', { quantity: 900 });
    await correctItem(db.as('operator'), { tenant, sku: 'A', quantity: 7, reason: 'counted', actor: 'ada' });
    await db.sql(
      `SELECT save_catalog_item(seq, $1, 'A', NULL) FROM supplier_event WHERE tenant_id = $2 AND kind = 'correction'`,
      [`${tenant}:A`, tenant],
    );
    await voidEvent(db.as('operator'), {
      ...{ tenant, supplier: 'acme', eventId: wrong, reason: 'typing error', actor: 'ada' },
    });
    const { changes } = await read();
    expect(changes.map(({ quantity, kind }) => [quantity, kind])).toEqual([
      [5, 'update'],
      [900, 'update'],
      [7, 'correction'],
    ]);
    const last = await save('B', { quantity: 4 });
    const gone = await save('B', { quantity: 1 });
    await voidEvent(db.as('operator'), {
      ...{ tenant, supplier: 'acme', eventId: gone, reason: 'typing error', actor: 'ada' },
    });
    const after = (await read()).changes.filter(({ sku }) => sku === 'B');
    expect(after.map(({ quantity, eventId, causedBy }) => [quantity, eventId, causedBy?.supplier])).toEqual([
      [4, last, undefined],
      [1, gone, undefined],
      [4, last, 'manual'],
    ]);
  });

  it('shows nothing of another tenant, and takes no cursor of one', async () => {
    await save('A');
    const { next, changes } = await read();
    tenant += '-other';
    await openTenant(db.database, tenant, ['acme']);
    expect((await read()).changes).toEqual([]);
    for (const cursor of [next, changes[0]!.cursor])
      await expect(read(cursor)).rejects.toThrow(CursorRefusedError);
  });

  it.each(['', 'x', 'MQ', '-1', '\u0000', 'é', `${'A'.repeat(50)}=`])(
    'takes no %j for a cursor',
    async (text) => {
      await expect(read(text)).rejects.toThrow(CursorRefusedError);
    },
  );

  it('takes no altered cursor that the database could not', async () => {
    await save('A');
    const { next } = await read();
    for (const change of [
      { version: 3_000_000_000 },
      { changeNo: 10n ** 19n },
      { itemId: `${tenant}:\u0000` },
      { tenant: 'NO' },
    ])
      await expect(read(altered(next, change))).rejects.toThrow(CursorRefusedError);
  });

  it('keeps the order of versions that have no number, before all others', async () => {
    for (const sku of ['B', 'A', 'B']) await save(sku);
    await db.sql(`UPDATE catalog_item_version SET change_no = 0 WHERE item_id LIKE $1`, [`${tenant}:%`]);
    await save('A');
    expect(named((await read()).changes)).toEqual(['A/1', 'B/1', 'B/2', 'A/2']);
  });
});

describe('a transaction that is open', () => {
  it('is waited for by all that began after it, which then come in order', async () => {
    await save('A');
    const { next } = await read();
    await one.query('BEGIN');
    await save('B', { on: one });
    await save('C');
    await save('C');
    const waiting = await readNow(next);
    expect([named(waiting.changes), waiting.next]).toEqual([[], next]);
    expect(waiting.behindMs).toBeGreaterThan(0);
    await one.query('COMMIT');
    const told = await read(waiting.next);
    expect([named(told.changes), told.behindMs]).toEqual([['B/1', 'C/1', 'C/2'], 0]);
  });

  it('that is rolled back leaves nothing', async () => {
    await one.query('BEGIN');
    await save('A', { on: one });
    await save('B');
    expect(named((await readNow()).changes)).toEqual([]);
    await one.query('ROLLBACK');
    expect(named((await read()).changes)).toEqual(['B/1']);
  });

  it('of somebody else, who only writes elsewhere, is waited for too', async () => {
    await one.query('BEGIN; SELECT pg_current_xact_id()');
    await save('A');
    expect((await readNow()).behindMs).toBeGreaterThan(0);
    await one.query('ROLLBACK');
    expect(named((await read()).changes)).toEqual(['A/1']);
  });

  it("keeps an item's versions in order where it began before the one that it follows", async () => {
    await one.query('BEGIN; SELECT pg_current_xact_id()');
    await other.query('BEGIN');
    await save('A', { on: other });
    await save('B', { on: other });
    await other.query('COMMIT');
    await save('A', { on: one });
    expect(named((await readNow()).changes)).toEqual([]);
    await one.query('COMMIT');
    await save('A');
    expect(named((await read()).changes)).toEqual(['A/1', 'A/2', 'B/1', 'A/3']);
  });
});

describe('a list of items', () => {
  it('is of the newest of each, and with the head from before it no change is missed', async () => {
    for (const sku of ['B', 'a', 'A', 'B', 'É']) await save(sku);
    const head = await headNow();
    await save('B');
    const first = await listItems(forTenant(db.pools().reads, tenant), {
      tenant,
      after: undefined,
      limit: 2,
    });
    const rest = await listItems(forTenant(db.pools().reads, tenant), { tenant, after: 'B', limit: 2 });
    expect([named(first.items), first.more]).toEqual([['A/1', 'B/3'], true]);
    expect([named(rest.items), rest.more]).toEqual([['a/1', 'É/1'], false]);
    expect(named((await read(head)).changes)).toEqual(['B/3']);
  });

  it('has a head before the first change', async () => {
    const head = await headNow();
    await save('A');
    expect(named((await read(head)).changes)).toEqual(['A/1']);
  });

  it('has no change in its head that is not told yet', async () => {
    await save('A');
    await read();
    await one.query('BEGIN');
    await save('B', { on: one });
    await save('C');
    const head = await readHead(db.pools().reads, tenant);
    await one.query('COMMIT');
    expect(named((await read(head)).changes)).toEqual(['B/1', 'C/1']);
  });
});

describe('a prune', () => {
  const prune = () =>
    pruneTenant(db.as('pruner'), { tenant, cutoff: 1_700_000_000_000_001n, actor: 'test' }, { atOnce: 10 });

  async function aged(): Promise<void> {
    await db.sql(
      `UPDATE catalog_item_version SET publication = 'accepted' WHERE item_id LIKE $1 || ':%' AND publication = 'due'`,
      [tenant],
    );
    await db.sql(
      'UPDATE supplier_event SET received_at_us = 1700000000000000, start_due_us = NULL WHERE tenant_id = $1',
      [tenant],
    );
  }

  it('is told to a reader who has not read what it took, and to nobody else', async () => {
    for (let no = 0; no < 6; no += 1) await save('A');
    const start = await read(undefined, 2);
    const { next: end } = await read();
    await aged();
    expect((await prune()).versions).toBeGreaterThan(0);
    await save('B');
    await expect(read(start.next)).rejects.toThrow(CursorGoneError);
    expect(named((await read(end)).changes)).toEqual(['B/1']);
    // Who begins now gets what there is, and goes on.
    const kept = await read(undefined, 1);
    expect(kept.changes).toHaveLength(1);
    expect(named((await read(kept.next)).changes).at(-1)).toBe('B/1');
  });

  it('of a tenant in which nothing happens leaves its reader alone', async () => {
    for (let no = 0; no < 6; no += 1) await save('A');
    const { next } = await read();
    await aged();
    await prune();
    expect(await read(next)).toMatchObject({ changes: [], next });
  });
});

it('whoever waits is woken by a change, once for all, and by an older transaction that ends', async () => {
  const looks: string[] = [];
  const follow = watchHeads((of) => {
    looks.push(of);
    return readHead(db.pools().reads, of);
  }, 10);
  const { signal } = new AbortController();
  const [mine, second] = [follow(tenant), follow(tenant)];
  await mine.grown(0, 30_000, signal);
  const [mark, marked] = [mine.mark(), second.mark()];
  await one.query('BEGIN; SELECT pg_current_xact_id()');
  const waiting = [mine.grown(mark, 30_000, signal), second.grown(marked, 30_000, signal)];
  await save('A');
  expect(await mine.grown(mark, 50, signal)).toBe(false);
  await one.query('COMMIT');
  expect(await Promise.all(waiting)).toEqual([true, true]);
  expect(await mine.grown(mark, 0, signal)).toBe(true);
  mine.leave();
  second.leave();
  const before = looks.length;
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(looks.length - before).toBeLessThanOrEqual(1);
});

// The last: versions are above a floor from here on.
describe('a ledger that was put back', () => {
  it('refuses the cursors of before, and goes on above all numbers that it brought along', async () => {
    await save('A');
    const { next } = await read();
    // As a dump from a cluster that has come much further.
    await db.sql('UPDATE catalog_item_version SET change_no = change_no + 1000000000');
    await expect(readNow(next)).resolves.toMatchObject({ changes: [] });
    await beginGeneration(db.as('operator'), { actor: 'ada', reason: 'restored' });
    await save('A');
    await save('B');
    await expect(read(next)).rejects.toThrow(CursorGoneError);
    const { changes } = await read();
    expect(changes.map(({ sku }) => sku)).toEqual(['A', 'A', 'B']);
    expect(named((await read(changes[1]?.cursor)).changes)).toEqual(named(changes.slice(2)));
    // Once more, without need.
    await beginGeneration(db.as('operator'), { actor: 'ada', reason: 'restored' });
    await save('C');
    expect((await read()).changes.map(({ sku }) => sku)).toEqual(['A', 'A', 'B', 'C']);
  });

  it('refuses a cursor that is further than it is, though nobody has said that it was put back', async () => {
    await save('A');
    const { next } = await read();
    const { changeNo } = readCursor(next)!;
    await expect(read(altered(next, { changeNo: changeNo + 1_000_000n }))).rejects.toThrow(CursorGoneError);
  });
});
