import { expect } from 'vitest';
import { AT, FILE_TIME, named, NIGHT, one, OURS, T10, type FieldFile } from './field-file.ts';

const items = (place: string, count: number): object[] =>
  Array.from({ length: count }, (_, no) => ({ sku: `${place}-${no}`, quantity: no + 5, updatedAt: AT }));
const saying = (...parts: string[]): string =>
  expect.stringMatching(
    new RegExp(parts.map((part) => part.replaceAll(/[/*.]/g, '\\$&')).join('.*')),
  ) as string;
const BY_TIME_OF_FILE = { columns: { sku: '@sku', quantity: '@qty' }, ...FILE_TIME };
const xmlItems = (names: readonly string[]): string =>
  names.map((name, no) => `<item sku="${name}" qty="${no + 5}"/>`).join('');
const LONG = 'x'.repeat(300 * 1024);

/** Files with more than one list, of which one or more could be the rows. */
export const LISTS_OF_ROWS: FieldFile[] = [
  {
    name: 'JSON with rows in two lists, of which the definition names none',
    content: JSON.stringify({ items: items('N', 1), archive: items('O', 3) }),
    by: OURS,
    comes: { events: [], unreadable: saying('/items and /archive', 'rows: /items', 'rows: /*') },
  },
  {
    name: 'JSON with rows in two lists beside a list of something else',
    content: JSON.stringify({
      stores: { west: { items: items('N', 1) }, east: { items: items('O', 3) } },
      warnings: [{ text: 'late' }],
    }),
    by: OURS,
    comes: { events: [], unreadable: saying('/stores/west/items', 'rows: /stores/*/items') },
  },
  {
    name: 'JSON with rows in two lists that no pattern names alone',
    content: JSON.stringify({ items: items('N', 1), archive: items('O', 3), warnings: [{ text: 'late' }] }),
    by: OURS,
    comes: { events: [], unreadable: saying('rows: /items.$') },
  },
  {
    name: 'JSON with rows in two lists, all of which the definition names',
    content: JSON.stringify({ items: items('N', 1), archive: [{ sku: 'O-0', quantity: 6, updatedAt: AT }] }),
    by: { ...OURS, rows: '/*' },
    comes: named(['N-0', 'O-0']),
  },
  {
    name: 'JSON with a second list of rows far behind the first',
    content: JSON.stringify({ items: items('N', 2), note: LONG, archive: items('O', 1) }),
    by: OURS,
    comes: { unreadable: saying('/items', '/archive', 'rows: /items') },
  },
  {
    name: 'JSON with rows beside longer lists that are none',
    content: JSON.stringify({
      warnings: [{ code: 'W1' }, { code: 'W2' }],
      currencies: ['EUR', 'USD', 'GBP'],
      prices: [
        { sku: 'J-1', price: 9 },
        { sku: 'J-2', price: 8 },
      ],
      items: items('J', 1),
      note: LONG,
      errors: [{ code: 'E1' }],
    }),
    by: OURS,
    comes: one('J-0'),
  },
  {
    name: 'JSON with rows beside a longer list, by its look',
    content: JSON.stringify({ warnings: [{ code: 'W1' }, { code: 'W2' }], stock: items('J', 1) }),
    comes: one('J-0'),
  },
  {
    name: 'JSON with rows in two lists, by its look',
    content: JSON.stringify({ west: items('W', 2), east: items('E', 1) }),
    comes: { events: [], unreadable: saying('/west and /east', 'rows: /west', 'rows: /*') },
  },
  {
    name: 'XML with rows in two lists, of which the definition names none',
    content: `<f><new>${xmlItems(['N-1'])}</new><old>${xmlItems(['O-1', 'O-2', 'O-3'])}</old></f>`,
    by: BY_TIME_OF_FILE,
    comes: {
      events: [],
      unreadable: saying('/f/new/item and /f/old/item', 'rows: /f/new/item', 'rows: /f/*/item'),
    },
  },
  {
    name: 'XML with a second list of rows far behind the first',
    content: `<f><new>${xmlItems(['N-1', 'N-2'])}</new><note>${LONG}</note><old><past sku="O-1" qty="1"/><past sku="O-2" qty="1"/></old></f>`,
    by: BY_TIME_OF_FILE,
    comes: { unreadable: saying('/f/new/item', '/f/old/past', 'rows: /f/new/item') },
  },
  {
    name: 'XML with rows beside lists that are none, and lists within rows',
    content:
      '<f><warnings><w code="1"/><w code="2"/><w code="3"/></warnings><items>' +
      `<item sku="A" qty="5" at="${AT}"><place sku="x"/><place sku="y"/></item>` +
      `<item sku="B" qty="6" at="${AT}"><place sku="x"/></item></items><note>${LONG}</note><w code="4"/><w code="5"/></f>`,
    by: { columns: { sku: '@sku', quantity: '@qty', updatedAt: '@at' } },
    comes: {
      events: [
        ['A', 5, T10],
        ['B', 6, T10],
      ],
      refused: [],
    },
  },
  {
    name: 'NDJSON whose mapped key for the location has another name tonight',
    content: ['A', 'B']
      .map((sku, no) => `${JSON.stringify({ sku, quantity: no + 5, updatedAt: AT, store: 'x' })}\n`)
      .join(''),
    by: { columns: { ...OURS.columns, location: 'location' } },
    comes: { ...named(['A', 'B']), absent: ['columns.location'] },
  },
  {
    name: 'XML without one of the elements for the places',
    content: `<f><item sku="A"><west>5</west></item><item sku="B"><west>6</west></item></f>`,
    by: {
      columns: { sku: '@sku', quantity: { west: 'west', east: ['east', 'ost'] } },
      ...FILE_TIME,
      guards: { refused: '100%' },
    },
    comes: {
      events: [
        ['A', 5, NIGHT, 'west'],
        ['B', 6, NIGHT, 'west'],
      ],
      refused: [
        [1, 'missing_value'],
        [2, 'missing_value'],
      ],
      absent: ['columns.quantity.east'],
    },
  },
  {
    name: 'JSON without a key that every row needs',
    content: JSON.stringify({ items: [{ item: 'A', quantity: 5, updatedAt: AT }] }),
    by: { ...OURS, guards: { refused: '100%' } },
    comes: { events: [], faults: ['columns.sku'] },
  },
  {
    name: 'JSON in which few rows have an optional key, and one has it empty',
    content: JSON.stringify([
      { sku: 'A', quantity: 5, updatedAt: AT },
      { sku: 'B', quantity: 6, updatedAt: AT, location: null },
    ]),
    by: { columns: { ...OURS.columns, location: 'location' } },
    comes: named(['A', 'B']),
  },
];
