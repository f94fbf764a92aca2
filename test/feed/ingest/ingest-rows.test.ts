import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../../src/database/client.ts';
import { eventIdOfContent } from '../../../src/intake/event-id.ts';
import { SAME_MOMENT } from '../../../src/domain/same-moment.ts';
import { mustParseTime } from '../../../src/domain/time.ts';
import { UnreadableFile } from '../../../src/feed/file/unreadable-file.ts';
import { ingestFile, type LooseFile } from '../../../src/feed/ingest/ingest-file.ts';
import {
  IngestStopped,
  type IngestCounts,
  type IngestWork,
  type RefusedLine,
  type WarnedLine,
} from '../../../src/feed/ingest/ingest-rows.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { openTenant } from '../../support/flags.ts';

let test: TestDatabase;
let refused: RefusedLine[];

beforeEach(async () => {
  refused = [];
  test = await testDatabase();
  await openTenant(test.database, 'canary', ['acme']);
});
afterEach(() => test?.drop());

async function* chunksOf(text: string | Buffer, size = 7): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

async function run(
  chunks: AsyncIterable<Buffer>,
  {
    database = test.database,
    format,
    ...more
  }: Partial<IngestWork> & Partial<Pick<LooseFile, 'format'>> & { database?: Database } = {},
): Promise<IngestCounts> {
  const file = { tenant: 'canary', supplier: 'acme', name: undefined, writtenAt: undefined, receivedAt: 0n };
  const ingested = await ingestFile(
    database,
    { ...file, format, open: () => chunks, isStream: true },
    {
      onRefused: (line) => refused.push(line),
      onProgress: () => undefined,
      signal: new AbortController().signal,
      retryPausesMs: [],
      agrees: async () => false,
      ...more,
    },
  );
  if (ingested.outcome !== 'written') throw new Error(ingested.outcome);
  return ingested.counts;
}

const ledger = () =>
  test.database.supplierEvent.findMany({
    select: { eventId: true, sku: true, quantity: true, updatedAtUs: true, workflowId: true },
    orderBy: { eventId: 'asc' },
  });

