import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wrap } from '../../src/cli/terminal-text.ts';
import { fitsAtAGlance, shortened } from '../../src/domain/at-a-glance.ts';

describe('what is read at a glance', () => {
  it('is what a terminal shows in three lines', () => {
    const word = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', '…'), minLength: 1, maxLength: 30 }),
      fc.constant('b'.repeat(130)),
    );
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 40 }), (words) => {
        const text = words.join(' ');
        expect(fitsAtAGlance(text)).toBe(wrap(text, 80).length <= 3);
      }),
    );
  });

  it.each([
    ['e-17', 17, 'e-17'],
    ['a'.repeat(17), 17, 'a'.repeat(17)],
    ['inventory-2026-11-26-0000031', 17, 'inventor…-0000031'],
    ['👍'.repeat(10), 9, `${'👍'.repeat(4)}…${'👍'.repeat(4)}`],
  ])('shortens %s to %i characters', (id, most, short) => {
    expect(shortened(id, most)).toBe(short);
  });
});
