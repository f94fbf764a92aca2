const HIGHEST = 2 ** 31 - 1;

/**
 * A quantity or version that a storefront shows, as the database can hold it. A number that no integer column holds is
 * none of ours; cut to the highest, it still is not.
 */
export function storableInteger(value: number): number {
  return Math.max(-HIGHEST, Math.min(HIGHEST, value));
}
