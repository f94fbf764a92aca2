import { describe, expect, it } from 'vitest';
import { LINE_BYTES, readLines } from '../../../src/intake/file/read-lines.ts';

async function linesOf(chunks: (string | Buffer)[]): Promise<[number, string | undefined][]> {
  const lines: [number, string | undefined][] = [];
  async function* source() {
    for (const chunk of chunks) yield Buffer.from(chunk);
  }
  for await (const { number, bytes } of readLines(source())) lines.push([number, bytes?.toString()]);
  return lines;
}

describe('lines', () => {
  it('end with LF or CR LF, the last one perhaps with nothing, wherever the chunks end', async () => {
    const text = 'a\r\nbb\n\nccc';
    const expected = [
      [1, 'a'],
      [2, 'bb'],
      [3, ''],
      [4, 'ccc'],
    ];
    expect(await linesOf([text])).toEqual(expected);
    expect(await linesOf(text.split(''))).toEqual(expected);
    expect(await linesOf([`${text}\n`])).toEqual(expected);
    expect(await linesOf([])).toEqual([]);
  });

  it('that are too long are counted and not kept', async () => {
    const lines = await linesOf(['a\n', 'x'.repeat(LINE_BYTES), 'y', 'z'.repeat(LINE_BYTES), '\nb\n']);
    expect(lines).toEqual([
      [1, 'a'],
      [2, undefined],
      [3, 'b'],
    ]);
    expect(await linesOf([`${'x'.repeat(LINE_BYTES)}\n`])).toEqual([[1, 'x'.repeat(LINE_BYTES)]]);
  });
});
