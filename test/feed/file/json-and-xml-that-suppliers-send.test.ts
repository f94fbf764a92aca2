import { areRead, type SentFile } from './are-read.ts';

const TIME = '2026-11-20T10:00:00Z';
const hasSku = (value: unknown): boolean => typeof value === 'object' && value !== null && 'sku' in value;

areRead([
  {
    name: 'NDJSON with a byte order mark',
    content: `\ufeff{"sku":"NDB-01","quantity":5}\n{"sku":"NDB-02","quantity":6}\n`,
    found: { format: 'ndjson', place: 'line' },
    rows: [
      [1, { sku: 'NDB-01', quantity: 5 }],
      [2, { sku: 'NDB-02', quantity: 6 }],
    ],
  },
  {
    name: 'NDJSON with what else there is in a value, and no line break at its end',
    content: '{"id":4711,"sku":"X-1","quantity":null}\r\n\r\n{"sku":10023,"quantity":"5","at":{"x":[1]}}',
    found: { format: 'ndjson' },
    rows: [
      [1, { id: 4711, sku: 'X-1', quantity: null }],
      [3, { sku: 10023, quantity: '5', at: { x: [1] } }],
    ],
  },
  {
    name: 'one event alone',
    content: '{"sku":"A","quantity":5}',
    found: { format: 'ndjson' },
    rows: [[1, { sku: 'A', quantity: 5 }]],
  },
  {
    name: 'a JSON array',
    content: '[{"sku":"A","quantity":5},\n {"sku":"\\ud83d\\ude00é","quantity":6}]',
    found: { format: 'json', place: 'element', rows: '' },
    rows: [
      [1, { sku: 'A', quantity: 5 }],
      [2, { sku: '😀é', quantity: 6 }],
    ],
  },
  {
    name: 'an array somewhere in JSON, which is found',
    content: JSON.stringify({
      meta: { at: TIME, pages: [{ no: 1 }] },
      tags: ['a', 'b'],
      'data/x': { items: [{ sku: 'A', places: [{ p: 1 }, { p: 2 }, { p: 3 }] }, { sku: 'B' }] },
      after: 1,
    }),
    found: { format: 'json', rows: '/data~1x/items' },
    rows: [
      [1, { sku: 'A', places: [{ p: 1 }, { p: 2 }, { p: 3 }] }],
      [2, { sku: 'B' }],
    ],
  },
  {
    name: 'arrays in each element of another, by setting',
    content: '{"pages":[{"items":[{"sku":"A"}]},{"items":[{"sku":"B"},{"sku":"C"}]}]}',
    how: { rows: '/pages/*/items' },
    found: { rows: '/pages/*/items' },
    rows: [
      [1, { sku: 'A' }],
      [2, { sku: 'B' }],
      [3, { sku: 'C' }],
    ],
  },
  {
    name: 'an object where there would be an array of several',
    content: '{"items":{"item":{"sku":"A"}}}',
    how: { rows: '/items/item' },
    found: { format: 'json' },
    rows: [[1, { sku: 'A' }]],
  },
  {
    name: 'objects that are written over several lines, one after the other',
    content: '{\n  "sku": "A"\n}\n{\n  "sku": "B"\n}\n',
    found: { format: 'json' },
    rows: [
      [1, { sku: 'A' }],
      [2, { sku: 'B' }],
    ],
  },
  {
    name: 'XML in an envelope, with a single row',
    content:
      '<?xml version="1.0" encoding="utf-8"?>\n<InventoryFile><MessageType>Inventory</MessageType><Message><MessageID>1</MessageID><Inventory><SKU>XML-01</SKU><Quantity>5</Quantity></Inventory></Message></InventoryFile>\n',
    found: { format: 'xml', rows: '/InventoryFile/Message', place: 'element' },
    rows: [[1, { MessageID: '1', Inventory: { SKU: 'XML-01', Quantity: '5' } }]],
  },
  {
    name: 'XML with namespaces, attributes, CDATA, entities and comments',
    content: `<?xml version="1.0"?><!DOCTYPE feed SYSTEM "feed.dtd"><s:feed xmlns:s="urn:x" xmlns="urn:y" day="20">
      <s:item s:sku="A &amp; B" xml:lang="de"><s:q unit="EA">5</s:q><!-- 7 --><t><![CDATA[<b> & "x"]]></t></s:item>
      <s:item s:sku="C"><s:q>6</s:q><s:place>west</s:place><s:place>east</s:place>&#x20AC;</s:item></s:feed>`,
    found: { format: 'xml', rows: '/feed/item' },
    rows: [
      [1, { '@sku': 'A & B', '@lang': 'de', q: { '@unit': 'EA', '#text': '5' }, t: '<b> & "x"' }],
      [2, { '@sku': 'C', q: '6', place: ['west', 'east'], '#text': '€' }],
    ],
  },
  {
    name: 'XML whose names mean something to JavaScript',
    content:
      '<f><r><constructor>1</constructor><constructor>2</constructor></r><r><toString>3</toString></r></f>',
    found: { rows: '/f/r' },
    rows: [
      [1, { constructor: ['1', '2'] }],
      [2, { toString: '3' }],
    ],
  },
  {
    name: 'XML whose rows are attributes alone',
    content: '<stock at="x"><i sku="A" qty="5"/><i sku="B" qty="6"/></stock>',
    found: { rows: '/stock/i' },
    rows: [
      [1, { '@sku': 'A', '@qty': '5' }],
      [2, { '@sku': 'B', '@qty': '6' }],
    ],
  },
  {
    name: 'XML whose rows the setting names, anywhere',
    content: '<a><b><x:row>1</x:row></b><c><x:row><q>2</q></x:row></c></a>'.replace('<a>', '<a xmlns:x="u">'),
    how: { rows: 'x:row' },
    found: {},
    rows: [
      [1, '1'],
      [2, { q: '2' }],
    ],
  },
  {
    name: 'XML in the encoding that it says',
    content: Buffer.from(
      '<?xml version="1.0" encoding="ISO-8859-1"?><a><r><s>M\xd6</s></r><r><s>x</s></r></a>',
      'latin1',
    ),
    found: { encoding: 'iso-8859-1' },
    rows: [
      [1, { s: 'MÖ' }],
      [2, { s: 'x' }],
    ],
  },
  {
    name: 'XML that says UTF-16 of itself, as .NET writes it into a file of UTF-8',
    content: '<?xml version="1.0" encoding="utf-16"?><a><r><s>MÖ</s></r><r><s>x</s></r></a>',
    found: { format: 'xml', encoding: 'utf-8' },
    rows: [
      [1, { s: 'MÖ' }],
      [2, { s: 'x' }],
    ],
  },
  {
    name: 'an empty list within one line of JSON',
    content: '{"total":0,"items":[],"errors":[]}\n',
    how: { mayBeRow: hasSku },
    found: { format: 'json', rows: '/items' },
    rows: [],
  },
  {
    name: 'an empty list within JSON, further down',
    content: '{\n  "data": {\n    "items": []\n  }\n}',
    how: { mayBeRow: hasSku },
    found: { format: 'json', rows: '/data/items' },
    rows: [],
  },
  {
    name: 'an element of nothing',
    content: '<?xml version="1.0"?>\n<Items>\n</Items>',
    how: { mayBeRow: hasSku },
    found: { format: 'xml', rows: '/Items/*' },
    rows: [],
  },
  {
    name: 'a list of nothing where the definition says',
    content: '{"groups":[],"other":[{"sku":"A"}]}',
    how: { rows: '/groups/*/items' },
    found: { format: 'json' },
    rows: [],
  },
  {
    name: 'no element where the definition says, in the one that is there',
    content: '<Items generated="today"></Items>',
    how: { rows: '/Items/Item' },
    found: { format: 'xml' },
    rows: [],
  },
  {
    name: 'one event alone with an empty list in it',
    content: '{"sku":"A","quantity":5,"tags":[]}',
    how: { mayBeRow: hasSku },
    found: { format: 'json', rows: '' },
    rows: [[1, { sku: 'A', quantity: 5, tags: [] }]],
  },
] satisfies SentFile[]);
