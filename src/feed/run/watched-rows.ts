import { isBad, type BadRow, type Row } from '../file/row.ts';
import { UnreadableFile } from '../file/unreadable-file.ts';
import type { CompiledMapping } from '../mapping/compile-mapping.ts';
import { watchColumns, type AbsentColumns } from '../mapping/absent-columns.ts';
import type { FileContext } from '../mapping/context-time.ts';
import { mapRow } from '../mapping/map-row.ts';
import { quoted } from '../mapping/refusal.ts';

export interface WatchedRows {
  /** @throws UnreadableFile, also where the last one was cut */
  rows: AsyncIterable<Row | BadRow>;
  /** What the definition names and no row has; nothing before all were read. */
  absent: () => AbsentColumns;
}

/** The rows of a file, of which it comes to light at its end what no row alone can say. */
export function watchedRows(
  rows: AsyncIterable<Row | BadRow>,
  mapping: CompiledMapping,
  context: FileContext,
): WatchedRows {
  const watch = watchColumns(mapping);
  let ended = false;
  return {
    rows: watched(),
    absent: () => (ended ? watch.absent() : { needed: [], others: [] }),
  };

  async function* watched(): AsyncGenerator<Row | BadRow> {
    let before: Row | undefined;
    for await (const row of rows) {
      if (!isBad(row)) {
        if (row.isOpen && before && isCut(row, before)) throw cutInValue(row);
        watch.note(row);
        before = row;
      }
      yield row;
    }
    ended = true;
  }

  /** Whether a row would be taken if its last value were that of the row before it. */
  function isCut(row: Row, before: Row): boolean {
    if (mapping.faults.length > 0 || !row.cells || mapRow(row, mapping, context).refusals.length === 0)
      return false;
    const at = row.cells.length - 1;
    const whole = { ...row, cells: [...row.cells.slice(0, at), ...(before.cells ?? []).slice(at)] };
    return mapRow(whole, mapping, context).refusals.length === 0;
  }
}

function cutInValue({ line, cells }: Row): UnreadableFile {
  return new UnreadableFile(
    `The file ends in line ${line} without an end of the line, and its last value ${quoted(cells?.at(-1) ?? '')} cannot be read: it was cut. Send it again, with its last line ended.`,
  );
}
