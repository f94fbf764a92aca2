import type { CompiledMapping } from '../mapping/compile-mapping.ts';
import type { BadRow, Row } from '../file/row.ts';

/** So many figures are worked on at once. */
const BATCH_FIGURES = 500;

/** The next rows of a file, and how many of its rows have come with them. */
export interface RowBatch {
  rows: (Row | BadRow)[];
  before: number;
  upto: number;
}

/** How many rows are worked on at once: a row has a figure for each location with a column, and a statement has its time. */
export function rowsAtOnce({ quantities }: Pick<CompiledMapping, 'quantities'>): number {
  return Math.max(1, Math.floor(BATCH_FIGURES / quantities.length));
}

/**
 * Gathers the rows of a file.
 *
 * @param after so many of its rows are left out: they were worked on before
 * @param atOnce as many as rows that have one figure each, unless given
 */
export async function* rowBatches(
  rows: AsyncIterable<Row | BadRow>,
  after: number,
  atOnce = BATCH_FIGURES,
): AsyncGenerator<RowBatch> {
  let batch: (Row | BadRow)[] = [];
  let upto = 0;
  for await (const row of rows) {
    upto += 1;
    if (upto <= after) continue;
    batch.push(row);
    if (batch.length < atOnce) continue;
    yield { rows: batch, before: upto - batch.length, upto };
    batch = [];
  }
  if (batch.length > 0) yield { rows: batch, before: upto - batch.length, upto };
}
