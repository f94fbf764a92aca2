/** What came from a supplier, safe for a terminal: control characters could drive it. */
export function printable(text: string): string {
  return text.toWellFormed().replace(/\p{C}/gu, '\u{FFFD}');
}

/** Totals, one line for outcomes and one for failure modes, without those that are nought. */
export function totalsOf(outcomes: Record<string, number>, failureModes: Record<string, number>): string {
  return [
    ['outcomes', outcomes],
    ['failure modes', failureModes],
  ]
    .map(([title, counts]) => {
      const parts = Object.entries(counts as Record<string, number>)
        .filter(([, count]) => count > 0)
        .map(([name, count]) => `${name} ${count}`);
      return `  ${String(title)}: ${parts.length > 0 ? parts.join(', ') : 'none'}`;
    })
    .join('\n');
}

/** A span of seconds, as people say it: `8 s`, `3 min`, `2 h 5 min`. */
export function spanOf(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
