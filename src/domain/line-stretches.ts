/** Lines of a file, by the first and the last of them. */
export type Stretch = readonly [from: number, to: number];

/**
 * `lines 3-5, 9`
 *
 * @param place what the file calls a line: a row, a record
 * @param most stretches that are named; how many lines the rest has is answered beside
 */
export function stretchesInWords(
  stretches: readonly Stretch[],
  most: number,
  place = 'line',
): { words: string; more: number } {
  const [first] = stretches;
  const isOne = stretches.length === 1 && first?.[0] === first?.[1];
  const named = stretches.slice(0, most).map(([from, to]) => (from === to ? String(from) : `${from}-${to}`));
  return {
    words: `${place}${isOne ? '' : 's'} ${named.join(', ')}`,
    more: stretches.slice(most).reduce((sum, [from, to]) => sum + to - from + 1, 0),
  };
}
