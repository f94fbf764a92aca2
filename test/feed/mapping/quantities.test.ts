import { describe, expect, it } from 'vitest';
import type { QuantitySettings } from '../../../src/feed/definition/values-schema.ts';
import { compileQuantities } from '../../../src/feed/mapping/quantities.ts';
import { Fault } from '../../../src/feed/mapping/refusal.ts';

/** The figure, or the code of the refusal. */
function read(value: unknown, settings: Partial<QuantitySettings> = {}): unknown {
  const quantity = compileQuantities({ words: {}, ...settings })(value);
  return quantity instanceof Fault ? quantity.code : quantity;
}

function reasonOf(value: unknown, settings: Partial<QuantitySettings> = {}): string {
  const quantity = compileQuantities({ words: {}, ...settings })(value);
  return quantity instanceof Fault ? quantity.reason : '';
}

describe('a quantity without settings', () => {
  it.each([
    ['5', 5],
    ['0', 0],
    ['+5', 5],
    ['-3', -3],
    ['\u22123', -3],
    ['007', 7],
    [' 8 ', 8],
    ['\u00a08\u202f', 8],
    ['\u20098\u3000', 8],
    ['5.0', 5],
    ['4.0000', 4],
    ['-2.0000', -2],
    ['0.000', 0],
    ['1234.000', 1234],
    ['2147483647', 2_147_483_647],
    [5, 5],
    [5.0, 5],
    [-3, -3],
    ['', undefined],
    ['  ', undefined],
    [null, undefined],
    [undefined, undefined],
    ['2.5', 'not_whole'],
    ['0.500', 'not_whole'],
    [2.5, 'not_whole'],
    ['1,234', 'ambiguous_quantity'],
    ['1.234', 'ambiguous_quantity'],
    ['5.000', 'ambiguous_quantity'],
    ['5,0', 'ambiguous_quantity'],
    ['1.234,00', 'ambiguous_quantity'],
    ['1,234.00', 'ambiguous_quantity'],
    ['1 234', 'ambiguous_quantity'],
    ['1\u00a0234', 'ambiguous_quantity'],
    ["1'234", 'ambiguous_quantity'],
    ['1E+02', 'bad_quantity'],
    ['1.5e3', 'bad_quantity'],
    ['0x10', 'bad_quantity'],
    ['10+', 'bad_quantity'],
    ['>10', 'bad_quantity'],
    ['5 Stk', 'bad_quantity'],
    ['3-', 'bad_quantity'],
    ['(3)', 'bad_quantity'],
    ['--3', 'bad_quantity'],
    ['٣', 'bad_quantity'],
    ['NaN', 'bad_quantity'],
    ['Infinity', 'bad_quantity'],
    [true, 'bad_quantity'],
    [{ value: 5 }, 'bad_quantity'],
  ])('%j is %j', (value, expected) => {
    expect(read(value)).toBe(expected);
  });

  it.each([
    ['1,234', /quantities\.decimal and quantities\.thousands/],
    ['1 234', /quantities\.thousands/],
    ['10+', /quantities\.words/],
    ['1E+02', /scientific notation, and may have been rounded/],
  ])('names what would read %s', (value, reason) => {
    expect(reasonOf(value)).toMatch(reason);
  });
});

describe('a quantity with its signs set', () => {
  it.each([
    ['5,0', { decimal: ',' }, 5],
    ['12,5', { decimal: ',' }, 'not_whole'],
    ['1,000', { decimal: ',' }, 1],
    ['1.234', { decimal: ',' }, 'bad_quantity'],
    ['5.0', { decimal: ',' }, 'bad_quantity'],
    ['1.234', { decimal: '.' }, 'not_whole'],
    ['5.000', { decimal: '.' }, 5],
    ['5,0', { decimal: '.' }, 'bad_quantity'],
    ['1.234,00', { decimal: ',', thousands: '.' }, 1234],
    ['1.234.567', { decimal: ',', thousands: '.' }, 1_234_567],
    ['1.23', { decimal: ',', thousands: '.' }, 'bad_quantity'],
    ['-1.234', { thousands: '.' }, -1234],
    ['1,234', { thousands: ',' }, 1234],
    ['5 100', { decimal: ',', thousands: '.' }, 'bad_quantity'],
    ['5 100', { thousands: ',' }, 'bad_quantity'],
    ['5 100', { thousands: ' ' }, 5100],
    ['1,234.0', { thousands: ',' }, 1234],
    ['12,34,567', { thousands: ',' }, 1_234_567],
    ['1,23', { thousands: ',' }, 'bad_quantity'],
    ['1,2345', { thousands: ',' }, 'bad_quantity'],
    [',234', { thousands: ',' }, 'bad_quantity'],
    ['1234', { thousands: ',' }, 1234],
    ['1 234', { thousands: ' ' }, 1234],
    ['1\u202f234,0', { thousands: ' ' }, 1234],
    ['1\u00a0234.0', { thousands: ' ' }, 1234],
    ["1'234", { thousands: "'" }, 1234],
    ['1’234.00', { thousands: "'" }, 1234],
  ] as const)('%s by %j is %j', (value, settings, expected) => {
    expect(read(value, settings)).toBe(expected);
  });
});

describe('words for quantities', () => {
  const words = { 'auf Lager': 10, '10+': 10, 'not stocked': 'none', '': 0, '999': 50, '-': 0 } as const;

  it.each([
    ['auf Lager', 10],
    [' AUF  LAGER ', 10],
    ['10+', 10],
    ['Not Stocked', 'none'],
    ['', 0],
    [null, 0],
    ['999', 50],
    [999, 50],
    ['-', 0],
    ['5', 5],
    [5, 5],
    ['viel', 'bad_quantity'],
    ['constructor', 'bad_quantity'],
  ])('%j is %j', (value, expected) => {
    expect(read(value, { words })).toBe(expected);
  });
});
