/** Totals, one line for outcomes and one for failure modes, without those that are nought. */
export function totalsOf(outcomes: Record<string, number>, failureModes: Record<string, number>): string {
  return [line('outcomes', outcomes), line('failure modes', failureModes)].join('\n');
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
