import type { IngestCounts } from '../intake/file/ingest.ts';

/** What became of the lines so far. */
export function countsText(counts: Readonly<IngestCounts>): string {
  const { lines, accepted, duplicate, conflict, bad } = counts;
  return `${lines} lines: ${accepted} accepted, ${duplicate} duplicate, ${conflict} conflict, ${bad} bad`;
}

/** With how fast they came. */
export function progressText(counts: Readonly<IngestCounts>, seconds: number): string {
  return `${countsText(counts)}; ${seconds > 0 ? Math.round(counts.lines / seconds) : 0} lines/s`;
}
