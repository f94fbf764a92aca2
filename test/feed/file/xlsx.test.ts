import { describe, expect, it } from 'vitest';
import { readAll, readShort } from './read-all.ts';
import { xlsxOf } from './xlsx-of.ts';

const row = (number: number, cells: string): string => `<row r="${number}">${cells}</row>`;
const text = (at: string, value: string): string => `<c r="${at}" t="str"><v>${value}</v></c>`;
const number = (at: string, value: number | string, style = 0): string =>
  `<c r="${at}" s="${style}"><v>${value}</v></c>`;

describe('an Excel workbook', () => {
  it('is read with shared, rich and inline texts, empty cells, rows and columns', async () => {
    const bytes = xlsxOf({
      strings: [
        '<t>sku</t>',
        '<t>qty</t>',
        '<r><t xml:space="preserve">A </t></r><r><t>1</t></r><rPh><t>ア</t></rPh>',
      ],
      sheets: [
        {
          name: 'Stock',
          rows: [
            row(3, '<c r="B3" t="s"><v>0</v></c><c r="C3" t="s"><v>1</v></c><c r="E3" s="0"/>'),
            row(4, '<c r="B4" t="s"><v>2</v></c><c r="C4"><f>2+3</f><v>5</v></c>'),
            row(5, '<c r="D5" s="0"/>'),
            row(9, '<c r="B9" t="inlineStr"><is><t>B&amp;2</t></is></c>'),
          ].join(''),
        },
      ],
    });
    expect(await readShort(bytes)).toEqual({
      columns: ['', 'sku', 'qty'],
      rows: [
        [4, ['', 'A 1', '5']],
        [9, ['', 'B&2', '']],
      ],
    });
    expect((await readAll(bytes)).found).toEqual({
      format: 'xlsx',
      encoding: 'utf-8',
      place: 'row',
      sheet: 'Stock',
    });
  });

  it('refuses rows with few cells far apart, and leaves cells that are empty', async () => {
    const head = row(1, text('A1', 'sku') + text('B1', 'qty'));
    const sparse = row(2, text('A2', 'A') + text('XFD2', 'x'));
    const good = row(3, `<c s="0"/>${text('', 'B')}<c r="XFD3" s="0"/>`);
    const { rows, bad } = await readAll(xlsxOf({ sheets: [{ name: 'S', rows: head + sparse + good }] }));
    expect(bad).toMatchObject([{ line: 2, fault: 'has more than 1000 empty cells between others' }]);
    expect(rows).toMatchObject([{ line: 3, cells: ['', 'B'] }]);
    const titled = xlsxOf({ sheets: [{ name: 'S', rows: row(1, text('A1', 'sku') + text('XFD1', 'qty')) }] });
    await expect(readAll(titled)).rejects.toThrow(
      'Line 1, which is to name the columns, has more than 1000 empty',
    );
  });

  it('takes a row with gaps as wide as another row is full', async () => {
    const full = Array.from({ length: 1_500 }, (_, at) => text('', `c${at}`)).join('');
    const wide = row(2, text('A2', 'A') + text('BER2', '5'));
    const { rows } = await readAll(xlsxOf({ sheets: [{ name: 'S', rows: row(1, full) + wide }] }));
    expect(rows.map(({ cells }) => cells?.[1_499])).toEqual(['5']);
  });

  it.each(['1048577', '99999999999', 'x', '0'])('is refused where it has a row %s', async (at) => {
    const bytes = xlsxOf({ sheets: [{ name: 'S', rows: `<row r="${at}">${text('A1', 'sku')}</row>` }] });
    await expect(readAll(bytes)).rejects.toThrow(
      `The sheet has a row ${at}: a sheet has rows from 1 to 1048576`,
    );
  });

  it('gives numbers as a person sees them, and dates as in RFC 3339', async () => {
    const formats = [
      '0.00',
      '00000',
      14,
      22,
      'dd/mm/yyyy hh:mm',
      '[$-409]d-mmm-yy;@',
      '"d"0.0',
      'h:mm AM/PM',
      '[h]:mm',
      'mm:ss',
    ];
    const cells: [value: number | string, style: number, seen: string][] = [
      [5, 0, '5'],
      ['5.0', 1, '5'],
      ['0.30000000000000004', 0, '0.3'],
      ['1E3', 0, '1000'],
      [4012345678901, 0, '4012345678901'],
      ['123456789012345', 0, '123456789012345'],
      ['1234567890123456789', 0, '1234567890123456789'],
      ['1234567890123456789', 2, '1234567890123456789'],
      ['1.23456789012345E+17', 0, '1.23456789012345E+17'],
      ['1234567890123450', 0, '1.23456789012345E+15'],
      ['-1E+17', 0, '-1.00000000000000E+17'],
      [-2.5, 1, '-2.5'],
      [123, 2, '00123'],
      [46346, 3, '2026-11-20'],
      [46346.416666666664, 3, '2026-11-20T10:00:00'],
      [46346.416666666664, 4, '2026-11-20T10:00:00'],
      [46346.4167361111, 5, '2026-11-20T10:00:06'],
      [46346, 5, '2026-11-20T00:00:00'],
      [46346, 6, '2026-11-20'],
      [46346.5, 7, '46346.5'],
      [0.5, 8, '12:00:00'],
      [0.75, 9, '18:00:00'],
      [1, 3, '1900-01-01'],
      [60, 3, '60'],
      [61, 3, '1900-03-01'],
      [-1, 3, '-1'],
    ];
    const bytes = xlsxOf({
      formats,
      sheets: [
        {
          name: 'S',
          rows:
            row(1, text('A1', 'n')) +
            cells.map(([value, style], at) => row(at + 2, number(`A${at + 2}`, value, style))).join(''),
        },
      ],
    });
    const { rows } = await readAll(bytes);
    expect(rows.map((one) => one.cells?.[0])).toEqual(cells.map(([, , seen]) => seen));
  });

  it('counts days from 1904 where it says so, and shows truths and errors as Excel does', async () => {
    const bytes = xlsxOf({
      formats: [14],
      from1904: true,
      sheets: [
        {
          name: 'S',
          rows:
            row(1, `${text('A1', 'd')}${text('B1', 'b')}${text('C1', 'e')}${text('D1', 'iso')}`) +
            row(
              2,
              `${number('A2', 44884, 1)}<c r="B2" t="b"><v>1</v></c><c r="C2" t="e"><v>#N/A</v></c><c r="D2" t="d"><v>2026-11-20T10:00:00</v></c>`,
            ),
        },
      ],
    });
    expect((await readShort(bytes)).rows).toEqual([
      [2, ['2026-11-20', 'TRUE', '#N/A', '2026-11-20T10:00:00']],
    ]);
  });

  const three = xlsxOf({
    sheets: [
      { name: 'Old', state: 'hidden', rows: row(1, text('A1', 'old')) },
      { name: 'Stock', rows: row(1, text('A1', 'stock')) },
      { name: 'Prices', rows: row(1, text('A1', 'prices')) },
    ],
  });

  it('is read from its first sheet that can be seen, or the one that is set', async () => {
    expect((await readAll(three)).columns).toEqual(['stock']);
    expect((await readAll(three, { sheet: 'prices' })).columns).toEqual(['prices']);
    expect((await readAll(three, { sheet: 'Old' })).columns).toEqual(['old']);
    await expect(readAll(three, { sheet: 'X' })).rejects.toThrow(
      'The workbook has no sheet "X", but "Old", "Stock", "Prices".',
    );
  });

  it('has its header in the row that is set, and rows and cells without references in their order', async () => {
    const bytes = xlsxOf({
      sheets: [
        {
          name: 'S',
          rows: `<row><c t="str"><v>Stock of today</v></c></row><row><c t="str"><v>sku</v></c><c t="str"><v>qty</v></c></row><row><c t="str"><v>A</v></c><c><v>1</v></c></row>`,
        },
      ],
    });
    expect(await readShort(bytes, { header: 2 })).toEqual({
      columns: ['sku', 'qty'],
      rows: [[3, ['A', '1']]],
    });
  });

  it('says which of its cells are dates', async () => {
    const cells = `${number('A2', 46346.5, 1)}${number('B2', 46346.5)}${text('C2', '20.11.2026')}${number('D2', 0.5, 2)}<c r="E2" t="d"><v>2026-11-20T10:00:00</v></c>`;
    const bytes = xlsxOf({
      formats: [22, 'h:mm'],
      sheets: [
        {
          name: 'S',
          rows: row(1, ['a', 'b', 'c', 'd', 'e'].map((name) => text('', name)).join('')) + row(2, cells),
        },
      ],
    });
    expect((await readAll(bytes)).rows).toMatchObject([
      {
        cells: ['2026-11-20T12:00:00', '46346.5', '20.11.2026', '12:00:00', '2026-11-20T10:00:00'],
        dates: [0, 4],
      },
    ]);
  });

  it.each<[string, Parameters<typeof xlsxOf>[0], string]>([
    [
      'a text in many parts',
      { strings: [`<r><t>${'x'.repeat(900_000)}</t></r>`.repeat(57)], sheets: [] },
      'more text than can be kept',
    ],
    [
      'formats without end',
      {
        formats: ['0'],
        sheets: [],
        more: { 'xl/styles.xml': `<styleSheet><cellXfs>${`<xf a="${'x'.repeat(900_000)}"/>`.repeat(20)}` },
      },
      'xl/styles.xml of more than 16 MiB',
    ],
    [
      'sheets without end',
      {
        sheets: [],
        more: { 'xl/workbook.xml': `<workbook>${`<sheet name="${'x'.repeat(900_000)}"/>`.repeat(20)}` },
      },
      'xl/workbook.xml of more than 16 MiB',
    ],
  ])('keeps no more of %s than it can', async (_, workbook, says) => {
    const bytes = xlsxOf({ ...workbook, sheets: [{ name: 'S', rows: row(1, text('A1', 'sku')) }] });
    await expect(readAll(bytes)).rejects.toThrow(says);
  });

  it('keeps no more of a cell in many parts than a row may have', async () => {
    const long = `<c r="A2" t="inlineStr"><is>${'<r><t>xxxxxxxxxxxxxxxxxxxxxxxxx</t></r>'.repeat(20_000)}</is></c>`;
    const bytes = xlsxOf({
      sheets: [{ name: 'S', rows: row(1, text('A1', 'sku')) + row(2, long) + row(3, text('A3', 'B')) }],
    });
    expect((await readShort(bytes)).rows).toEqual([
      [2, 'is longer than 64 Ki characters'],
      [3, ['B']],
    ]);
  });

  it('is refused when it was cut, and a row that is too long is told', async () => {
    const bytes = xlsxOf({
      strings: [`<t>${'x'.repeat(40_000)}</t>`],
      sheets: [
        {
          name: 'S',
          rows:
            row(1, text('A1', 'sku')) +
            row(2, '<c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>0</v></c>') +
            row(3, text('A3', 'B')),
        },
      ],
    });
    expect((await readShort(bytes)).rows).toEqual([
      [2, 'is longer than 64 Ki characters'],
      [3, ['B']],
    ]);
    await expect(readAll(bytes.subarray(0, -30))).rejects.toThrow('it was cut');
  });
});
