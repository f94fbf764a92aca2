import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/feed/mapping/refusal.ts';
import { compileTimes } from '../../../src/feed/mapping/times.ts';
import { formatTime, parseTime } from '../../../src/domain/time.ts';

interface Settings {
  format?: string[];
  zone?: string;
  locale?: string;
}

/** The moment in UTC, or the code of the refusal. */
function read(text: string, settings: Settings = {}): string {
  const time = compileTimes(settings)(text);
  if (time instanceof Fault) return time.code;
  const parsed = parseTime(time);
  return parsed.ok ? formatTime(parsed.at).replace('.000000Z', 'Z') : parsed.fault;
}

function reasonOf(text: string, settings: Settings = {}): string {
  const time = compileTimes(settings)(text);
  return time instanceof Fault ? time.reason : '';
}

describe('a time without settings', () => {
  const TEN = '2026-11-20T10:00:00Z';

  it.each([
    ['2026-11-20T10:00:00Z', TEN],
    ['2026-11-20t10:00:00z', TEN],
    ['2026-11-20 10:00:00+00:00', TEN],
    ['2026-11-20T10:00:00+0000', TEN],
    ['2026-11-20T10:00:00+00', TEN],
    ['2026-11-20 10:00:00 UTC', TEN],
    ['2026-11-20  10:00:00 GMT', TEN],
    ['2026-11-20T10:00Z', TEN],
    ['2026-11-20T11:00+01:00', TEN],
    ['2026-11-20T10:00:00-05:00', '2026-11-20T15:00:00Z'],
    ['2026-11-20 10:00:00 -0530', '2026-11-20T15:30:00Z'],
    ['2026-11-20T10:00:00.1234567Z', '2026-11-20T10:00:00.123456Z'],
    ['2026-11-20T10:00:00.123456789Z', '2026-11-20T10:00:00.123456Z'],
    ['2026-11-20T10:00:00.1234560Z', '2026-11-20T10:00:00.123456Z'],
    ['2026-11-20T10:00:00,5Z', '2026-11-20T10:00:00.500000Z'],
    ['20261120T100000Z', TEN],
    ['20261120T1000Z', TEN],
    ['20261120T110000+0100', TEN],
    ['Fri, 20 Nov 2026 10:00:00 GMT', TEN],
    ['20 Nov 2026 11:00:00 +0100', TEN],
    ['Fri, 20 Nov 2026 10:00 UT', TEN],
    ['2026-02-30T10:00:00Z', 'not a day of the calendar'],
    ['Thu, 20 Nov 2026 10:00:00 GMT', 'bad_time'],
    ['Fri, 20 Nov 2026 10:00:00 CST', 'bad_time'],
    ['2026-11-20T10:00:00', 'no_zone'],
    ['2026-11-20 10:00:00', 'no_zone'],
    ['20261120T100000', 'no_zone'],
    ['20261120100000', 'no_zone'],
    ['202611201000', 'no_zone'],
    ['2026-02-30 10:00:00', 'bad_time'],
    ['2026-11-20', 'no_time_of_day'],
    ['20261120', 'no_time_of_day'],
    ['1763632800', 'epoch_time'],
    ['1763632800000', 'epoch_time'],
    ['1763632800.5', 'epoch_time'],
    ['20/11/2026 10:00', 'ambiguous_time'],
    ['11/20/2026', 'ambiguous_time'],
    ['20.11.2026 10:00', 'ambiguous_time'],
    ['2026/11/20 10:00', 'ambiguous_time'],
    ['10:00', 'bad_time'],
    ['gestern', 'bad_time'],
    ['45981.4166', 'bad_time'],
    ['45981', 'bad_time'],
    ['45981,25', 'bad_time'],
    ['12345', 'epoch_time'],
  ])('%s is %s', (text, expected) => {
    expect(read(text)).toBe(expected);
  });

  it('stays as it was sent where it is RFC 3339', () => {
    expect(compileTimes({})('2026-11-20T10:00:00.123456789-05:00')).toBe(
      '2026-11-20T10:00:00.123456789-05:00',
    );
  });

  it.each([
    ['2026-11-20T10:00:00', /times\.zone says which, such as Europe\/Berlin/],
    ['2026-11-20', /times\.format: yyyy-MM-dd and times\.zone/],
    ['20261120', /times\.format: yyyyMMdd and times\.zone/],
    ['20261120100000', /times\.format: yyyyMMddHHmmss and times\.zone/],
    ['202611201000', /times\.format: yyyyMMddHHmm and times\.zone/],
    ['1763632800', /times\.format: epoch would/],
    ['1763632800000', /times\.format: epochMillis would/],
    ['45987.25', /looks like a spreadsheet's serial date \(2025-11-26 06:00\)/],
    ['45987', /looks like a spreadsheet's serial date \(2025-11-26\)/],
    ['20/11/2026 10:00', /times\.format says which is the day and which the month/],
  ])('names the setting that would read %s', (text, reason) => {
    expect(reasonOf(text)).toMatch(reason);
  });
});

describe('a time with its format set', () => {
  const BERLIN = 'Europe/Berlin';

  it.each<[string, Settings, string]>([
    ['20.11.2026 10:00', { format: ['dd.MM.yyyy HH:mm'], zone: BERLIN }, '2026-11-20T09:00:00Z'],
    ['20.07.2026 10:00', { format: ['dd.MM.yyyy HH:mm'], zone: BERLIN }, '2026-07-20T08:00:00Z'],
    ['2026-07-20 10:00:00', { zone: BERLIN }, '2026-07-20T08:00:00Z'],
    ['2026-07-20T10:00:00.1234567', { zone: BERLIN }, '2026-07-20T08:00:00.123456Z'],
    ['2026-07-20T10:00:00Z', { zone: BERLIN }, '2026-07-20T10:00:00Z'],
    [
      '11/20/2026 10:00 PM',
      { format: ['MM/dd/yyyy h:mm a'], zone: 'America/New_York' },
      '2026-11-21T03:00:00Z',
    ],
    ['20/11/26', { format: ['dd/MM/yy'], zone: 'UTC' }, '2026-11-20T00:00:00Z'],
    ['20261120', { format: ['yyyyMMdd'], zone: BERLIN }, '2026-11-19T23:00:00Z'],
    ['20261120100000', { format: ['yyyyMMddHHmmss'], zone: 'UTC' }, '2026-11-20T10:00:00Z'],
    [
      '20.11.2026 10:00:00.1234567',
      { format: ['dd.MM.yyyy HH:mm:ss.u'], zone: 'UTC' },
      '2026-11-20T10:00:00.123456Z',
    ],
    [
      '20.11.2026 10:00:00.120',
      { format: ['dd.MM.yyyy HH:mm:ss.SSS'], zone: 'UTC' },
      '2026-11-20T10:00:00.120000Z',
    ],
    ['20. März 2026', { format: ['d. MMMM yyyy'], zone: 'UTC', locale: 'de' }, '2026-03-20T00:00:00Z'],
    ['20 Nov 2026 10:00', { format: ['d MMM yyyy HH:mm'], zone: 'UTC' }, '2026-11-20T10:00:00Z'],
    ['20.11.2026 10:00 +01:00', { format: ['dd.MM.yyyy HH:mm ZZ'] }, '2026-11-20T09:00:00Z'],
    ['20.11.2026 10:00 Asia/Tokyo', { format: ['dd.MM.yyyy HH:mm z'] }, '2026-11-20T01:00:00Z'],
    ['20.11.2026 10:00 Nowhere/Land', { format: ['dd.MM.yyyy HH:mm z'] }, 'bad_time'],
    ['20.11.2026 10:00 +99:00', { format: ['dd.MM.yyyy HH:mm ZZ'] }, 'bad_time'],
    ['31.02.2026 10:00', { format: ['dd.MM.yyyy HH:mm'], zone: BERLIN }, 'bad_time'],
    ['20.11.2026 25:00', { format: ['dd.MM.yyyy HH:mm'], zone: BERLIN }, 'bad_time'],
    ['2026-11-20T10:00:00Z', { format: ['dd.MM.yyyy HH:mm'], zone: BERLIN }, 'bad_time'],
    ['2026-11-20T10:00:00Z', { format: ['dd.MM.yyyy HH:mm', 'iso'], zone: BERLIN }, '2026-11-20T10:00:00Z'],
    ['Fri, 20 Nov 2026 10:00:00 GMT', { format: ['rfc2822'] }, '2026-11-20T10:00:00Z'],
    ['2026-11-20T10:00:00Z', { format: ['rfc2822'] }, 'bad_time'],
    ['1763632800', { format: ['epoch'] }, '2025-11-20T10:00:00Z'],
    ['1763632800.123456', { format: ['epoch'] }, '2025-11-20T10:00:00.123456Z'],
    ['1763632800123', { format: ['epochMillis'] }, '2025-11-20T10:00:00.123000Z'],
    ['1763632800000', { format: ['epochMillis'] }, '2025-11-20T10:00:00Z'],
    ['1763632800000', { format: ['epoch'] }, 'bad_time'],
    ['1763632800', { format: ['epochMillis'] }, 'bad_time'],
    ['-5', { format: ['epoch'] }, 'bad_time'],
    ['45987.25', { format: ['epoch'] }, 'bad_time'],
    ['1', { format: ['epoch'] }, '1970-01-01T00:00:01Z'],
    ['0', { format: ['epoch'] }, 'zero_time'],
    ['0', { format: ['epochMillis'] }, 'zero_time'],
    ['01.01.1970 00:00', { format: ['dd.MM.yyyy HH:mm'], zone: BERLIN }, 'zero_time'],
    ['0001-01-01T00:00:00', { zone: BERLIN }, 'zero_time'],
  ])('%s by %j is %s', (text, settings, expected) => {
    expect(read(text, settings)).toBe(expected);
  });

  it.each(['epoch', 'epochMillis', 'dd.MM.yyyy'])(
    'says of a serial date that it is none, not %s',
    (format) => {
      expect(reasonOf('45987.25', { format: [format], zone: 'UTC' })).toMatch(
        /serial date \(2025-11-26 06:00\)/,
      );
    },
  );

  it('says what was expected', () => {
    const settings = { format: ['dd.MM.yyyy', 'iso'], zone: 'UTC' };
    expect(reasonOf('20/11/2026', settings)).toBe(
      '"20/11/2026" is not as times.format says: dd.MM.yyyy or iso',
    );
  });
});

describe('a time on a clock that is put forward or back', () => {
  const settings = { format: ['dd.MM.yyyy HH:mm'], zone: 'Europe/Berlin' };

  it.each([
    ['29.03.2026 01:59', '2026-03-29T00:59:00Z'],
    ['29.03.2026 02:00', 'skipped_hour'],
    ['29.03.2026 02:59', 'skipped_hour'],
    ['29.03.2026 03:00', '2026-03-29T01:00:00Z'],
    // Shown twice, from 00:00Z and from 01:00Z: the earlier one counts.
    ['25.10.2026 01:59', '2026-10-24T23:59:00Z'],
    ['25.10.2026 02:00', '2026-10-25T00:00:00Z'],
    ['25.10.2026 02:59', '2026-10-25T00:59:00Z'],
    ['25.10.2026 03:00', '2026-10-25T02:00:00Z'],
  ])('%s in Berlin is %s', (text, expected) => {
    expect(read(text, settings)).toBe(expected);
    expect(read(text.replace(/(\d\d)\.(\d\d)\.(\d{4})/, '$3-$2-$1'), { zone: 'Europe/Berlin' })).toBe(
      expected,
    );
    expect(read(`${text} Europe/Berlin`, { format: ['dd.MM.yyyy HH:mm z'] })).toBe(expected);
  });

  it.each([
    ['05.04.2026 01:45', 'Australia/Lord_Howe', '2026-04-04T14:45:00Z'],
    ['04.10.2026 02:15', 'Australia/Lord_Howe', 'skipped_hour'],
    ['30.12.2011 12:00', 'Pacific/Apia', 'skipped_hour'],
    ['31.12.2011 12:00', 'Pacific/Apia', '2011-12-30T22:00:00Z'],
  ])('%s in %s is %s', (text, zone, expected) => {
    expect(read(text, { ...settings, zone })).toBe(expected);
  });

  it('begins a day with no midnight when that day begins', () => {
    // Chile puts the clock forward at midnight.
    expect(read('06.09.2026', { format: ['dd.MM.yyyy'], zone: 'America/Santiago' })).toBe(
      '2026-09-06T04:00:00Z',
    );
    expect(read('06.09.2026 00:30', { ...settings, zone: 'America/Santiago' })).toBe('skipped_hour');
  });
});
