import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gzipSync } from 'node:zlib';
import { readRefusals, refusalsAsCsv } from '../../../src/feed/run/read-refusals.ts';
import { approveRun, cancelRun, refuseRun } from '../../../src/feed/run/decide-run.ts';
import { requestRun } from '../../../src/feed/run/request-run.ts';
import { forgetOldFiles } from '../../../src/feed/run/forget-old-files.ts';
import { findTraces } from '../../../src/trace/find-trace.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { BY, carryOn, feedOf, figures, handIn, openShop, runFile, statusOf, TENANT } from './run-world.ts';

const NIGHT = `
columns: { sku: Artikelnr, quantity: Bestand, updatedAt: Stand }
times: { format: dd.MM.yyyy HH:mm, zone: Europe/Berlin }
quantities: { decimal: ',', words: { auf Lager: 10 } }
`;
const HEAD = 'Artikelnr;Bestand;Stand\n';
let test: TestDatabase;

beforeEach(async () => {
  test = await testDatabase();
  await openShop(test);
});
afterEach(() => test?.drop());

const rowsOf = (count: number, quantity: (no: number) => number, at = '20.11.2026 06:00'): string =>
  HEAD + Array.from({ length: count }, (_, no) => `ITEM-${no};${quantity(no)};${at}\n`).join('');
const events = () =>
  test.database.supplierEvent.findMany({ orderBy: { seq: 'asc' }, include: { feedEvent: true } });

