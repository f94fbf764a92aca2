import { isBad, type FileContents, type Row } from '../feed/file/row.ts';
import { readFeedFile } from '../feed/file/read-file.ts';
import { UnreadableFile } from '../feed/file/unreadable-file.ts';
import { foldName } from '../feed/mapping/fold-name.ts';
import type { AliasFault, WrittenAlias } from './alias-faults.ts';

const NAMES = {
  code: [
    ...[
      'code',
      'supplier code',
      'supplier sku',
      'supplier item',
      'supplier item number',
      'supplier part number',
    ],
    ...[
      'vendor code',
      'vendor sku',
      'their code',
      'their sku',
      'alias',
      'Artikelnr',
      'Artikelnummer',
      'Lieferantennr',
    ],
    ...['Lieferanten-Artikelnummer', 'part number', 'item number', 'référence'],
  ],
  gtin: ['gtin', 'gtin8', 'gtin12', 'gtin13', 'gtin14', 'ean', 'ean8', 'ean13', 'upc', 'barcode', 'isbn'],
  sku: ['sku', 'our sku', 'shop sku', 'own sku', 'item', 'our code', 'catalog sku'],
  factor: [
    ...[
      'factor',
      'unit factor',
      'units',
      'pieces',
      'pieces per unit',
      'pack size',
      'pack',
      'per',
      'faktor',
      'VPE',
    ],
  ],
} as const;

type Field = keyof typeof NAMES;

const MOST_ROWS = 500_000;

export interface AliasFile {
  rows: AsyncIterable<WrittenAlias | AliasFault>;
}

/**
 * Reads aliases out of a table or a list of objects: a code or a GTIN, or both, the SKU, and maybe a factor, by names
 * in any case and spacing.
 *
 * @throws UnreadableFile also where a column is missing
 */
export async function readAliasFile(chunks: AsyncIterable<Uint8Array>, name: string): Promise<AliasFile> {
  const file = await readFeedFile(chunks, { name, mayBeRow: mayBeAlias });
  const at = file.columns && placesOf(file.columns);
  if (at) requireColumns(at, file.columns ?? []);
  return { rows: aliasesOf(file, at) };
}

async function* aliasesOf(
  file: FileContents,
  at: Map<Field, number> | undefined,
): AsyncGenerator<WrittenAlias | AliasFault> {
  let count = 0;
  for await (const row of file.rows) {
    count += 1;
    if (count > MOST_ROWS)
      throw new UnreadableFile(`The file has more than ${MOST_ROWS} rows; import it in parts.`);
    if (isBad(row)) yield { line: row.line, fault: row.fault };
    else yield* aliasesOfRow(row.line, fieldsOf(row, at));
  }
}

/** A row with a code and a GTIN says both. */
function aliasesOfRow(line: number, fields: ReadonlyMap<Field, string>): WrittenAlias[] {
  const [sku = '', factor = ''] = [fields.get('sku'), fields.get('factor')];
  const codes = [fields.get('code') ?? '', fields.get('gtin') ?? ''].filter((code) => code.trim() !== '');
  return (codes.length === 0 ? [''] : codes).map((code) => ({ line, code, sku, factor }));
}

function fieldsOf(row: Row, at: Map<Field, number> | undefined): Map<Field, string> {
  if (at) return new Map([...at].map(([field, index]) => [field, row.cells?.[index] ?? '']));
  const { value } = row;
  if (typeof value !== 'object' || value === null) return new Map();
  const entries = Object.entries(value);
  const places = placesOf(entries.map(([name]) => name));
  return new Map([...places].map(([field, index]) => [field, textOf(entries[index]?.[1])]));
}

function mayBeAlias(value: unknown): boolean {
  const fields = fieldsOf({ line: 0, cells: undefined, value, text: '' }, undefined);
  return fields.has('sku') && (fields.has('code') || fields.has('gtin'));
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** Where each field stands: under the first of its names that there is. */
function placesOf(columns: readonly string[]): Map<Field, number> {
  const folded = columns.map(foldName);
  const places = new Map<Field, number>();
  for (const field of Object.keys(NAMES) as Field[]) {
    const index = NAMES[field].map((name) => folded.indexOf(foldName(name))).find((found) => found !== -1);
    if (index !== undefined) places.set(field, index);
  }
  return places;
}

function requireColumns(at: ReadonlyMap<Field, number>, columns: readonly string[]): void {
  const missing = [
    ...(at.has('code') || at.has('gtin') ? [] : ['code or gtin']),
    ...(at.has('sku') ? [] : ['sku']),
  ];
  if (missing.length === 0) return;
  throw new UnreadableFile(
    `The file has no column ${missing.join(' and none ')}; it has ${columns.join(', ').slice(0, 200)}. ` +
      'Columns are code or gtin, sku and, where the supplier counts packs, factor.',
  );
}
