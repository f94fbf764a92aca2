import { describe, expect, it } from 'vitest';
import { sampleRows } from '../../../src/feed/preview/sample-rows.ts';

async function* chunks(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

const rowsOf = (text: string, document: unknown = {}) =>
  sampleRows(chunks(text), { name: undefined, document });

describe('the rows of a sample', () => {
  it('are the first twenty, under columns that are named by number where a name would not do', async () => {
    const { columns, rows, found } = await rowsOf(`sku; ;Qty;QTY;qty total\n${'A;b;1;2;3\n'.repeat(30)}`);
    expect(columns.map(({ column }) => column)).toEqual(['sku', 2, 3, 4, 'qty total']);
    expect([rows.length, rows[0], rows[19]?.line]).toEqual([
      20,
      { line: 2, cells: ['A', 'b', '1', '2', '3'] },
      21,
    ]);
    expect(found).toMatchObject({ format: 'csv', delimiter: ';' });
  });

  it('have columns of numbers where there is no header, and heed what is right in a document', async () => {
    const { columns, rows } = await rowsOf('A|1\nB|2|x\n', {
      header: 0,
      delimiter: '|',
      encoding: 7,
      kind: [],
    });
    expect(columns.map(({ column }) => column)).toEqual([1, 2, 3]);
    expect(rows.map(({ cells }) => cells)).toEqual([
      ['A', '1'],
      ['B', '2', 'x'],
    ]);
  });

  it('have the paths of values for columns where records are none of a table', async () => {
    const { columns, rows } = await rowsOf(
      '{"items":[{"sku":"A","stock":{"qty":5},"more":{"of":{"it":[1]}}},{"sku":"B"}]}',
    );
    expect(columns.map(({ column }) => column)).toEqual(expect.arrayContaining(['sku', '/stock/qty']));
    const at = columns.findIndex(({ column }) => column === '/stock/qty');
    expect(rows.map(({ cells }) => cells[at])).toEqual(['5', '']);
  });

  it('show a record that cannot be read as it stands, and no cell in more than some hundred characters', async () => {
    const { rows } = await rowsOf(`{"sku":"A","of":"${'x'.repeat(5_000)}"}\n{"sku":\n{"sku":"C"}\n`, {
      format: 'ndjson',
    });
    expect(rows.map(({ line }) => line)).toEqual([1, 2, 3]);
    expect(rows[1]?.cells).toEqual(['{"sku":']);
    expect(Math.max(...rows.flatMap(({ cells }) => cells.map(({ length }) => length)))).toBeLessThan(400);
  });
});
