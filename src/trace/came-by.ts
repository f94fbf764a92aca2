import { printable } from '../domain/safe-text.ts';
import { formatTime, type Micros } from '../domain/time.ts';

/** Where an event of a feed's run came from. */
export interface FileLine {
  runId: string;
  fileName: string | null;
  /** 0: it was missing from the file. */
  line: number;
  updatedAt: Micros;
  supplier: string;
}

/** `line 17 of stock-2026-11-25.csv, run …`; of what a snapshot did not name, why it is 0. */
export function cameByInWords({ runId, fileName, line, updatedAt, supplier }: FileLine): string {
  const file = fileName === null ? 'a file' : printable(fileName);
  if (line > 0) return `line ${line} of ${file}, run ${runId}`;
  return `0 because it was missing from ${supplier}'s file of ${formatTime(updatedAt)} (${file}), run ${runId}`;
}
