import { createHash, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileCame } from '../../../src/feed/run/file-came.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { decideAll, feedOf, figures, openShop, runFile, TENANT } from './run-world.ts';

const COLUMNS = 'columns: { sku: sku, quantity: qty, updatedAt: at, location: place }\n';
const ANY = 'guards: { lost: 100%, toZero: 100%, refused: 100%, unheard: 100% }\n';
const HEAD = 'sku,qty,at,place\n';
const rows = (from: number, to: number, at: string): string =>
  HEAD + Array.from({ length: to - from }, (_, no) => `ITEM-${from + no},4,${at},\n`).join('');

let test: TestDatabase;

beforeEach(async () => {
  test = await testDatabase();
  await openShop(test);
});
afterEach(() => test?.drop());

describe('a snapshot', () => {
  it('zeroes what it does not name, of more than a thousand of which nothing is decided yet', async () => {
    await feedOf(test, 'night', COLUMNS + ANY);
    await feedOf(test, 'whole', `${COLUMNS}${ANY}kind: snapshot\n`);
    await runFile(test, 'night', rows(0, 2_300, '2026-11-20T06:00:00Z'));
    const run = await runFile(test, 'whole', rows(0, 1, '2026-11-21T06:00:00Z'));
    expect([run.state, run.events.zeroed]).toEqual(['completed', 2_299]);
    const shown = Object.values(await figures(test));
    expect([shown.length, shown.filter((quantity) => quantity > 0).length]).toEqual([2_300, 1]);
  });

  it('zeroes them too where they are decided while it does', async () => {
    await feedOf(test, 'night', COLUMNS + ANY);
    await feedOf(test, 'whole', `${COLUMNS}${ANY}kind: snapshot\n`);
    await runFile(test, 'night', rows(0, 1_100, '2026-11-20T06:00:00Z'));
    await test.sql(
      `CREATE FUNCTION decide_some() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         PERFORM save_catalog_item(e.seq, e.tenant_id || ':' || sku_key(e.sku), sku_key(e.sku), NULL)
            FROM (SELECT * FROM supplier_event WHERE decision IS NULL AND quantity > 0 ORDER BY seq LIMIT 600) e;
         RETURN NULL;
       END $$`,
    );
    await test.sql(
      `CREATE TRIGGER decide_some AFTER UPDATE OF zeroed_upto ON feed_run FOR EACH ROW EXECUTE FUNCTION decide_some()`,
    );
    await runFile(test, 'whole', rows(0, 1, '2026-11-21T06:00:00Z'));
    await test.sql('DROP TRIGGER decide_some ON feed_run');
    const shown = Object.values(await figures(test));
    expect([shown.length, shown.filter((quantity) => quantity > 0).length]).toEqual([1_100, 1]);
  });
});

describe('a file that comes while the one before waits to be decided', () => {
  it('is held where it is broken, and not for what that one named first', async () => {
    await feedOf(test, 'night', `${COLUMNS}guards: { toZero: 20%, unheard: 50% }\n`);
    await runFile(test, 'night', rows(0, 40, '2026-11-20T06:00:00Z'));
    const good = await runFile(test, 'night', rows(0, 40, '2026-11-21T06:00:00Z'));
    expect(good.state).toBe('completed');
    const broken = await runFile(test, 'night', rows(0, 40, '2026-11-22T06:00:00Z').replaceAll(',4,', ',0,'));
    expect([broken.state, broken.reasons?.map(({ guard }) => guard)]).toEqual([
      'held',
      ['allZero', 'toZero'],
    ]);
  });
});

describe('a row that is refused', () => {
  it.each([
    ['its SKU has kilobytes', `${'É'.repeat(9_000)},5,2026-11-20T06:00:00Z,\n`],
    ['its location has kilobytes', `A,5,2026-11-20T06:00:00Z,${'É'.repeat(9_000)}\n`],
  ])('stops no run: %s', async (_, row) => {
    await feedOf(test, 'whole', `${COLUMNS}${ANY}kind: snapshot\n`);
    const run = await runFile(test, 'whole', `${HEAD}B,7,2026-11-20T06:00:00Z,\n${row}`);
    expect([run.state, run.rows.refused]).toEqual(['completed', 1]);
    expect(await figures(test)).toEqual({ B: 7 });
  });

  it.each(['sku', 'place'])('stops no run: its %s has a NUL, and half a character', async (field) => {
    await feedOf(test, 'whole', `${COLUMNS}${ANY}kind: snapshot\n`);
    const row = (more: object) => ({ sku: 'B', qty: 7, at: '2026-11-20T06:00:00Z', ...more });
    const text = JSON.stringify([row({}), row({ [field]: 'x\0y\ud800' })]);
    const run = await runFile(test, 'whole', text, 'stock.json');
    expect([run.state, run.rows.refused]).toEqual(['completed', 1]);
    expect(await figures(test)).toEqual({ B: 7 });
  });
});

describe('the same file again', () => {
  const content = 'sku,qty,at,place\nA,1,2026-11-20T06:00:00Z,\n';
  const file = {
    digest: new Uint8Array(createHash('sha256').update(content).digest()),
    bytes: content.length,
  };

  async function cameBy(trigger: string): Promise<string> {
    const id = randomUUID();
    await test.sql(
      `INSERT INTO feed_run (id, tenant_id, feed_id, feed_version, trigger, requested_by, state)
       VALUES ($1, $2, 'night', 1, $3, 'ann', 'fetching')`,
      [id, TENANT, trigger],
    );
    const state = await fileCame(test.as('worker'), { id, while: 'fetching' }, file);
    await test.sql(`UPDATE feed_run SET state = 'cancelled' WHERE id = $1 AND state = 'reading'`, [id]);
    return state;
  }

  it('is not held again by a schedule, and is read where somebody asks for it', async () => {
    await feedOf(test, 'night', `${COLUMNS}guards: { fewest: 10 }\n`);
    expect((await runFile(test, 'night', content)).state).toBe('held');
    expect(await cameBy('schedule')).toBe('unchanged');
    expect(await cameBy('command')).toBe('reading');
    await test.sql(`UPDATE feed_run SET state = 'refused' WHERE state = 'held'`);
    expect(await cameBy('schedule')).toBe('unchanged');
    await decideAll(test);
  });
});
