/** So many of what waits are counted for a page, and no more: a number that is so high stands for all above it. */
export const MOST_COUNTED = 10_000;
