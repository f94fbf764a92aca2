import type { BadRow, ReaderResult, ReadSettings, Row } from '../row.ts';
import type { Zip } from '../zip.ts';
import { readTable } from './table.ts';
import { readSharedStrings } from './xlsx/shared-strings.ts';
import { sheetRows } from './xlsx/sheet-rows.ts';
import { readStyles } from './xlsx/styles.ts';
import { readWorkbook } from './xlsx/workbook.ts';

/** One sheet of an Excel workbook. @throws UnreadableFile, also from its rows */
export async function readXlsx(zip: Zip, how: ReadSettings): Promise<ReaderResult> {
  const { sheet, from1904 } = await readWorkbook(zip, how.sheet);
  const strings = await readSharedStrings(zip);
  const styles = await readStyles(zip);
  const records = sheetRows(zip, sheet.part, { strings, styles, from1904 });
  const { columns, rows } = await readTable(records, how);
  return { columns, rows: padded(rows, columns.length), found: { place: 'row', sheet: sheet.name } };
}

/** A sheet does not write cells that are empty. */
async function* padded(rows: AsyncGenerator<Row | BadRow>, width: number): AsyncGenerator<Row | BadRow> {
  for await (const row of rows) {
    if ('fault' in row || row.cells === undefined || row.cells.length >= width) {
      yield row;
    } else {
      const missing = Array.from({ length: width - row.cells.length }, () => '');
      yield { ...row, cells: [...row.cells, ...missing] };
    }
  }
}
