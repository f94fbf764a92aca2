import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { microsOf } from '../../../src/domain/time.ts';
import { checkDefinition } from '../../../src/feed/definition/read-definition.ts';
import { guessFile } from '../../../src/feed/preview/guess-file.ts';
import { ingestByGuess } from '../../../src/feed/preview/ingest-by-guess.ts';
import { previewFile, type PreviewedFile } from '../../../src/feed/preview/preview-file.ts';
import { readingDefinition } from '../../../src/feed/store/definition-of.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { feedOf, figures, openShop, runFile, TENANT } from '../run/run-world.ts';

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
      refusals: [{ code: 'bad_quantity', count: 1, lines: [6] }],
      changes: { above0: 20, zeroed: 6, items: 15, unheard: 0 },
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

  it('says of a cut file that it would fail', async () => {
    const preview = await previewFile(
      test.as('operator'),
      await fileOf(`${of(3, () => 1, '2026-11-21T06:00:00Z')}"X`),
    );
    expect(preview.unreadable).toBeDefined();
  });
});

describe('a file without a feed', () => {
  const GERMAN = 'Artikelnr;Bestand;Stand\nA-1;5;2026-11-22T06:00:00Z\nA-2;6;2026-11-22T07:00:00Z\n';

  it('is read by its look, once', async () => {
    const guess = await guessFile(chunks(GERMAN), { name: 'lager.csv', feed: 'guessed', supplier: 'acme' });
    expect(guess.open).toEqual([]);
    const checked = checkDefinition(guess.document);
    if (!checked.ok) throw new Error('no definition');
    const ingest = async () =>
      ingestByGuess(
        test.as('operator'),
        { ...(await fileOf(GERMAN)), definition: checked.definition },
        { onProgress: () => undefined, signal: new AbortController().signal },
      );
    expect(await ingest()).toEqual({ rows: 2, refused: 0, accepted: 2, duplicate: 0, conflict: 0 });
    expect(await ingest()).toMatchObject({ accepted: 0, duplicate: 2 });
  });
});
