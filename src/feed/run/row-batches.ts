import type { BadRow, Row } from '../file/row.ts';

/** So many rows are worked on at once. */
export const BATCH_ROWS = 500;

/** The next rows of a file, and how many of its rows have come with them. */
export interface RowBatch {
  rows: (Row | BadRow)[];
  before: number;
  upto: number;
}

/**
 * Gathers the rows of a file.
 *
 * @param after so many of its rows are left out: they were worked on before
 */
export async function* rowBatches(
  rows: AsyncIterable<Row | BadRow>,
  after: number,
): AsyncGenerator<RowBatch> {
  let batch: (Row | BadRow)[] = [];
  let upto = 0;
  for await (const row of rows) {
    upto += 1;
    if (upto <= after) continue;
    batch.push(row);
    if (batch.length < BATCH_ROWS) continue;
    yield { rows: batch, before: upto - batch.length, upto };
    batch = [];
  }
  if (batch.length > 0) yield { rows: batch, before: upto - batch.length, upto };
}