describe('a run', () => {
  it("puts a file's rows into the ledger, each with its line, and keeps what it refuses", async () => {
    await feedOf(test, 'night', `${NIGHT}guards: { refused: 90% }\n`);
    const run = await runFile(
      test,
      'night',
      `${HEAD}A;5,0;20.11.2026 06:00\nB;auf Lager;20.11.2026 06:00\nC;2,5;20.11.2026 06:00\n`,
    );
    expect(run).toMatchObject({
      ...{ state: 'completed', rows: { read: 3, refused: 1, recorded: 3 }, refusals: { not_whole: 1 } },
      ...{ events: { accepted: 2, duplicate: 0, conflict: 0, zeroed: 0 }, feedVersion: 1 },
      ...{ found: { format: 'csv', delimiter: ';' }, file: { name: 'stock.csv' } },
    });
    expect((await events()).map(({ sku, quantity, feedEvent }) => [sku, quantity, feedEvent?.line])).toEqual([
      ['A', 5, 2],
      ['B', 10, 3],
    ]);
    const refused = await readRefusals(test.database, run.runId);
    expect(refused).toMatchObject([{ line: 4, code: 'not_whole', text: 'C;2,5;20.11.2026 06:00' }]);
    expect(refusalsAsCsv(refused)).toMatch(
      /^line,code,reason,text\r\n"4","not_whole",".*","C;2,5;20.11.2026 06:00"\r\n$/,
    );
    expect(await test.database.feedRunItem.count()).toBe(0);
  });

  it('reads the same file once, unless the feed says another thing', async () => {
    await feedOf(test, 'night', NIGHT);
    const file = gzipSync(rowsOf(3, () => 4));
    expect((await runFile(test, 'night', file)).state).toBe('completed');
    expect((await handIn(test, 'night', file)).state).toBe('unchanged');
    await feedOf(test, 'night', `${NIGHT}expected: 26h\n`);
    expect(await runFile(test, 'night', file)).toMatchObject({
      state: 'completed',
      events: { accepted: 0, duplicate: 3 },
    });
  });

  it('goes on where it was interrupted, so that each row comes once', async () => {
    await feedOf(test, 'night', NIGHT);
    const { runId } = await handIn(
      test,
      'night',
      rowsOf(2_600, (no) => no + 1),
    );
    let beats = 0;
    for (let deaths = 1; deaths < 50; deaths += 1) {
      const left = 1 + (deaths % 3);
      let now = 0;
      const died = await carryOn(test, runId, () => {
        beats += 1;
        now += 1;
        if (now > left) throw new Error('killed');
      }).then(
        () => false,
        () => true,
      );
      if (!died) break;
    }
    expect(beats).toBeGreaterThan(10);
    expect(await statusOf(test, runId)).toMatchObject({
      ...{ state: 'completed', rows: { read: 2_600, refused: 0, recorded: 2_600 } },
      events: { accepted: 2_600, duplicate: 0 },
    });
    const all = await events();
    expect(new Set(all.map(({ sku }) => sku)).size).toBe(2_600);
    expect(all.every(({ feedEvent, sku }) => feedEvent?.line === Number(sku.slice(5)) + 2)).toBe(true);
  });

  it('is one at a time, and can be cancelled', async () => {
    await feedOf(test, 'night', NIGHT);
    const { runId } = await handIn(
      test,
      'night',
      rowsOf(3, () => 4),
    );
    await expect(
      handIn(
        test,
        'night',
        rowsOf(4, () => 4),
      ),
    ).rejects.toMatchObject({ code: 'run_under_way' });
    expect(await cancelRun(test.as('operator'), { tenant: TENANT, runId, by: BY })).toBe(true);
    expect((await carryOn(test, runId)).state).toBe('cancelled');
    expect(await events()).toEqual([]);
    expect(
      (
        await runFile(
          test,
          'night',
          rowsOf(4, () => 4),
        )
      ).state,
    ).toBe('completed');
  });

  it('fails where its file was cut, and nothing of that flows', async () => {
    await feedOf(test, 'night', NIGHT);
    const whole = gzipSync(rowsOf(5_000, (no) => no));
    const run = await runFile(test, 'night', whole.subarray(0, whole.length - 20));
    expect(run).toMatchObject({ state: 'failed' });
    expect(run.failure).toMatch(/cut|ends|whole|gzip/i);
    expect(await events()).toEqual([]);
  });

  it.each(['reading', 'recording'])(
    'takes nothing but what came for the file, and zeroes nothing by a part of it: %s',
    async (state) => {
      await feedOf(test, 'night', `${NIGHT}kind: snapshot\nguards: { lost: 100% }\n`);
      await runFile(
        test,
        'night',
        rowsOf(20, () => 4),
      );
      const { runId } = await handIn(
        test,
        'night',
        rowsOf(20, () => 5, '21.11.2026 06:00'),
      );
      if (state === 'recording') {
        let looks = 0;
        await expect(
          carryOn(test, runId, () => {
            looks += 1;
            if (looks > 1) throw new Error('the worker is killed');
          }),
        ).rejects.toThrow('killed');
      }
      expect((await statusOf(test, runId)).state).toBe(state);
      await test.sql(
        `UPDATE feed_file SET bytes = substring(bytes FROM 1 FOR 100) WHERE run_id = '${runId}'`,
      );
      expect(await carryOn(test, runId)).toMatchObject({
        ...{ state: 'failed', failure: expect.stringContaining('not the file that came') },
        events: { zeroed: 0 },
      });
      expect(Object.values(await figures(test))).not.toContain(0);
      // Neither is it known from then on.
      expect(
        await runFile(
          test,
          'night',
          rowsOf(20, () => 5, '21.11.2026 06:00'),
        ),
      ).toMatchObject({
        state: 'completed',
        file: { name: 'stock.csv' },
      });
    },
  );

  it('is left alone while its file comes, and fails when nothing more does', async () => {
    await feedOf(test, 'night', NIGHT);
    const asked = { tenant: TENANT, feed: 'night', trigger: 'upload', by: BY } as const;
    const runId = await requestRun(test.as('operator'), asked);
    expect((await carryOn(test, runId)).state).toBe('receiving');
    await test.sql('UPDATE feed_run SET start_due_us = now_us()');
    expect(await carryOn(test, runId)).toMatchObject({
      state: 'failed',
      failure: expect.stringContaining('did not come'),
    });
  });

  it('tells whoever sent the same id with another content', async () => {
    await feedOf(test, 'night', `columns: { sku: sku, quantity: qty, updatedAt: at, id: id }\n`);
    const run = await runFile(
      test,
      'night',
      'sku,qty,at,id\nA,1,2026-11-20T06:00:00Z,e-1\nA,2,2026-11-20T06:00:00Z,e-1\n',
    );
    expect(run.events).toMatchObject({ accepted: 1, conflict: 1 });
    expect(await readRefusals(test.database, run.runId)).toMatchObject([
      { line: 3, code: 'event_id_reused' },
    ]);
  });

  it('leaves its file a week after its end', async () => {
    await feedOf(test, 'night', NIGHT);
    await runFile(
      test,
      'night',
      rowsOf(3, () => 4),
    );
    await forgetOldFiles(test.as('worker'));
    expect(await test.database.feedFile.count()).toBe(1);
    await test.sql('UPDATE feed_run SET finished_at_us = finished_at_us - 8 * 86400000000');
    await forgetOldFiles(test.as('worker'));
    expect(await test.database.feedFile.count()).toBe(0);
  });
});

