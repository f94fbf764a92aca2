import { createHash, randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inOnePart } from '../../../src/feed/file/in-one-part.ts';
import { previewFile } from '../../../src/feed/preview/preview-file.ts';
import { approveRun } from '../../../src/feed/run/decide-run.ts';
import { fileCame } from '../../../src/feed/run/file-came.ts';
import { readingDefinition } from '../../../src/feed/store/definition-of.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import {
  BY,
  carryOn,
  decideAll,
  feedOf,
  figures,
  handIn,
  openShop,
  runFile,
  statusOf,
  TENANT,
} from './run-world.ts';

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

  it('asks the index for each figure, however many items the file names', async () => {
    await feedOf(test, 'night', COLUMNS + ANY);
    await feedOf(test, 'whole', `${COLUMNS}${ANY}kind: snapshot\n`);
    await runFile(test, 'night', rows(0, 200, '2026-11-20T06:00:00Z'));
    const { runId } = await handIn(test, 'whole', rows(1_000, 2_000, '2026-11-21T06:00:00Z'));
    await test.sql(
      `CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'stopped'; END $$`,
    );
    await test.sql(
      'CREATE TRIGGER stop BEFORE UPDATE OF zeroed_upto ON feed_run FOR EACH ROW EXECUTE FUNCTION stop()',
    );
    await expect(carryOn(test, runId)).rejects.toThrow('stopped');
    await test.sql('DROP TRIGGER stop ON feed_run');
    const client = new pg.Client({ connectionString: test.url });
    await client.connect();
    try {
      await client.query('BEGIN');
      await client.query('SELECT zero_missing($1, 1000)', [runId]);
      const { rows: read } = await client.query<{ entries: number }>(
        `SELECT (seq_tup_read + idx_tup_fetch)::integer AS entries
           FROM pg_stat_xact_user_tables WHERE relname = 'feed_run_item'`,
      );
      // Once through them to learn their locations; for each of 200 figures would be 200,000.
      expect(read[0]?.entries).toBeLessThan(10_000);
    } finally {
      await client.end();
    }
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

describe('a file of JSON, of which a key of the definition', () => {
  const lines = (at: string, placed: number): string =>
    Array.from({ length: 1_200 }, (_, no) =>
      JSON.stringify({ sku: `ITEM-${no}`, qty: 4, at, ...(no < placed && { place: 'west' }) }),
    ).join('\n');

  it('is in its first row alone is taken, also where the worker dies behind it', async () => {
    await feedOf(test, 'night', COLUMNS + ANY);
    const { runId } = await handIn(test, 'night', lines('2026-11-20T06:00:00Z', 1));
    let beats = 0;
    await expect(
      carryOn(test, runId, () => {
        beats += 1;
        if (beats === 2) throw new Error('the worker dies');
      }),
    ).rejects.toThrow('the worker dies');
    expect(await statusOf(test, runId)).toMatchObject({ state: 'reading', rows: { read: 500 } });
    expect(await carryOn(test, runId)).toMatchObject({ state: 'completed', rows: { recorded: 1_200 } });
  });

  it('is in no row is held as its preview says, and may be approved', async () => {
    const { definition } = await feedOf(test, 'night', COLUMNS + ANY).then(async ({ version }) => ({
      definition: await readingDefinition(test.database, { tenant: TENANT, feed: 'night', version }),
    }));
    const content = lines('2026-11-20T06:00:00Z', 0);
    const held = await runFile(test, 'night', content);
    expect(held).toMatchObject({ state: 'held', events: { accepted: 0 } });
    expect(held.reasons).toEqual([
      { guard: 'absent', reason: 'columns.location: no row of the file has "place"' },
    ]);
    const preview = await previewFile(test.as('operator'), {
      ...{ tenant: TENANT, supplier: 'acme', feed: 'night', name: undefined, definition },
      ...{ chunks: inOnePart(Buffer.from(content)), writtenAt: undefined, receivedAt: 0n },
    });
    expect(preview.guards).toEqual({ verdict: 'held', reasons: held.reasons });
    await approveRun(test.as('operator'), {
      ...{ tenant: TENANT, runId: held.runId, by: { ...BY, reason: 'it has one warehouse again' } },
    });
    expect(await carryOn(test, held.runId)).toMatchObject({
      state: 'completed',
      events: { accepted: 1_200 },
    });
  });
});

describe('an item at two locations', () => {
  it('is as much as two figures to the guards', async () => {
    await feedOf(test, 'whole', `${COLUMNS}kind: snapshot\n`);
    const file = (west: number, day: number) =>
      Array.from({ length: 10 }, (_, no) =>
        ['west', 'east'].map(
          (place) => `ITEM-${no},${place === 'west' ? west : 4},2026-11-${day}T06:00:00Z,${place}\n`,
        ),
      ).flat();
    await runFile(test, 'whole', HEAD + file(4, 20).join(''));
    await decideAll(test);
    const held = await runFile(test, 'whole', HEAD + file(0, 21).join(''));
    expect(held.reasons).toEqual([
      { guard: 'toZero', reason: '10 of 20 figures would go to 0: more than 20 %' },
    ]);
  });
});

describe('a worker that dies while it reads', () => {
  it('misses no item that stands there twice for one moment, once before and once after', async () => {
    await feedOf(test, 'night', COLUMNS + ANY);
    const { runId } = await handIn(
      test,
      'night',
      `${rows(0, 1_200, '2026-11-20T06:00:00Z')}ITEM-3,9,2026-11-20T06:00:00Z,\n`,
    );
    let looks = 0;
    const died = carryOn(test, runId, () => {
      looks += 1;
      if (looks > 1) throw new Error('killed');
    });
    await expect(died).rejects.toThrow('killed');
    expect((await statusOf(test, runId)).rows.read).toBe(500);
    expect(await carryOn(test, runId)).toMatchObject({
      ...{ state: 'completed', rows: { read: 1_201 } },
      notices: { same_moment: { count: 1, lines: [1_202] } },
    });
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
    const row = (more: object) => ({ sku: 'B', qty: 7, at: '2026-11-20T06:00:00Z', place: '', ...more });
    const text = JSON.stringify([row({}), row({ [field]: 'x\0y\ud800' })]);
    const run = await runFile(test, 'whole', text, 'stock.json');
    expect([run.state, run.rows.refused]).toEqual(['completed', 1]);
    expect(await figures(test)).toEqual({ B: 7 });
  });
});

describe('a file with a column for each of a hundred locations', () => {
  it('is recorded a few rows at a time, each once', async () => {
    const places = Array.from({ length: 100 }, (_, no) => `p${no}`);
    const quantities = places.map((place) => `${place}: ${place}`).join(', ');
    await feedOf(test, 'matrix', `columns: { sku: sku, quantity: { ${quantities} }, updatedAt: at }\n${ANY}`);
    await test.sql('CREATE TABLE step (rows integer)');
    await test.sql('GRANT ALL ON step TO PUBLIC');
    await test.sql(
      `CREATE FUNCTION note_step() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         INSERT INTO step VALUES (NEW.recorded_rows - OLD.recorded_rows), (NEW.rows - OLD.rows); RETURN NULL; END $$`,
    );
    await test.sql(
      'CREATE TRIGGER note_step AFTER UPDATE ON feed_run FOR EACH ROW EXECUTE FUNCTION note_step()',
    );
    const lines = Array.from(
      { length: 13 },
      (_, no) => `ITEM-${no},2026-11-20T06:00:00Z,${places.map(() => no).join()}\n`,
    );
    const run = await runFile(test, 'matrix', `sku,at,${places.join()}\n${lines.join('')}`);
    expect(run).toMatchObject({ state: 'completed', rows: { recorded: 13 }, events: { accepted: 1_300 } });
    expect(await test.sql('SELECT max(rows) AS most FROM step')).toEqual([{ most: 5 }]);
  });
});

describe('a file of which a value is none for the database', () => {
  it.each(['22003', '23514'])('ends with the reason, and is not tried again: %s', async (code) => {
    await feedOf(test, 'night', COLUMNS + ANY);
    await test.sql(
      `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         RAISE EXCEPTION 'the value is out of range' USING ERRCODE = '${code}'; END $$`,
    );
    await test.sql('CREATE TRIGGER refuse BEFORE INSERT ON supplier_event EXECUTE FUNCTION refuse()');
    expect(await runFile(test, 'night', rows(0, 1, '2026-11-20T06:00:00Z'))).toMatchObject({
      ...{ state: 'failed', failure: expect.stringContaining('the value is out of range') },
    });
  });
});

describe('a file that is much of the ledger', () => {
  const rowsKnown = () =>
    test.sql<{ rows: number }>(
      `SELECT reltuples::integer AS rows FROM pg_class WHERE relname = 'supplier_event'`,
    );

  it('is told to the planner', async () => {
    await feedOf(test, 'night', COLUMNS + ANY);
    await runFile(test, 'night', rows(0, 1_000, '2026-11-20T06:00:00Z'));
    expect(await rowsKnown()).toEqual([{ rows: 1_000 }]);
  });

  it('does not wait for whoever else is at that', async () => {
    await feedOf(test, 'night', COLUMNS + ANY);
    const other = new pg.Client({ connectionString: test.url });
    await other.connect();
    try {
      await other.query('BEGIN');
      await other.query('LOCK TABLE supplier_event IN SHARE UPDATE EXCLUSIVE MODE');
      const run = await runFile(test, 'night', rows(0, 1_000, '2026-11-20T06:00:00Z'));
      expect(run.state).toBe('completed');
    } finally {
      await other.end();
    }
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

  it('is taken where the run of it was cancelled in its midst, and so is the one before', async () => {
    await feedOf(test, 'night', COLUMNS + ANY);
    expect((await runFile(test, 'night', content)).state).toBe('completed');
    expect(await cameBy('command')).toBe('unchanged');
    const { runId } = await runFile(test, 'night', rows(0, 3, '2026-11-21T06:00:00Z'));
    await test.sql(`UPDATE feed_run SET state = 'cancelled' WHERE id = $1`, [runId]);
    expect(await cameBy('command')).toBe('reading');
    expect((await runFile(test, 'night', rows(0, 3, '2026-11-21T06:00:00Z'))).state).toBe('completed');
  });

  it('is another one, handed in an hour later, where its rows have the time of their receipt', async () => {
    const timed = 'columns: { sku: sku, quantity: qty }\ntimes: { of: received }\n';
    await feedOf(test, 'now', timed + ANY);
    await feedOf(test, 'night', COLUMNS + ANY);
    for (const [feed, later] of [
      ['now', 'completed'],
      ['night', 'unchanged'],
    ] as const) {
      expect((await runFile(test, feed, content)).state).toBe('completed');
      expect((await runFile(test, feed, content)).state).toBe('unchanged');
      await test.sql(`UPDATE feed_run SET created_at_us = created_at_us - 3600000001 WHERE feed_id = $1`, [
        feed,
      ]);
      expect((await runFile(test, feed, content)).state).toBe(later);
    }
  });

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