describe('a CSV file', () => {
  it('may have its columns in any order, a byte order mark, quotes and CR LF', async () => {
    const text =
      '\ufeffquantity,"updatedAt",sku,id\r\n' +
      '7,2026-06-01T12:00:05+02:00," chair ""1"", big",e-17\r\n' +
      '\r\n' +
      ' 3 ,2026-06-01T10:00:05Z,LAMP,';
    expect(await run(chunksOf(text))).toEqual({ lines: 2, accepted: 2, duplicate: 0, conflict: 0, bad: 0 });
    const updatedAtUs = mustParseTime('2026-06-01T10:00:05Z');
    const hash = eventIdOfContent({ sku: 'LAMP', quantity: 3, updatedAt: updatedAtUs, location: '' });
    expect(await ledger()).toEqual([
      {
        eventId: 'e-17',
        sku: ' chair "1", big',
        quantity: 7,
        updatedAtUs,
        workflowId: 'sync:canary:acme:e-17',
      },
      {
        eventId: hash,
        sku: 'LAMP',
        quantity: 3,
        updatedAtUs,
        workflowId: expect.stringMatching(/^sync:canary:acme:/),
      },
    ]);
  });

  it('has bad lines told with their number and reason, while the others go on', async () => {
    const time = '2026-06-01T10:00:05Z';
    const text = Buffer.concat([
      Buffer.from(
        `sku,quantity,updatedAt,id\nA,1,${time},1\nA,1.5,${time},2\nA,1\nA,-2147483649,${time},4\n`,
      ),
      // Of Windows-1252, which the file is then.
      Buffer.from([0x41, 0xff, 0x0a]),
      Buffer.from(`A,1,yesterday,5\n${'x'.repeat(70_000)}\nA,0x10,${time},6\nA,2,${time},7\n`),
    ]);
    const counts = await run(chunksOf(text, 1000));
    expect(counts).toMatchObject({ lines: 9, accepted: 2, bad: 7 });
    expect(refused.map(({ line, status }) => [line, status])).toEqual(
      [3, 4, 5, 6, 7, 8, 9].map((line) => [line, 'bad']),
    );
    expect(refused.map(({ reason }) => reason)).toEqual([
      'quantity "1.5" is no whole number',
      'updatedAt is missing',
      expect.stringMatching(/^quantity must be a whole number/),
      'quantity is missing; updatedAt is missing',
      expect.stringMatching(/^updatedAt "yesterday" is no time/),
      expect.stringMatching(/longer than/),
      expect.stringMatching(/^quantity "0x10" is no number/),
    ]);
  });

  it('may have columns that are not read, quantities below 0, and a location or none', async () => {
    const time = '2026-06-01T10:00:05.123456789Z';
    const text = `sku,price,quantity,updatedAt,location,__proto__\nA,9,-3,${time},WH-1,x\nA,9,5,${time},,x\n`;
    expect(await run(chunksOf(text))).toEqual({
      ...{ lines: 2, accepted: 2, duplicate: 0, conflict: 0, bad: 0 },
      ignored: ['price', '__proto__'],
    });
    const rows = await test.database.supplierEvent.findMany({ orderBy: { quantity: 'asc' } });
    expect(rows).toMatchObject([
      { quantity: -3, location: 'WH-1', updatedAtSent: time },
      { quantity: 5, location: '', updatedAtSent: time },
    ]);
    const fields = await test.database.ignoredField.findMany({ orderBy: { field: 'asc' } });
    expect(fields).toMatchObject([
      { field: '__proto__', count: 2n },
      { field: 'price', count: 2n },
    ]);
  });

  it('is taken with a warning where it has an item twice for one moment, batches apart too', async () => {
    const time = '2026-06-01T10:00:05Z';
    const others = Array.from({ length: 600 }, (_, no) => `ITEM-${no},1,${time},\n`).join('');
    const warned: WarnedLine[] = [];
    const counts = await run(
      chunksOf(
        `sku,quantity,updatedAt,location\nA,12,${time},\n${others}a,3,${time}, \nA,4,${time},WH-1\n`,
        999,
      ),
      { onWarned: (line) => warned.push(line) },
    );
    expect(counts).toMatchObject({ lines: 603, accepted: 603, bad: 0, warnings: 1 });
    expect(warned).toEqual([{ line: 603, status: 'warning', reason: SAME_MOMENT }]);
    expect(refused).toEqual([]);
  });

  it('has no ghosts: what stands within quotes is no line, wherever it breaks', async () => {
    const time = '2026-06-01T10:00:05Z';
    const text = `sku,quantity,updatedAt,note\nA,5,${time},"one\nGHOST,999,${time},x\nthree"\nB,6,${time},\n`;
    expect(await run(chunksOf(text))).toMatchObject({ lines: 2, accepted: 2, bad: 0, ignored: ['note'] });
    expect((await ledger()).map(({ sku }) => sku).toSorted()).toEqual(['A', 'B']);
  });

  it('is read to where a quote opens that closes nowhere, and says so', async () => {
    const time = '2026-06-01T10:00:05Z';
    const stopped = await run(
      chunksOf(`sku,quantity,updatedAt\nA,1,${time}\n"B,1,${time}\nC,1,${time}\n`),
    ).catch((error: unknown) => error);
    expect(stopped).toMatchObject({ name: 'IngestStopped', line: 2, cause: expect.any(UnreadableFile) });
    expect((stopped as IngestStopped).cause).toMatchObject({ message: expect.stringContaining('line 3') });
  });

  it.each(['sku,quantity', 'sku,qty,updatedAt', 'sku,sku,quantity,updatedAt', '{"sku":"A"}'])(
    'is not taken as it comes when its first line is %j',
    async (header) => {
      const text = `${header}\nA,1,2026-06-01T10:00:05Z\n`;
      await expect(run(chunksOf(text), { format: 'csv' })).rejects.toThrow('stream');
      expect(await ledger()).toEqual([]);
    },
  );
});

describe('a file that begins with a byte order mark', () => {
  const time = '2026-06-01T10:00:05Z';

  it('is read without it, as is one that was joined to another', async () => {
    const ndjson = ['{"id":"n-1"', '{"id":"n-2"'].map(
      (start) => `\ufeff${start},"sku":"A","quantity":1,"updatedAt":"${time}"}\n`,
    );
    expect(await run(chunksOf(ndjson.join('')), { format: 'ndjson' })).toMatchObject({ accepted: 2, bad: 0 });
    const csv = `\ufeff"id",sku,quantity,updatedAt\nc-1,A,1,${time}\n\ufeffc-2,A,1,${time}\n\ufeff"c-3",A,1,${time}\n`;
    expect(await run(chunksOf(csv))).toMatchObject({ accepted: 3, bad: 0 });
    expect((await ledger()).map(({ eventId }) => eventId)).toEqual(['c-1', 'c-2', 'c-3', 'n-1', 'n-2']);
  });
});