describe('a bad file is held', () => {
  const SNAPSHOT = `${NIGHT}kind: snapshot\n`;
  const OLD = 'guards: { lost: 30%, toZero: 20%, refused: 5% }\n';
  beforeEach(async () => {
    await feedOf(test, 'night', SNAPSHOT + OLD);
    const { state } = await runFile(
      test,
      'night',
      rowsOf(20, () => 7),
    );
    if (state !== 'completed') throw new Error(state);
    await figures(test);
  });

  it.each([
    ['that is empty', '', 'fewest'],
    ['that has a header alone', HEAD, 'fewest'],
    ['that has half of its rows', rowsOf(10, () => 7, '21.11.2026 06:00'), 'lost'],
    ['that is all zero', rowsOf(20, () => 0, '21.11.2026 06:00'), 'allZero'],
    ['whose columns are swapped', rowsOf(20, () => 7).replaceAll(/(ITEM-\d+);(\d+)/g, '$2;$1'), 'refused'],
    ['that lacks a column', rowsOf(20, () => 7).replace('Bestand', 'Menge'), 'columns'],
  ])('%s', async (_words, file, guard) => {
    const before = await figures(test);
    const held = await runFile(test, 'night', file);
    expect([held.state, held.reasons.map((one) => one.guard)]).toEqual([
      'held',
      expect.arrayContaining([guard]),
    ]);
    expect(await figures(test)).toEqual(before);

    await refuseRun(test.as('operator'), {
      tenant: TENANT,
      runId: held.runId,
      by: { ...BY, reason: 'their export broke' },
    });
    expect(await carryOn(test, held.runId)).toMatchObject({
      ...{ state: 'refused', decision: { by: 'ann', reason: 'their export broke' } },
    });
    expect(await figures(test)).toEqual(before);
  });

  it('and flows when it is approved, with what a snapshot does not name', async () => {
    const held = await runFile(
      test,
      'night',
      rowsOf(10, () => 3, '21.11.2026 06:00'),
    );
    expect(held.state).toBe('held');
    await approveRun(test.as('operator'), {
      tenant: TENANT,
      runId: held.runId,
      by: { ...BY, reason: 'half was sold' },
    });
    expect(await carryOn(test, held.runId)).toMatchObject({
      state: 'completed',
      events: { accepted: 10, zeroed: 10 },
    });
    const shown = await figures(test);
    expect([shown['ITEM-3'], shown['ITEM-13']]).toEqual([3, 0]);
    const again = approveRun(test.as('operator'), {
      tenant: TENANT,
      runId: held.runId,
      by: { ...BY, reason: 'x' },
    });
    await expect(again).rejects.toMatchObject({ code: 'not_held' });
    const entry = await test.database.auditEntry.findFirstOrThrow({ where: { action: 'feed.approve' } });
    expect(entry).toMatchObject({ subject: `feed-run/${held.runId}`, reason: 'half was sold' });
  });

  it('and cannot be approved without its columns', async () => {
    const held = await runFile(test, 'night', rowsOf(20, () => 7).replace('Bestand', 'Menge'));
    const approved = approveRun(test.as('operator'), {
      tenant: TENANT,
      runId: held.runId,
      by: { ...BY, reason: 'x' },
    });
    await expect(approved).rejects.toMatchObject({ code: 'cannot_be_approved' });
  });

  it('and an empty one zeroes nothing even then', async () => {
    const before = await figures(test);
    const held = await runFile(test, 'night', HEAD);
    await approveRun(test.as('operator'), { tenant: TENANT, runId: held.runId, by: { ...BY, reason: 'x' } });
    expect(await carryOn(test, held.runId)).toMatchObject({ state: 'completed', events: { zeroed: 0 } });
    expect(await figures(test)).toEqual(before);
  });
});

