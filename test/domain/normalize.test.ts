import { describe, expect, it } from 'vitest';
import { normalizeEvent } from '../../src/domain/normalize.ts';
import { seconds } from '../../src/domain/time.ts';
import { checkSkuRule, fitsSkuRule } from '../../src/sku-rule/sku-rule.ts';

const rulesOf = (skuPattern: string) => ({
  skuPattern,
  fitsPattern: (sku: string) => fitsSkuRule(skuPattern, sku),
  clockTolerance: seconds(300),
});
const rules = rulesOf('[A-Z0-9][A-Z0-9._-]{0,63}');
const event = { sku: 'CHAIR-01', updatedAt: 0n, receivedAt: 0n };

describe('normalize', () => {
  it('trims and upper-cases the SKU', () => {
    expect(normalizeEvent({ ...event, sku: '  chair-01\t' }, rules)).toEqual({ ok: true, sku: 'CHAIR-01' });
  });

  it.each(['', '   ', '../', ':', '=1+1', 'CHAIR 01', 'CHAIR-01\u200b', `X${'-'.repeat(64)}`, 'A|B'])(
    'rejects the SKU %j by the rule, kept as it arrived',
    (sku) => {
      expect(normalizeEvent({ ...event, sku }, rules)).toMatchObject({ ok: false, mode: 'malformed_sku' });
    },
  );

  it('holds the whole SKU against a rule of alternatives', () => {
    expect(normalizeEvent({ ...event, sku: 'AX' }, rulesOf('A|B'))).toMatchObject({
      ok: false,
    });
  });

  it('accepts a clock ahead by the tolerance, and not by a microsecond more', () => {
    expect(normalizeEvent({ ...event, updatedAt: seconds(300) }, rules)).toMatchObject({ ok: true });
    expect(normalizeEvent({ ...event, updatedAt: seconds(300) + 1n }, rules)).toMatchObject({
      ok: false,
      mode: 'clock_drift',
    });
  });

  it('judges by the time of receipt, whenever it is asked', () => {
    const old = { sku: 'CHAIR-01', updatedAt: seconds(400), receivedAt: seconds(390) };
    expect(normalizeEvent(old, rules)).toEqual({ ok: true, sku: 'CHAIR-01' });
  });
});

describe('a SKU rule', () => {
  it('takes no longer for a SKU made to make it backtrack', () => {
    expect(fitsSkuRule('(A+)+', `${'A'.repeat(255)}!`)).toBe(false);
    expect(fitsSkuRule('(A+)+', 'A'.repeat(255))).toBe(true);
  });

  it.each(['A)|(?:.*', '(', '(?=A)', '(A)\\1'])('is refused as %s', (pattern) => {
    expect(checkSkuRule(pattern)).toBeTypeOf('string');
  });
});
