const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const NO_VALUE = '·';

/** The last values of a trend, each a bar between the least and the greatest of them; a dot where there was none. */
export function sparkline(values: readonly (number | null)[], width: number): string[] {
  const shown = values.slice(-width);
  const known = shown.filter((value) => value !== null);
  const least = Math.min(...known);
  const span = Math.max(...known) - least;
  return shown.map((value) => {
    if (value === null) return NO_VALUE;
    const height = span > 0 ? Math.round(((value - least) / span) * (BARS.length - 1)) : 0;
    return BARS[height] ?? NO_VALUE;
  });
}
