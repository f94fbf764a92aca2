/** What came from a supplier, safe for a terminal: control characters could drive it. */
export function printable(text: string): string {
  return text.toWellFormed().replace(/\p{C}/gu, '\u{FFFD}');
}

/** Totals, one line for outcomes and one for failure modes, without those that are nought. */
export function totalsOf(outcomes: Record<string, number>, failureModes: Record<string, number>): string {
  return [line('outcomes', outcomes), line('failure modes', failureModes)].join('\n');
}

/** A span of seconds, as people say it: `8 s`, `3 min`, `2 h 5 min`. */
export function spanOf(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function line(title: string, counts: Record<string, number>): string {
  const parts = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`);
  return `  ${title}: ${parts.length > 0 ? parts.join(', ') : 'none'}`;
}

/** `1 event`, `2 events`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
