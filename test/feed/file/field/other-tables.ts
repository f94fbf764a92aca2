import { expect } from 'vitest';
import { AT, named, one, OURS, T10, type FieldFile } from './field-file.ts';

export const BERLIN = { times: { format: 'dd.MM.yyyy HH:mm', zone: 'Europe/Berlin' } };
export const GERMAN = {
  columns: { sku: 'Artikelnr', quantity: 'Bestand', updatedAt: 'Stand' },
  ...BERLIN,
};

/** Tables of the same trade in other manners. */
export const OTHER_TABLES: FieldFile[] = [
  {
    name: 'a German night export in Windows-1252',
    content: Buffer.from(
      'Artikelnr;Bestand;Stand;Lager\r\nSTÜHL-1;1.234,0;20.11.2026 11:00;Süd\r\n',
      'latin1',
    ),
    by: {
      columns: { ...GERMAN.columns, location: 'Lager' },
      ...BERLIN,
      quantities: { decimal: ',', thousands: '.' },
    },
    comes: { events: [['STÜHL-1', 1_234, T10, 'Süd']], refused: [] },
  },
  {
    name: 'a French one, with spaces in its thousands',
    content: 'Référence;Quantité;Date MAJ\nCHAISE-1;1\u202f234;20/11/2026 11:00\n',
    by: {
      columns: { sku: 'reference', quantity: 'quantite', updatedAt: 'Date MAJ' },
      times: { format: 'dd/MM/yyyy HH:mm', zone: 'Europe/Paris' },
      quantities: { thousands: ' ' },
    },
    comes: { faults: ['columns.sku', 'columns.quantity'], events: [] },
  },
  {
    name: 'the same, with its accents',
    content: 'Référence;Quantité;Date MAJ\nCHAISE-1;1\u202f234;20/11/2026 11:00\n',
    by: {
      columns: { sku: 'référence', quantity: 'QUANTITÉ', updatedAt: 'date_maj' },
      times: { format: 'dd/MM/yyyy HH:mm', zone: 'Europe/Paris' },
      quantities: { thousands: ' ' },
    },
    comes: { events: [['CHAISE-1', 1_234, T10]], refused: [] },
  },
  {
    name: 'an American one, with AM and PM',
    content: 'Item Number,On Hand,Last Updated\nUS-1,"1,234",11/20/2026 05:00:00 AM\n',
    by: {
      columns: { sku: 'Item Number', quantity: 'On Hand', updatedAt: 'Last Updated' },
      times: { format: 'MM/dd/yyyy hh:mm:ss a', zone: 'America/New_York' },
      quantities: { thousands: ',' },
    },
    comes: { events: [['US-1', 1_234, T10]], refused: [] },
  },
  {
    name: 'a Swiss one, with apostrophes',
    content: "Artikel-Nr.;Bestand;Stand\nCH-1;1'234;20.11.2026 11:00\n",
    by: {
      columns: { sku: 'Artikel-Nr.', quantity: 'Bestand', updatedAt: 'Stand' },
      times: { format: 'dd.MM.yyyy HH:mm', zone: 'Europe/Zurich' },
      quantities: { thousands: "'" },
    },
    comes: { events: [['CH-1', 1_234, T10]], refused: [] },
  },
  {
    name: 'words for figures',
    content:
      'Artikelnr;Bestand;Stand\nW-1;auf Lager;20.11.2026 11:00\nW-2;AUSVERKAUFT;20.11.2026 11:00\nW-3;10+;20.11.2026 11:00\n',
    by: { ...GERMAN, quantities: { words: { 'auf lager': 10, ausverkauft: 0, '10+': 10 } } },
    comes: {
      events: [
        ['W-1', 10, T10],
        ['W-2', 0, T10],
        ['W-3', 10, T10],
      ],
      refused: [],
    },
  },
  {
    name: 'titles above the header, and a sum below',
    content: 'Bestand vom 20.11.2026\n\nArtikelnr;Bestand;Stand\nT-1;5;20.11.2026 11:00\nSumme;5;\n',
    by: { ...GERMAN, header: 3 },
    comes: { events: [['T-1', 5, T10]], refused: [[5, 'missing_value']] },
  },
  {
    name: 'no header',
    content: `N-1,5,${AT}\n"N-2",6,${AT}\n`,
    by: { header: 0, columns: { sku: 1, quantity: 2, updatedAt: 3 } },
    comes: named(['N-1', 'N-2']),
  },
  {
    name: 'pipes, and a name in which there is everything',
    content: `sku|quantity|updatedAt|title\nP-1|5|${AT}|Table, oak; 2"\nP-2|6|${AT}|\n`,
    by: { ...OURS, quote: 'none' },
    comes: named(['P-1', 'P-2']),
  },
  {
    name: 'the earlier of two columns that a supplier renamed',
    content: `sku,stock_level,updatedAt\nR-1,5,${AT}\n`,
    by: { columns: { ...OURS.columns, quantity: ['qty', 'Stock Level'] } },
    comes: one('R-1'),
  },
  {
    name: 'a delimiter too many in some lines',
    content: `sku,quantity,updatedAt\nS-1,5,${AT},\nS-2,6,${AT},,\nS-3,7,${AT},x\n`,
    comes: {
      events: [
        ['S-1', 5, T10],
        ['S-2', 6, T10],
      ],
      refused: [[4, 'too_many_fields']],
    },
  },
  {
    name: 'a quote that is not closed, by which the rest is lost',
    content: `sku,quantity,updatedAt\nC-1,5,${AT}\nC-2,6,"${AT}\nC-3,7,${AT}\n`,
    by: OURS,
    comes: { unreadable: expect.stringMatching(/line 3/) as string },
  },
  {
    name: 'a table that ends within its last value',
    content: `sku;quantity;updatedAt\nA;5;${AT}\nB;6;${AT}\nC;7;2026-11-2`,
    by: OURS,
    comes: { unreadable: expect.stringMatching(/line 4.*"2026-11-2".*cut/) as string },
  },
  {
    name: 'a table that ends where its last value begins',
    content: `sku;quantity;updatedAt\r\nA;5;${AT}\r\nB;6;`,
    by: OURS,
    comes: { unreadable: expect.stringMatching(/line 3.*cut/) as string },
  },
  {
    name: 'a table without a line end at its end',
    content: `sku;quantity;updatedAt\nA;5;${AT}\nB;6;${AT}`,
    by: OURS,
    comes: named(['A', 'B']),
  },
  {
    name: 'a table without a line end at its end, all rows of which are refused alike',
    content: `sku;quantity;updatedAt\nA;5;2026-11-20\nB;6;2026-11-20`,
    by: OURS,
    comes: {
      events: [],
      refused: [
        [2, 'no_time_of_day'],
        [3, 'no_time_of_day'],
      ],
    },
  },
  {
    name: 'a table without a line end at its end, whose last row is refused for another cell',
    content: `sku;quantity;updatedAt\nA;5;${AT}\nB;2.5;${AT}`,
    by: OURS,
    comes: { events: [['A', 5, T10]], refused: [[3, 'not_whole']] },
  },
];
