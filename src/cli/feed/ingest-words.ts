import type { IngestCounts } from '../../feed/ingest/ingest-rows.ts';

/** What became of the lines so far. */
export function countsText(counts: Readonly<IngestCounts>): string {
  const { lines, accepted, duplicate, conflict, bad } = counts;
  return `${lines} lines: ${accepted} accepted, ${duplicate} duplicate, ${conflict} conflict, ${bad} bad`;
}

/** With how fast they came. */
export function progressText(counts: Readonly<IngestCounts>, seconds: number): string {
  return `${countsText(counts)}; ${seconds > 0 ? Math.round(counts.lines / seconds) : 0} lines/s`;
}

/** What is going to become of the accepted ones, where it is not what whoever sent them wants. */
export function fateText(
  { rejected = {}, unknown = 0 }: Readonly<IngestCounts>,
  closed: string | undefined,
): string[] {
  const modes = Object.entries(rejected).map(([mode, count]) => `${mode} ${count}`);
  return [
    ...(modes.length > 0 ? [`of the accepted ones will be rejected: ${modes.join(', ')}`] : []),
    ...(unknown > 0
      ? [`of the accepted ones ${unknown} wait for an alias (unknown_sku): catalog-sync alias unknown`]
      : []),
    ...(closed === undefined ? [] : [`the accepted ones are held: ${closed}`]),
  ];
}
