import { printable } from '../domain/safe-text.ts';
import { formatTime, type Micros } from '../domain/time.ts';

/** Where an event of a feed's run came from. */
export interface FileLine {
  runId: string;
  fileName: string | null;
  /** 0: no line of it says so, but that the item is missing from the file, or back in it. */
  line: number;
  eventId: string;
  quantity: number;
  updatedAt: Micros;
  supplier: string;
}

/** `line 17 of stock-2026-11-25.csv, run …`; of what a snapshot did not name, or names again, why it is what it is. */
export function cameByInWords(from: FileLine): string {
  const { runId, line, updatedAt, supplier } = from;
  const file = from.fileName === null ? 'a file' : printable(from.fileName);
  if (line > 0) return `line ${line} of ${file}, run ${runId}`;
  if (from.eventId.startsWith('back:')) {
    return `${from.quantity} because ${supplier}'s file ${file} names it again, by a row as old as before it was missing, run ${runId}`;
  }
  return `0 because it was missing from ${supplier}'s file of ${formatTime(updatedAt)} (${file}), run ${runId}`;
}
