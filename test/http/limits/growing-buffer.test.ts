import { describe, expect, it } from 'vitest';
import { createGrowingBuffer } from '../../../src/http/limits/growing-buffer.ts';

describe('a growing buffer', () => {
  it('holds what came, in pieces of any size', () => {
    const buffer = createGrowingBuffer();
    const pieces = [0, 1, 7, 1_016, 1, 5_000, 0, 3].map((size, no) => Buffer.alloc(size, no));
    for (const piece of pieces) buffer.append(piece);
    const whole = Buffer.concat(pieces);
    expect([buffer.length, buffer.bytes().equals(whole)]).toEqual([whole.length, true]);
    expect(createGrowingBuffer().bytes()).toHaveLength(0);
  });

  it('keeps no piece, and no more memory than twice what came', () => {
    const buffer = createGrowingBuffer();
    // The same piece each time: whoever kept it would hold the last byte only.
    const piece = Buffer.alloc(1);
    for (let no = 0; no < 100_000; no += 1) {
      piece[0] = no % 251;
      buffer.append(piece);
    }
    const bytes = buffer.bytes();
    expect(bytes.every((byte, no) => byte === no % 251)).toBe(true);
    expect(bytes.buffer.byteLength).toBeLessThanOrEqual(200_000);
  });
});
