import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeUnprintable, safeOnTerminal } from '../../src/domain/safe-text.ts';
import { plainInMarkdown } from '../../src/domain/markdown.ts';

/** Line separators, marks that turn text around or hide it, C1 controls, tags: what may never be raw. */
const HARMFUL =
  /[\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\u200b\ufeff\u0080-\u009f\u{e0000}-\u{e007f}\0\r\b]/u;

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(
      fc.constantFrom(
        '\u2028',
        '\u202e',
        '\u2066',
        '\u009b31m',
        '\u001b[31m',
        '\u001b]0;x\u0007',
        '\n',
        'é',
        '😀',
      ),
    )
    .map((parts) => parts.join('')),
);

describe('JSON for terminals and logs', () => {
  it('holds the same values, and nothing raw that could drive either', () => {
    fc.assert(
      fc.property(fc.dictionary(text, text), (value) => {
        const escaped = escapeUnprintable(JSON.stringify(value));
        expect(JSON.parse(escaped)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(escaped).not.toMatch(HARMFUL);
        expect(escaped).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it('keeps letters as they are', () => expect(escapeUnprintable('"é😀漢"\n')).toBe('"é😀漢"\n'));
});

describe('text for a terminal', () => {
  it('keeps lines, tabs and colours, and makes the rest visible', () => {
    expect(safeOnTerminal('a\n\tb \u001b[31mred\u001b[39m')).toBe('a\n\tb \u001b[31mred\u001b[39m');
    expect(safeOnTerminal('a\u2028b\u202ec\u001b[2Jd\u001b]0;x\u0007\r')).toBe('a�b�c�[2Jd�]0;x��');
    fc.assert(
      fc.property(text, (any) => {
        expect(safeOnTerminal(any)).not.toMatch(HARMFUL);
        expect(safeOnTerminal(any).replaceAll('\u001b[31m', '')).not.toContain('\u001b[');
      }),
    );
  });
});

describe('text within markdown', () => {
  it.each([
    ['CHAIR-01', 'CHAIR-01'],
    ['a.b 3.5', 'a.b 3.5'],
    ['[x](javascript:alert(1))', '\\[x\\]\\(javascript:alert\\(1\\)\\)'],
    ['![x](https://evil.example/p.png)', '\\!\\[x\\]\\(https\\://evil.example/p.png\\)'],
    ['<img src=x onerror=alert(1)>', '\\<img src=x onerror=alert\\(1\\)\\>'],
    ['**a** __b__ ~~c~~ `d`', '\\*\\*a\\*\\* \\_\\_b\\_\\_ \\~\\~c\\~\\~ \\`d\\`'],
    ['www.evil.example a@b.example', 'www\\.evil.example a\\@b.example'],
    ['a | b &lt; \\# $x$', 'a \\| b \\&lt; \\\\\\# \\$x\\$'],
    ['a\n# b\u2028c\u202ed', 'a \\# b c d'],
  ])('%j is shown as it is', (any, expected) => expect(plainInMarkdown(any)).toBe(expected));

  it('loses nothing but what cannot be printed', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (any) => {
        expect(plainInMarkdown(any).replaceAll(/\\([!-/:-@[-`{-~])/g, '$1')).toBe(any);
      }),
    );
  });
});
