import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { xlsxOf } from '../xlsx-of.ts';
import { zipOf } from '../zip-of.ts';
import { AT, FILE_TIME, named, one, OURS, T10, type FieldFile } from './field-file.ts';
import { BERLIN, GERMAN } from './other-tables.ts';

const cell = (ref: string, value: string | number): string =>
  typeof value === 'number'
    ? `<c r="${ref}"><v>${value}</v></c>`
    : `<c r="${ref}" t="inlineStr"><is><t>${value}</t></is></c>`;
const sheetRow = (no: number, ...values: (string | number)[]): string =>
  `<row r="${no}">${values.map((value, at) => cell(`${'ABCDEF'[at] ?? ''}${no}`, value)).join('')}</row>`;
const XML_TIME = `<Stand>20.11.2026 11:00</Stand>`;
/** Files of the same trade in other formats, and what is none. */
export const OTHER_FORMATS: FieldFile[] = [
  {
    name: 'gzip without its end',
    content: gzipSync(`sku,quantity,updatedAt\n${`Z-1,5,${AT}\n`.repeat(500)}`).subarray(0, -8),
    by: OURS,
    comes: { unreadable: expect.stringMatching(/cut/i) as string },
  },
  {
    name: 'a ZIP in which one file is a table',
    content: zipOf({ 'stock.csv': Buffer.from(`sku,quantity,updatedAt\nZIP-1,5,${AT}\n`) }),
    comes: one('ZIP-1'),
  },
  {
    name: 'a ZIP of several, of which the feed names one',
    content: zipOf({
      'prices.csv': Buffer.from('sku,price\nZIP-1,9\n'),
      'stock-1.csv': Buffer.from(`sku,quantity,updatedAt\nZIP-2,5,${AT}\n`),
    }),
    by: { ...OURS, entry: 'stock-*.csv' },
    comes: one('ZIP-2'),
  },
  {
    name: 'a spreadsheet with a date of its own',
    content: xlsxOf({
      sheets: [
        {
          name: 'Bestand',
          rows:
            sheetRow(1, 'Artikelnr', 'Bestand', 'Stand') +
            `<row r="2">${cell('A2', 'X-1')}${cell('B2', 5)}<c r="C2" s="1"><v>46346.458333333336</v></c></row>`,
        },
      ],
      formats: ['dd.mm.yyyy hh:mm'],
    }),
    by: { ...GERMAN, times: { zone: 'Europe/Berlin' } },
    comes: one('X-1'),
  },
  {
    name: 'a spreadsheet with SKUs that are numbers, on its second sheet',
    content: xlsxOf({
      sheets: [
        { name: 'Info', rows: sheetRow(1, 'Bestandsliste') },
        { name: 'Daten', rows: sheetRow(1, 'sku', 'quantity', 'updatedAt') + sheetRow(2, 10_023, 5, AT) },
      ],
    }),
    by: { ...OURS, sheet: 'Daten' },
    comes: one('10023'),
  },
  {
    name: 'JSON with an array somewhere, and one time for all',
    content: JSON.stringify({
      meta: { generated: '2026-11-20T10:00:00Z' },
      data: {
        items: [
          { code: 'J-1', stock: { free: 5 } },
          { code: 'J-2', stock: { free: 6 } },
        ],
      },
    }),
    by: {
      rows: '/data/items',
      columns: { sku: '/code', quantity: '/stock/free' },
      times: { of: 'envelope', field: '/meta/generated' },
    },
    comes: named(['J-1', 'J-2']),
  },
  {
    name: 'an array of JSON, one of whose elements is none',
    content: JSON.stringify([
      { sku: 'J-1', quantity: 5, updatedAt: AT },
      'x',
      { sku: 'J-2', quantity: 2.5, updatedAt: AT },
    ]),
    by: OURS,
    comes: {
      events: [['J-1', 5, T10]],
      refused: [
        [2, 'is no JSON object'],
        [3, 'not_whole'],
      ],
    },
  },
  {
    name: 'JSON without its end',
    content: JSON.stringify([{ sku: 'J-1', quantity: 5, updatedAt: AT }]).slice(0, -1),
    by: OURS,
    comes: { unreadable: expect.stringMatching(/cut|end/i) as string },
  },
  {
    name: 'NDJSON with seconds since 1970',
    content:
      '{"sku":"E-1","quantity":5,"updatedAt":1795168800}\n{"sku":"E-2","quantity":6,"updatedAt":"1795168800"}\n',
    by: { ...OURS, times: { format: 'epoch' } },
    comes: named(['E-1', 'E-2']),
  },
  {
    name: 'XML with attributes and a namespace',
    content: `<s:stock xmlns:s="urn:x" date="${AT}"><s:item code="A-1" qty="5"/><s:item code="A-2" qty="6"/></s:stock>`,
    by: { columns: { sku: '@code', quantity: '@qty' }, times: { of: 'envelope', field: '/stock/@date' } },
    comes: named(['A-1', 'A-2']),
  },
  {
    name: 'XML with several places of an item',
    content: `<liste><artikel><nr>M-1</nr>${XML_TIME}<menge>5</menge></artikel><artikel><nr>M-2</nr>${XML_TIME}<menge>6</menge><menge>7</menge></artikel></liste>`,
    by: { ...BERLIN, columns: { sku: 'nr', quantity: 'menge', updatedAt: 'Stand' } },
    comes: { events: [['M-1', 5, T10]], refused: [[2, 'several_values']] },
  },
  {
    name: 'XML without its end',
    content: '<liste><artikel><nr>M-1</nr><menge>5</menge></artikel>',
    by: { columns: { sku: 'nr', quantity: 'menge' }, ...FILE_TIME },
    comes: { unreadable: expect.stringMatching(/cut|close|end/i) as string },
  },
  {
    name: 'an EDIFACT INVRPT',
    content:
      "UNB+UNOC:3+ACME:14+SHOP:14+261120:1000+42'UNH+1+INVRPT:D:96A:UN'BGM+35+1+9'DTM+137:202611201000:203'LIN+1++4006381333931:EN'PIA+5+ED-1:SA'QTY+145:5:PCE'UNT+7+1'UNZ+1+42'",
    by: {
      columns: { sku: '/ids/SA', quantity: '/quantity', updatedAt: '/documentDate' },
      times: { format: "yyyy-MM-dd'T'HH:mm:ss", zone: 'UTC' },
    },
    comes: one('ED-1'),
  },
  {
    name: 'an X12 846 whose count does not match',
    content: 'ST*846*0001~BIA*00*SI*F1*20261120~LIN*1*VN*EDI-01~QTY*33*5*EA~SE*9*0001~\n',
    by: { columns: { sku: '/sku', quantity: '/quantity' }, ...FILE_TIME },
    comes: { unreadable: expect.stringMatching(/SE/) as string },
  },
  {
    name: 'a page of a web site in place of a file',
    content: '<!DOCTYPE html><html><body><h1>Please sign in</h1></body></html>',
    comes: { events: [], unreadable: expect.stringMatching(/web page|HTML/i) as string },
  },
  {
    name: 'a picture',
    content: Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
      Buffer.alloc(200, 7),
    ]),
    comes: { events: [], unreadable: expect.stringMatching(/PNG|picture|image/i) as string },
  },
];
