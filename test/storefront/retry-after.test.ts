import { describe, expect, it } from 'vitest';
import { readRetryAfter } from '../../src/storefront/retry-after.ts';

const now = Date.UTC(1994, 10, 6, 8, 49, 0);

describe('Retry-After', () => {
  it.each([
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
    '37',
    ' 37 ',
  ])('reads %j', (value) => {
    expect(readRetryAfter(value, now)).toBe(37_000);
  });

  it.each([
    null,
    '',
    '-1',
    '1.5',
    '1e3',
    '0x10',
    'tomorrow',
    '2030-01-01T00:00:00Z',
    'Sun, 99 Nov 1994 08:49:37 GMT',
  ])('does not read %j', (value) => {
    expect(readRetryAfter(value, now)).toBeUndefined();
  });
});
