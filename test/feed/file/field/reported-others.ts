import { gzipSync } from 'node:zlib';
import { AT, FILE_TIME, named, NIGHT, one, OURS, T10, type FieldFile } from './field-file.ts';
import type { Came } from './read-field-file.ts';

/** The kinds that the field report found refused: times, and what is around rows. */
export const REPORTED_OTHERS: FieldFile[] = [
  {
    name: '16 times as programs write them',
    content:
      'sku,quantity,updatedAt\n' +
      [
        ...['2026-11-20T10:00:00', '2026-11-20 10:00:00+00:00', '2026-11-20T10:00:00+0000', '1763632800'],
        ...['2026-11-20T10:00:00.123456789Z', '2026-11-20', '20/11/2026 10:00', '20261120T100000Z'],
        ...['"Fri, 20 Nov 2026 10:00:00 GMT"', '0001-01-01T00:00:00Z', '2026-11-20T12:00+02:00'],
      ]
        .map((time, no) => `TIM-${no},5,${time}\n`)
        .join(''),
    open: ['times.format'],
    comes: {
      events: [
        ...[1, 2].map((no): Came['events'][number] => [`TIM-${no}`, 5, T10]),
        ['TIM-4', 5, '2026-11-20T10:00:00.123456Z'],
        ...[7, 8, 10].map((no): Came['events'][number] => [`TIM-${no}`, 5, T10]),
      ],
      refused: [
        ...([
          [2, 'no_zone'],
          [5, 'epoch_time'],
          [7, 'no_time_of_day'],
        ] as [number, string][]),
        ...([
          [8, 'ambiguous_time'],
          [11, 'zero_time'],
        ] as [number, string][]),
      ],
    },
  },
  {
    name: '18 gzip, whatever its name says',
    content: gzipSync(`sku,quantity,updatedAt\nGZ-01,5,${AT}\n`),
    comes: one('GZ-01'),
  },
  { name: '19 an empty file', content: '', comes: { events: [], unreadable: 'The file is empty.' } },
  { name: '19b a header alone', content: 'sku,quantity,updatedAt\n', comes: { events: [], refused: [] } },
  {
    name: '21 a snapshot',
    content: `sku,quantity,updatedAt\nSNAP-01,5,${AT}\nSNAP-02,6,${AT}\n`,
    by: { ...OURS, kind: 'snapshot' },
    comes: named(['SNAP-01', 'SNAP-02']),
  },
  {
    name: '22 the same item twice, whose locations are in the other field',
    content: `{"id":"loc1","sku":"LOC-01","quantity":12,"updatedAt":"${AT}","location":"west"}\n{"id":"loc2","sku":"LOC-01","quantity":3,"updatedAt":"${AT}","location":"east"}\n`,
    comes: {
      events: [
        ['LOC-01', 12, T10, 'west'],
        ['LOC-01', 3, T10, 'east'],
      ],
      refused: [],
    },
  },
  {
    name: '26 an envelope of XML around one message',
    content:
      '<?xml version="1.0" encoding="utf-8"?>\n<InventoryFile><MessageType>Inventory</MessageType><Message><MessageID>1</MessageID><Inventory><SKU>XML-01</SKU><Quantity>5</Quantity></Inventory></Message></InventoryFile>',
    by: {
      rows: '/InventoryFile/Message',
      columns: { sku: 'Inventory/SKU', quantity: 'Inventory/Quantity' },
      ...FILE_TIME,
    },
    comes: { events: [['XML-01', 5, NIGHT]], refused: [] },
  },
  {
    name: '27 an X12 846 that begins at ST',
    content: 'ST*846*0001~BIA*00*SI*F1*20261120~LIN*1*VN*EDI-01~QTY*33*5*EA~SE*5*0001~\n',
    by: {
      columns: { sku: '/sku', quantity: '/quantity', updatedAt: '/documentDate' },
      times: { format: 'yyyy-MM-dd', zone: 'America/New_York' },
    },
    comes: { events: [['EDI-01', 5, '2026-11-20T05:00:00.000000Z']], refused: [] },
  },
  {
    name: '28 a column for each warehouse',
    content:
      'Handle,Title,SKU,HS Code,COO,West Depot,East Depot\noak,Oak,STOOL-T,,,12,3\noak,Oak,STOOL-L,,,4,not stocked\n',
    by: {
      columns: { sku: 'SKU', quantity: { west: 'West Depot', east: 'East Depot' } },
      quantities: { words: { 'not stocked': 'none' } },
      ...FILE_TIME,
    },
    comes: {
      events: [
        ['STOOL-T', 12, NIGHT, 'west'],
        ['STOOL-T', 3, NIGHT, 'east'],
        ['STOOL-L', 4, NIGHT, 'west'],
      ],
      refused: [],
    },
  },
  {
    name: '30 fields that nobody knows, numbers as texts, and texts as numbers',
    content: [
      `{"id":"x1","sku":"XTR-01","quantity":5,"updatedAt":"${AT}","locationId":"west"}`,
      `{"id":"x2","sku":"XTR-02","quantity":"6","updatedAt":"${AT}"}`,
      `{"id":"x3","sku":"XTR-03","quantity":null,"updatedAt":"${AT}"}`,
      `{"id":4711,"sku":10023,"quantity":5,"updatedAt":"${AT}"}`,
      `{"id":"x5","sku":"XTR-05","quantity":5,"updatedAt":1763632800}`,
    ].join('\n'),
    open: ['times.format'],
    comes: {
      events: [
        ['XTR-01', 5, T10, 'west'],
        ['XTR-02', 6, T10],
        ['10023', 5, T10],
      ],
      refused: [
        [3, 'missing_value'],
        [5, 'epoch_time'],
      ],
    },
  },
  {
    name: '35 a hint for Excel',
    content: `sep=,\r\nsku,quantity,updatedAt\r\nSEP-01,5,${AT}\r\n`,
    comes: one('SEP-01'),
  },
  {
    name: '37 semicolons, and commas within figures',
    content: `sku;quantity;updatedAt\nDEC-01;5,0;${AT}\nDEC-02;12,5;${AT}\n`,
    by: { ...OURS, quantities: { decimal: ',' } },
    comes: { events: [['DEC-01', 5, T10]], refused: [[3, 'not_whole']] },
  },
];
