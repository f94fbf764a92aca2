import fc from 'fast-check';
import type { Contender } from '../../src/domain/winner.ts';

/** Few times and quantities, so that exact ties are common; ids with characters that UTF-16 and UTF-8 order differently. */
const texts = fc.constantFrom(
  'a',
  'b',
  'a1',
  'Z',
  'é',
  '\uffee',
  '\u{10000}',
  '\u{1f6aa}',
  'z\u{1f6aa}',
  ' ',
  '%',
  'a:b',
);

export const suppliers = ['acme', 'globex', 'initech'] as const;

export const contender: fc.Arbitrary<Contender> = fc.record({
  supplier: fc.constantFrom(...suppliers),
  eventId: fc.array(texts, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
  quantity: fc.constantFrom(0, 1, 7, 2_147_483_647),
  updatedAt: fc.constantFrom(0n, 1n, 999n, 1000n).map((micros) => 1_780_000_000_000_000n + micros),
});

/** Up to `maxLength` events of one item, no two with the same supplier and id. */
export function contest(maxLength: number): fc.Arbitrary<Contender[]> {
  return fc.uniqueArray(contender, {
    minLength: 1,
    maxLength,
    selector: ({ supplier, eventId }) => `${supplier}/${eventId}`,
  });
}

/** The same events in another order, some of them more than once. */
export function shuffled<T>(items: readonly T[]): fc.Arbitrary<T[]> {
  return fc
    .tuple(
      fc.shuffledSubarray([...items], { minLength: items.length }),
      fc.shuffledSubarray([...items]),
      fc.integer(),
    )
    .map(([all, again, seed]) => {
      const merged = [...all];
      again.forEach((item, index) => {
        merged.splice(Math.abs((seed ^ (index * 2_654_435_761)) % (merged.length + 1)), 0, item);
      });
      return merged;
    });
}