describe('an NDJSON file', () => {
  it('is held to the rules of the HTTP intake, where a figure may be a text, and an event the one of an array', async () => {
    const event = '"sku":"A","quantity":1,"updatedAt":"2026-06-01T10:00:05Z"';
    const lines = [
      `{"id":"ok",${event}}`,
      `{"id":"twice","id":"twice",${event}}`,
      `{"__proto__":{},${event}}`,
      `{"price":1,${event}}`,
      `[{${event}}]`,
      `{${event.replace('1', '"1"')}}`,
      `{${event.replace('"A"', String.raw`"A\u0000"`)}}`,
    ];
    expect(await run(chunksOf(lines.join('\n')), { format: 'ndjson' })).toMatchObject({
      ...{ accepted: 2, duplicate: 2, bad: 3 },
      ignored: ['price'],
    });
    expect(refused.map(({ line }) => line)).toEqual([2, 3, 7]);
  });
});

describe('a file that is sent again', () => {
  it('only makes duplicates, and tells of ids that stand for another content now', async () => {
    const row = (quantity: number, index: number): string =>
      `e-${index},A,${quantity},2026-06-01T10:00:05Z\n`;
    const file = (quantity: number): string =>
      `id,sku,quantity,updatedAt\n${Array.from({ length: 501 }, (_, index) => row(index === 500 ? quantity : 1, index)).join('')}`;
    expect(await run(chunksOf(file(1)))).toMatchObject({ accepted: 501 });
    expect(await run(chunksOf(file(2)))).toEqual({
      lines: 501,
      accepted: 0,
      duplicate: 500,
      conflict: 1,
      bad: 0,
      warnings: 499,
    });
    expect(refused).toEqual([
      { line: 502, status: 'conflict', reason: expect.stringMatching(/"e-500".*; quantity was 1 /) },
    ]);
  });
});

describe('an ingest', () => {
  it('holds a batch and the head of the file: it reads no further ahead than that', async () => {
    let made = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      yield Buffer.from('id,sku,quantity,updatedAt\n');
      for (; made < 100_000; made += 1) yield Buffer.from(`e-${made},A,1,2026-06-01T10:00:05Z\n`);
    }
    const stop = new AbortController();
    const ahead: number[] = [];
    const onProgress = (counts: IngestCounts): void => {
      ahead.push(made - counts.accepted);
      if (ahead.length === 20) stop.abort();
    };
    await expect(run(endless(), { onProgress, signal: stop.signal })).rejects.toThrow(IngestStopped);
    // A MiB is looked at to tell the encoding by, at some 32 bytes a row.
    expect(Math.max(...ahead)).toBeLessThan(40_000);
  });

  it('tries again while the database is away, then says at which line it stopped', async () => {
    const gone = openDatabase('postgresql://postgres@127.0.0.1:1/nowhere');
    const text = 'id,sku,quantity,updatedAt\nx\ne-1,A,1,2026-06-01T10:00:05Z\n';
    try {
      const stopped = await run(chunksOf(text), { database: gone, retryPausesMs: [1, 1] }).catch(
        (error: unknown) => error,
      );
      expect(stopped).toBeInstanceOf(IngestStopped);
      expect((stopped as IngestStopped).line).toBe(2);
    } finally {
      await gone.$disconnect();
    }
  });

  it('stops between two batches when it is told to', async () => {
    const stop = new AbortController();
    async function* lines(): AsyncGenerator<Buffer> {
      yield Buffer.from('id,sku,quantity,updatedAt\n');
      for (let index = 0; ; index += 1) yield Buffer.from(`e-${index},A,1,2026-06-01T10:00:05Z\n`);
    }
    const running = run(lines(), { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(running).rejects.toMatchObject({ name: 'IngestStopped', line: 502 });
    expect(await test.database.supplierEvent.count()).toBe(500);
  });
});
