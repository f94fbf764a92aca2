import { describe, expect, it } from 'vitest';
import { codeKey, eventCodeInWords, inPieces } from '../../src/domain/sku-alias.ts';

const SINCE = 1_795_680_000_000_000n;

describe('a code', () => {
  it.each([
    ['4006381333931', '04006381333931'],
    ['04006381333931', '04006381333931'],
    ['96385074', '00000096385074'],
    ['036000291452', '00036000291452'],
    ['36000291452', '00036000291452'],
    ['10012345678902', '10012345678902'],
  ])('%s is a GTIN by its check digit: %s', (code, key) => {
    expect(codeKey(code)).toBe(key);
  });

  it.each([
    ['4006381333932', 'a wrong check digit'],
    ['4711', 'too short'],
    ['0400638133393100', 'too long'],
    ['٤٠٠٦٣٨١٣٣٣٩٣١', 'other digits'],
  ])('%s is none: %s', (code) => {
    expect(codeKey(code)).toBe(code);
  });

  it('is compared as it looks, in any case', () => {
    expect(codeKey(' ab-1\u200b ')).toBe('AB-1');
  });
});

describe('a quantity', () => {
  it.each([
    [3, 12, 36],
    [-3, 12, -36],
    [0, 1_000_000, 0],
    [2_147_483_647, 1, 2_147_483_647],
    [2_147_483_647, 2, undefined],
    [-1_073_741_824, 2, -2_147_483_648],
    [-1_073_741_825, 2, undefined],
  ])('%i × %i is %s', (quantity, factor, pieces) => {
    expect(inPieces(quantity, factor)).toBe(pieces);
  });
});

describe('the words', () => {
  const event = { supplier: 'acme', code: '4711', quantity: 3, waitedUntil: null };
  const alias = { sku: 'CHAIR-01', factor: 12, since: SINCE };

  it('say the alias that was used', () => {
    expect(eventCodeInWords({ ...event, alias })).toBe(
      "acme's code 4711 is CHAIR-01 by the alias of 2026-11-26 (× 12: it said 3)",
    );
    expect(eventCodeInWords({ ...event, alias: { ...alias, factor: 1 } })).toBe(
      "acme's code 4711 is CHAIR-01 by the alias of 2026-11-26",
    );
  });

  it('say that it waits, or has waited', () => {
    expect(eventCodeInWords({ ...event, alias: null })).toBe(
      "unknown_sku: acme's code 4711 has no alias that fits, and waits for one",
    );
    expect(eventCodeInWords({ ...event, alias, waitedUntil: SINCE })).toMatch(
      /; it waited for that until 2026-11-26T/,
    );
    expect(eventCodeInWords({ ...event, alias: null, waitedUntil: SINCE })).toMatch(
      /^acme's code 4711 was taken as the SKU after/,
    );
  });
});
