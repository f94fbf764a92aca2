import { AT, FILE_TIME, named, NIGHT, one, T10, T11, type FieldFile } from './field-file.ts';

const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');

/** The kinds that the field report found refused: how rows, figures and columns are written. */
export const REPORTED_TABLES: FieldFile[] = [
  {
    name: '02 NDJSON that begins with a byte order mark',
    content: `\ufeff{"id":"nb1","sku":"NDB-01","quantity":5,"updatedAt":"${AT}"}\n{"id":"nb2","sku":"NDB-02","quantity":6,"updatedAt":"${AT}"}\n`,
    comes: named(['NDB-01', 'NDB-02']),
  },
  {
    name: '03 UTF-16 with tabs, as a spreadsheet saves "Unicode text"',
    content: utf16(`sku\tquantity\tupdatedAt\r\nU16-01\t5\t${AT}\r\n`),
    comes: one('U16-01'),
  },
  {
    name: '03b Latin-1',
    content: Buffer.from(`sku,quantity,updatedAt\nMÖBEL-01,5,${AT}\nLAT-02,6,${AT}\n`, 'latin1'),
    comes: named(['MÖBEL-01', 'LAT-02']),
  },
  { name: '04 semicolons', content: `sku;quantity;updatedAt\nSEMI-01;5;${AT}\n`, comes: one('SEMI-01') },
  {
    name: '05 tabs, no time, an empty last cell',
    content: 'sku\tquantity\thandling-time\nAMZ-01\t5\t2\nAMZ-02\t0\t\n',
    ...{ open: ['times.of'], answers: FILE_TIME },
    comes: {
      events: [
        ['AMZ-01', 5, NIGHT],
        ['AMZ-02', 0, NIGHT],
      ],
      refused: [],
    },
  },
  {
    name: '06 names of columns in another spelling',
    content: `SKU,Quantity,Updated At\nHDR-01,5,${AT}\n`,
    comes: one('HDR-01'),
  },
  {
    name: '07 a row for each warehouse, figures with decimals, no time',
    content:
      'source_code,sku,status,quantity\nwest,MSI-01,1,4.0000\neast,MSI-01,1,9.0000\nwest,MSI-02,0,-2.0000\n',
    ...{ open: ['times.of'], answers: FILE_TIME },
    comes: {
      events: [
        ['MSI-01', 4, NIGHT, 'west'],
        ['MSI-01', 9, NIGHT, 'east'],
        ['MSI-02', -2, NIGHT, 'west'],
      ],
      refused: [],
    },
  },
  {
    name: '08 a column more',
    content: `sku,quantity,updatedAt,warehouse\nEXT-01,5,${AT},west\n`,
    comes: { events: [['EXT-01', 5, T10, 'west']], refused: [] },
  },
  {
    name: '09 lines that end with CR',
    content: `sku,quantity,updatedAt\rMAC-01,5,${AT}\rMAC-02,6,${AT}\r`,
    comes: named(['MAC-01', 'MAC-02']),
  },
  {
    name: '10 line breaks within quotes, of what looks like a row',
    content: `sku,quantity,updatedAt,note\nQNL-01,5,${AT},"line one\nQNL-99,999,${AT},ghost\nline three"\nQNL-02,6,${AT},q2\n`,
    comes: named(['QNL-01', 'QNL-02']),
  },
  {
    name: '10b the same as an id, which has no lines',
    content: `sku,quantity,updatedAt,id\nQNL-01,5,${AT},"line one\nQNL-99,999,${AT},ghost"\nQNL-02,6,${AT},q2\n`,
    comes: { events: [['QNL-02', 6, T10]], refused: [[2, 'bad_id']] },
  },
  {
    name: '13 quantities as people write them',
    content:
      'sku,quantity,updatedAt\n' +
      ['5.0', '"1,234"', '"5,0"', '2.5', '', '10+', ' 8 ', '1E+02', '+5', '007']
        .map((quantity, no) => `QTY-${no},${quantity},${AT}\n`)
        .join(''),
    open: ['quantities.decimal', 'quantities.words'],
    comes: {
      events: [
        ['QTY-0', 5, T10],
        ['QTY-6', 8, T10],
        ['QTY-8', 5, T10],
        ['QTY-9', 7, T10],
      ],
      refused: [
        ...([
          [3, 'ambiguous_quantity'],
          [4, 'ambiguous_quantity'],
          [5, 'not_whole'],
        ] as [number, string][]),
        ...([
          [6, 'missing_value'],
          [7, 'bad_quantity'],
          [9, 'bad_quantity'],
        ] as [number, string][]),
      ],
    },
  },
  {
    name: '14 more sold than there was',
    content: `sku,quantity,updatedAt\nNEG-01,10,${AT}\nNEG-01,-3,2026-11-20T11:00:00Z\nNEG-02,4,2026-11-20T11:00:00Z\n`,
    comes: {
      events: [
        ['NEG-01', 10, T10],
        ['NEG-01', -3, T11],
        ['NEG-02', 4, T11],
      ],
      refused: [],
    },
  },
];
