import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asItLooks, normalizeEvent, normalizeSku } from '../../src/domain/normalize.ts';
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

  it.each([
    '',
    '   ',
    '../',
    ':',
    '=1+1',
    'CHAIR 01',
    'CHAIR\u00a001',
    '\u200b',
    `X${'-'.repeat(64)}`,
    'A|B',
  ])('rejects the SKU %j by the rule, kept as it arrived', (sku) => {
    expect(normalizeEvent({ ...event, sku }, rules)).toMatchObject({ ok: false, mode: 'malformed_sku' });
  });

  it.each([
    ['composed and taken apart', 'caf\u00e9', 'cafe\u0301'],
    ['with a letter that only upper case has in one', 'i\u0307', '\u0130'],
    ['with a zero-width space', 'chair\u200b-01', 'CHAIR-01'],
    ['with joiners', 'ch\u200cair\u200d-01', 'CHAIR-01'],
    ['with a byte order mark', '\ufeffchair-01', 'CHAIR-01'],
    ['with a word joiner and a soft hyphen', 'chair\u2060-01\u00ad', 'CHAIR-01'],
    ['with one between a letter and its accent', 'cafe\u200d\u0301', 'CAF\u00c9'],
    ['with one around white space', ' \u200b chair-01 \u200b', 'CHAIR-01'],
  ])('takes look-alikes for one: %s', (_, one, other) => {
    expect(normalizeSku(one)).toBe(normalizeSku(other));
  });

  it('changes nothing more when it is applied twice, and sees no difference between look-alikes', () => {
    const unseen = fc.constantFrom('\u00ad', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff');
    const character = fc.oneof(
      unseen,
      fc.constantFrom(
        'a',
        'I',
        'i',
        ' ',
        '\u0301',
        '\u0307',
        '\u0323',
        '\u0345',
        '\u03b9',
        '\u0390',
        '\u00df',
      ),
      fc.nat(0xd7ff).map((code) => String.fromCodePoint(code)),
      fc.integer({ min: 0xe000, max: 0x10ffff }).map((code) => String.fromCodePoint(code)),
    );
    const texts = fc.array(character, { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(texts, unseen, fc.nat(12), (text, nothing, at) => {
        const sku = normalizeSku(text);
        expect(normalizeSku(sku)).toBe(sku);
        expect(normalizeSku(text.normalize('NFD'))).toBe(sku);
        const characters = Array.from(text);
        const other = characters.toSpliced(Math.min(at, characters.length), 0, nothing).join('');
        expect(normalizeSku(other)).toBe(sku);
        expect(asItLooks(asItLooks(text))).toBe(asItLooks(text));
      }),
    );
  });

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
