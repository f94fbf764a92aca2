import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { microsOf } from '../../../src/domain/time.ts';
import { previewFile, type PreviewedFile } from '../../../src/feed/preview/preview-file.ts';
import { readingDefinition } from '../../../src/feed/store/definition-of.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { setFeed } from '../../../src/feed/store/set-feed.ts';
import { BY, feedOf, figures, KEYS, openShop, runFile, TENANT } from '../run/run-world.ts';

const FEED = 'columns: { sku: sku, quantity: qty, updatedAt: at }\nkind: snapshot\n';
let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
  await openShop(test);
  await feedOf(test, 'night', FEED);
  await runFile(
    test,
    'night',
    of(20, () => 7, '2026-11-20T06:00:00Z'),
  );
  await figures(test);
});
afterAll(() => test?.drop());

function of(count: number, quantity: (no: number) => number | string, at: string): string {
  return `sku,qty,at\n${Array.from({ length: count }, (_, no) => `ITEM-${no},${quantity(no)},${at}\n`).join('')}`;
}

async function* chunks(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

async function fileOf(text: string): Promise<PreviewedFile> {
  return {
    ...{ chunks: chunks(text), name: 'stock.csv', writtenAt: undefined, receivedAt: microsOf(new Date()) },
    ...{ tenant: TENANT, supplier: 'acme', feed: 'night' },
    definition: await readingDefinition(test.database, { tenant: TENANT, feed: 'night', version: 1 }),
  };
}

describe('a preview', () => {
  it('says what would pass, row by row, and what would be held, as the run does', async () => {
    const before = await test.database.supplierEvent.count();
    const text = of(15, (no) => (no === 4 ? 'many' : no), '2026-11-21T06:00:00Z');
    const preview = await previewFile(test.as('operator'), await fileOf(text));
    expect(preview).toMatchObject({
      ...{ rows: 15, refused: 1, figures: 14, unreadable: undefined, unread: [] },
      refusals: [{ code: 'bad_quantity', count: 1, lines: [6], ranges: [[6, 6]] }],
      changes: { above0: 20, zeroed: 6, items: 15, unheard: 0, changed: 18 },
    });
    expect(preview.events[1]).toEqual({
      line: 3,
      sku: 'ITEM-1',
      quantity: 1,
      updatedAt: '2026-11-21T06:00:00.000000Z',
    });
    expect(await test.database.supplierEvent.count()).toBe(before);

    const run = await runFile(test, 'night', text);
    expect(run.state).toBe('held');
    expect(preview.guards).toEqual({ verdict: 'held', reasons: run.reasons });
  });

  it('shows the first items that change, from what to what, those that would go to 0 before others', async () => {
    const text = of(3, (no) => no, '2026-11-22T06:00:00Z');
    const { changes } = await previewFile(test.as('operator'), await fileOf(text));
    expect(changes.first.slice(0, 2)).toEqual([
      { sku: 'ITEM-0', from: 7, to: 0 },
      { sku: 'ITEM-10', from: 7, to: 0 },
    ]);
    expect(changes.first.slice(-2)).toEqual([
      { sku: 'ITEM-1', from: 7, to: 1 },
      { sku: 'ITEM-2', from: 7, to: 2 },
    ]);
  });

  it('names every refused line, in stretches', async () => {
    const bad = new Set([1, 2, 3, 5, 7, 8]);
    const text = of(30, (no) => (bad.has(no) ? 'many' : 1), '2026-11-22T06:00:00Z');
    const { refusals } = await previewFile(test.as('operator'), await fileOf(text));
    expect(refusals).toMatchObject([
      {
        code: 'bad_quantity',
        count: 6,
        ranges: [
          [3, 5],
          [7, 7],
          [9, 10],
        ],
      },
    ]);
  });

  it('says which events would be rejected, wait, or are hardly meant so', async () => {
    const rows = ['A,1,2099-01-01T00:00:00Z', 'B,1,2026-11-22T06:00:00Z', 'b,2,2026-11-22T06:00:00Z'];
    const { notices, closed } = await previewFile(
      test.as('operator'),
      await fileOf(`sku,qty,at\n${rows.join('\n')}\n`),
    );
    expect(notices).toEqual({ clock_drift: { count: 1, lines: [2] }, same_moment: { count: 1, lines: [4] } });
    expect(closed).toBeUndefined();
  });

  it('counts what waits to be decided, as the guards of a run do', async () => {
    await test.sql("INSERT INTO supplier (tenant_id, id, state) VALUES ('shop', 'bolt', 'open')");
    const document = `feed: bolts\nsupplier: bolt\nsource: { upload: {} }\n${FEED}`;
    await setFeed(test.as('operator'), async () => KEYS, { tenant: TENANT, text: document, by: BY });
    await runFile(
      test,
      'bolts',
      of(20, () => 7, '2026-11-20T06:00:00Z'),
    );
    const text = of(20, (no) => (no < 10 ? 0 : 7), '2026-11-21T06:00:00Z');
    const file = { ...(await fileOf(text)), supplier: 'bolt', feed: 'bolts' };
    const preview = await previewFile(test.as('operator'), file);
    expect(preview.changes).toMatchObject({ above0: 20, zeroed: 10, items: 20, unheard: 0 });
    const run = await runFile(test, 'bolts', text);
    expect(preview.guards).toEqual({ verdict: 'held', reasons: run.reasons });
  });

  it('says of a cut file that it would fail', async () => {
    const preview = await previewFile(
      test.as('operator'),
      await fileOf(`${of(3, () => 1, '2026-11-21T06:00:00Z')}"X`),
    );
    expect(preview.unreadable).toBeDefined();
  });
});
