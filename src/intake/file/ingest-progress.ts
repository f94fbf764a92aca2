import type { IngestCounts } from './ingest.ts';

const REDRAW_MS = 200;
const LINE_MS = 5_000;

/** Shows how an ingest goes on: redrawn on a terminal, else a line now and then. */
export function createIngestProgress(stream: NodeJS.WriteStream) {
  const begun = performance.now();
  let shownAt = begun;
  let drawn = false;
  return {
    update(counts: Readonly<IngestCounts>): void {
      const now = performance.now();
      if (now - shownAt < (stream.isTTY ? REDRAW_MS : LINE_MS)) return;
      shownAt = now;
      const text = `${countsText(counts)}; ${rateOf(counts, now - begun)} lines/s`;
      // A line that wraps could not be redrawn.
      stream.write(stream.isTTY ? `\r\u001b[2K${text.slice(0, stream.columns - 1)}` : `${text}\n`);
      drawn = stream.isTTY;
    },
    /** Frees the line for other words. */
    clear(): void {
      if (drawn) stream.write('\r\u001b[2K');
      drawn = false;
    },
    /** Since the beginning. */
    seconds: (): number => Math.round(performance.now() - begun) / 1000,
  };
}

export function countsText(counts: Readonly<IngestCounts>): string {
  const { lines, accepted, duplicate, conflict, bad } = counts;
  return `${lines} lines: ${accepted} accepted, ${duplicate} duplicate, ${conflict} conflict, ${bad} bad`;
}

function rateOf(counts: Readonly<IngestCounts>, ms: number): number {
  return ms > 0 ? Math.round((counts.lines * 1000) / ms) : 0;
}