describe('a snapshot', () => {
  const LOOSE = `kind: snapshot\nguards: { lost: 100%, toZero: 100%, unheard: 100%, refused: 100% }\n`;
  const PLAIN = `columns: { sku: sku, quantity: qty, updatedAt: at, location: loc }\n${LOOSE}`;
  const of = (...rows: string[]): string => ['sku,qty,at,loc', ...rows, ''].join('\n');
  const stock = async () => {
    await figures(test);
    const rows = await test.sql<{ at: string }>(
      `SELECT substr(c.item_id, 6) || '@' || s.location || '=' || s.quantity AS at
         FROM catalog_item c CROSS JOIN LATERAL supplier_standing(c.item_id, 'acme') s ORDER BY 1`,
    );
    return rows.map(({ at }) => at);
  };

  it('zeroes what is missing, and says by which run', async () => {
    await feedOf(test, 'night', PLAIN);
    await runFile(test, 'night', of('A,1,2026-11-20T06:00:00Z,', 'B,2,2026-11-20T06:00:00Z,'));
    await figures(test);
    const run = await runFile(test, 'night', of('B,3,2026-11-21T06:00:00Z,'));
    expect(run.events).toMatchObject({ accepted: 1, zeroed: 1 });
    expect(await stock()).toEqual(['A@=0', 'B@=3']);
    const zero = (await events()).find(({ sku, quantity }) => sku === 'A' && quantity === 0);
    expect(zero?.eventId).toMatch(new RegExp(`^missing:${run.runId}:[0-9a-f]{32}$`));
    expect(zero?.feedEvent).toMatchObject({ runId: run.runId, line: 0 });
  });

  it('leaves what is newer than it, of another supplier, at a location it does not speak of, or refused in it', async () => {
    await test.database.supplier.create({ data: { tenantId: TENANT, id: 'globex', state: 'open' } });
    await feedOf(test, 'night', PLAIN);
    await runFile(
      test,
      'night',
      of(
        'A,1,2026-11-20T06:00:00Z,west',
        'A,1,2026-11-20T06:00:00Z,east',
        'B,1,2026-11-22T06:00:00Z,west',
        'C,1,2026-11-20T06:00:00Z,west',
        'D,1,2026-11-20T06:00:00Z,west',
      ),
    );
    await figures(test);
    const run = await runFile(
      test,
      'night',
      of('D,2,2026-11-21T06:00:00Z,west', 'C,many,2026-11-21T06:00:00Z,west'),
    );
    expect(run).toMatchObject({ state: 'completed', events: { zeroed: 1 } });
    expect(await stock()).toEqual(['A@east=1', 'A@west=0', 'B@west=1', 'C@west=1', 'D@west=2']);
  });

  it('zeroes what is in the ledger and not decided yet', async () => {
    await test.database.supplier.updateMany({ data: { state: 'closed' } });
    await feedOf(test, 'night', PLAIN);
    await runFile(test, 'night', of('A,1,2026-11-20T06:00:00Z,', 'B,2,2026-11-20T06:00:00Z,'));
    const run = await runFile(test, 'night', of('B,3,2026-11-21T06:00:00Z,'));
    expect(run.events).toMatchObject({ accepted: 1, zeroed: 1 });
    await test.database.supplier.updateMany({ data: { state: 'open' } });
    expect(await stock()).toEqual(['A@=0', 'B@=3']);
  });
});

describe('the trace of an item', () => {
  it('says by which line of which file an event came, and from which one it was missing', async () => {
    await feedOf(
      test,
      'night',
      'columns: { sku: sku, quantity: qty, updatedAt: at }\nkind: snapshot\nguards: { toZero: 100%, lost: 100% }\n',
    );
    const first = await runFile(
      test,
      'night',
      'sku,qty,at\nA,1,2026-11-20T06:00:00Z\nB,2,2026-11-20T06:00:00Z\n',
    );
    await figures(test);
    const next = await runFile(test, 'night', 'sku,qty,at\nA,1,2026-11-21T06:00:00Z\n');
    await figures(test);
    const at = { temporalUiUrl: 'http://ui.test', namespace: 'x' };
    const [found] = await findTraces(test.database, { key: 'B', tenant: TENANT }, at);
    expect(found?.trace.events.map(({ cameBy }) => cameBy)).toEqual([
      `0 because it was missing from acme's file of 2026-11-21T06:00:00.000000Z (stock.csv), run ${next.runId}`,
      `line 3 of stock.csv, run ${first.runId}`,
    ]);
  });
});
