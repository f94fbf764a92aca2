import { describe, expect, it } from 'vitest';
import { nextOfCron } from '../../../src/feed/store/next-of-cron.ts';

const next = (line: string, zone: string, after: string): string =>
  nextOfCron(line, zone, new Date(after)).toISOString();

describe('the next time of a crontab', () => {
  it.each([
    ['0 6 * * 1-5', 'Europe/Berlin', '2026-11-27T05:00:00Z', '2026-11-30T05:00:00.000Z'],
    ['*/15 * * * *', 'UTC', '2026-11-27T05:00:00Z', '2026-11-27T05:15:00.000Z'],
    ['30 2 1 jan *', 'UTC', '2026-11-27T05:00:00Z', '2027-01-01T02:30:00.000Z'],
    // Both days are narrowed: one is enough.
    ['0 0 13 * fri', 'UTC', '2026-11-07T05:00:00Z', '2026-11-13T00:00:00.000Z'],
    ['0 0 14 * fri', 'UTC', '2026-11-07T05:00:00Z', '2026-11-13T00:00:00.000Z'],
    ['0 0 29 2 *', 'UTC', '2026-11-07T05:00:00Z', '2028-02-29T00:00:00.000Z'],
    // The clock skips 02:30.
    ['30 2 29 3 *', 'Europe/Berlin', '2026-03-28T05:00:00Z', '2026-03-29T01:30:00.000Z'],
  ])('%s in %s after %s is %s', (line, zone, after, wanted) => {
    expect(next(line, zone, after)).toBe(wanted);
  });

  it('is refused where there is none', () => {
    expect(() => next('0 0 31 2 *', 'UTC', '2026-11-07T05:00:00Z')).toThrow('never comes');
  });
});
