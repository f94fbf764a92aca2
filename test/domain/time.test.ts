import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTime, parseExactTime, parseTime } from '../../src/domain/time.ts';

describe('times', () => {
  it('keep every microsecond there and back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n }), (at) => {
        expect(parseTime(formatTime(at))).toEqual({ ok: true, at, cut: false });
      }),
    );
  });

  it.each([
    ['2026-06-01T10:00:00Z', '2026-06-01T10:00:00.000000Z'],
    ['2026-06-01t10:00:00.1z', '2026-06-01T10:00:00.100000Z'],
    ['2026-06-01T10:00:00.123456+02:00', '2026-06-01T08:00:00.123456Z'],
    ['2026-06-01T10:00:00.123456000-05:30', '2026-06-01T15:30:00.123456Z'],
    ['2024-02-29T23:59:59.999999Z', '2024-02-29T23:59:59.999999Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000000Z'],
    ['1969-12-31T23:59:59.999999Z', '1969-12-31T23:59:59.999999Z'],
  ])('%s is %s', (text, expected) => {
    const parsed = parseTime(text);
    expect(parsed.ok && formatTime(parsed.at)).toBe(expected);
  });

  it.each([
    ['2026-06-01T10:00:00.1234567Z', '2026-06-01T10:00:00.123456Z', true],
    ['2026-06-01T10:00:00.12345678Z', '2026-06-01T10:00:00.123456Z', true],
    ['2026-06-01T10:00:00.123456789Z', '2026-06-01T10:00:00.123456Z', true],
    ['2026-06-01T10:00:00.999999999Z', '2026-06-01T10:00:00.999999Z', true],
    ['2026-06-01T12:00:00.0000009+02:00', '2026-06-01T10:00:00.000000Z', true],
    ['1969-12-31T23:59:59.9999999Z', '1969-12-31T23:59:59.999999Z', true],
    ['9999-12-31T23:59:59.999999999Z', '9999-12-31T23:59:59.999999Z', true],
    ['2026-06-01T10:00:00.1234560Z', '2026-06-01T10:00:00.123456Z', false],
    ['2026-06-01T10:00:00.123456000000Z', '2026-06-01T10:00:00.123456Z', false],
  ])('%s is cut to the microsecond, not rounded', (text, expected, cut) => {
    const parsed = parseTime(text);
    expect(parsed.ok && [formatTime(parsed.at), parsed.cut]).toEqual([expected, cut]);
    expect(parseExactTime(text)).toEqual(
      cut ? { ok: false, fault: 'finer than a microsecond' } : { ok: true, at: parsed.ok && parsed.at },
    );
  });

  it.each([
    ['2026-06-01T10:00:00', /zone/],
    ['2026-06-01 10:00:00Z', /RFC 3339/],
    ['2026-02-30T10:00:00Z', /calendar/],
    ['2025-02-29T10:00:00Z', /calendar/],
    ['2026-13-01T10:00:00Z', /calendar/],
    ['2026-00-01T10:00:00Z', /calendar/],
    ['10000-01-01T00:00:00Z', /RFC 3339/],
    ['9999-12-31T23:59:59-01:00', /years/],
    ['0001-01-01T00:00:00+01:00', /years/],
    ['2026-06-01T24:00:00Z', /time of the day/],
    ['2026-06-30T23:59:60Z', /time of the day/],
    ['2026-06-01T10:00:00+24:00', /offset/],
    ['2026-06-01T10:00:00.1234567891Z', /nanosecond/],
    ['2026-06-01T10:00:00.Z', /RFC 3339/],
    ['', /RFC 3339/],
    ['٢٠٢٦-06-01T10:00:00Z', /RFC 3339/],
  ])('%s is refused', (text, fault) => {
    const parsed = parseTime(text);
    expect(parsed.ok ? '' : parsed.fault).toMatch(fault);
  });
});
