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

describe('what PostgreSQL says of a prepared statement', () => {
  it.each([
    ['22003', 'integer out of range', 'error: PostgreSQL: integer out of range (22003)'],
    [
      '42883',
      'function no_longer(text) does not exist',
      'error: The database lacks tables or functions of this version. Run `catalog-sync setup`.',
    ],
  ])('is told: %s', (originalCode, originalMessage, told) => {
    const error = Object.assign(new Error(originalMessage), {
      name: 'PreparedQueryError',
      ...{ originalCode, originalMessage },
    });
    expect(describeError(error, { debug: false }).text).toBe(told);
  });
});

describe('what Prisma says', () => {
  it('is told in the words of PostgreSQL', () => {
    const error = Object.assign(
      new Error(
        '\nInvalid `prisma.$queryRaw()` invocation in\n/srv/app/src/x.ts:7:3\n\n  4 const x\n\nRaw query failed. Code: `42601`. ' +
          'Message: `syntax error at or near "x"`',
      ),
      { name: 'PrismaClientKnownRequestError', code: 'P2010' },
    );
    const { text } = describeError(error, { debug: false });
    expect(text).toBe('error: PostgreSQL: syntax error at or near "x" (42601)');
  });
});
