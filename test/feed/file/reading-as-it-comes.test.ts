import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readFeedFile } from '../../../src/feed/file/read-file.ts';
import { inPieces, readAll } from './read-all.ts';
import { zipOf } from './zip-of.ts';

const PIECE = 64 * 1024;
const CSV = `sku;quantity\n${'SKU-000001;5\n'.repeat(400_000)}`;

interface Watched {
  chunks: AsyncGenerator<Buffer>;
  taken: () => number;
  isEnded: () => boolean;
}

function watched(content: Buffer | string): Watched {
  let taken = 0;
  let ended = false;
  const chunks = (async function* () {
    try {
      for await (const piece of inPieces(content, PIECE)) {
        taken += 1;
        yield piece;
      }
    } finally {
      ended = true;
    }
  })();
  return { chunks, taken: () => taken, isEnded: () => ended };
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'feeds-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('a file that is read', () => {
  it('is taken no further than its rows are', async () => {
    const source = watched(CSV);
    const { rows } = await readFeedFile(source.chunks, {});
    const iterator = rows[Symbol.asyncIterator]();
    for (let count = 0; count < 1000; count += 1) await iterator.next();
    expect(source.taken()).toBeLessThan(2 ** 20 / PIECE + 3);
    await iterator.return?.();
  });

  it.each([
    ['plain', (bytes: Buffer) => bytes],
    ['gzip', (bytes: Buffer) => gzipSync(bytes, { level: 0 })],
    ['zip', (bytes: Buffer) => zipOf({ 'a.csv': bytes })],
  ])('ends its source and leaves nothing when its reader stops (%s)', async (_, pack) => {
    const source = watched(pack(Buffer.from(CSV)));
    const { rows } = await readFeedFile(source.chunks, {});
    for await (const row of rows) if (row.line === 10) break;
    expect(source.isEnded()).toBe(true);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('ends its source when nobody reads a row', async () => {
    const source = watched(CSV);
    const { rows } = await readFeedFile(source.chunks, {});
    await rows[Symbol.asyncIterator]().return?.();
    expect(source.isEnded()).toBe(true);
  });

  it('ends its source when it cannot be read', async () => {
    const source = watched(`<html>${CSV}`);
    await expect(readFeedFile(source.chunks, {})).rejects.toThrow('web page');
    expect(source.isEnded()).toBe(true);
  });

  it.each([
    ['at once', 0],
    ['in its middle', 2 ** 20 + PIECE],
  ])('lets through what its source throws %s', async (_, from) => {
    const broken = (async function* () {
      let sent = 0;
      for await (const piece of inPieces(CSV, PIECE)) {
        if (sent >= from) throw new Error('the line is dead');
        sent += piece.length;
        yield piece;
      }
    })();
    const reading = (async () => {
      const { rows } = await readFeedFile(broken, {});
      for await (const _row of rows);
    })();
    await expect(reading).rejects.toThrow('the line is dead');
  });

  it('counts every one of many lines', async () => {
    const { rows } = await readAll(CSV, {}, PIECE);
    expect(rows).toHaveLength(400_000);
    expect(rows.at(-1)).toEqual({
      line: 400_001,
      cells: ['SKU-000001', '5'],
      value: undefined,
      text: 'SKU-000001;5',
    });
  });
});
