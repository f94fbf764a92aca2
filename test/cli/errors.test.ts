import { describe, expect, it } from 'vitest';
import { describeError } from '../../src/cli/errors.ts';

describe('a full disk', () => {
  it.each([
    Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
    new Error(
      "PostgreSQL's initdb failed (exit code 1):\ncreating\nFATAL:  could not write: No space left on device\nend",
    ),
    new Error(
      'the Temporal dev server did not start: it ended with exit code 1\ndatabase or disk is full (13)',
    ),
  ])('is told in a sentence: %s', (error) => {
    const { text, exitCode } = describeError(error, { debug: false });
    expect(exitCode).toBe(1);
    expect(text).toMatch(/^error: There is no space left on a disk: .*\nMake room and do it again/);
    expect(text.split('\n')).toHaveLength(2);
  });
});
