import type { Column, SingleColumn } from '../definition/columns-schema.ts';
import type { Row } from '../file/row.ts';
import { foldName } from './fold-name.ts';
import { Fault } from './refusal.ts';
import { follow, leafOf, next, stepsOf } from './value-path.ts';

/** What a row has in a column: text, a JSON value without parts, undefined, or a Fault. */
export type CellReader = (row: Row) => unknown;

/** Of the file, not of a row. */
export interface ColumnFault {
  code: 'missing_column' | 'ambiguous_column';
  reason: string;
}

export type FoundColumn =
  | { ok: true; read: CellReader; /** Of a table. */ index: number | undefined }
  | { ok: false; fault: ColumnFault };

/** @param columns a table's header; undefined where records are values, or a table has no header */
export function findColumn(column: Column, columns: readonly string[] | undefined): FoundColumn {
  const names = [column].flat();
  if (columns === undefined) return { ok: true, read: firstOf(names.map(readerOfValue)), index: undefined };
  for (const name of names) {
    const index = typeof name === 'number' ? numbered(name, columns) : named(name, columns);
    if (typeof index === 'object') return { ok: false, fault: index };
    if (index !== undefined) return { ok: true, read: readerOfCell(index), index };
  }
  return {
    ok: false,
    fault: { code: 'missing_column', reason: `the file has no column ${namesOf(column)}` },
  };
}

/** As a reason names a column. */
export function namesOf(column: Column): string {
  return [column]
    .flat()
    .map((name) => (typeof name === 'number' ? `number ${name}` : `"${name}"`))
    .join(' or ');
}

function numbered(number: number, columns: readonly string[]): number | undefined {
  return number <= columns.length ? number - 1 : undefined;
}

function named(name: string, columns: readonly string[]): number | ColumnFault | undefined {
  const exact = indexesOf(columns, (other) => other.trim() === name.trim());
  const fold = foldName(name);
  const found = exact.length > 0 ? exact : indexesOf(columns, (other) => foldName(other) === fold);
  if (found.length < 2) return found[0];
  const numbers = found.map((index) => index + 1).join(' and ');
  return {
    code: 'ambiguous_column',
    reason: `the file has "${name}" as its columns ${numbers}: name the right one by its number`,
  };
}

function indexesOf(columns: readonly string[], fits: (name: string) => boolean): number[] {
  return columns.flatMap((name, index) => (fits(name) ? [index] : []));
}

/** A sheet's rows end with their last cell that is not empty. */
function readerOfCell(index: number): CellReader {
  return (row) => row.cells?.[index];
}

function readerOfValue(name: SingleColumn): CellReader {
  if (typeof name === 'number') {
    const read = readerOfCell(name - 1);
    return (row) =>
      row.cells ? read(row) : leafOf(Array.isArray(row.value) ? row.value[name - 1] : undefined);
  }
  const steps = stepsOf(name);
  if (steps.length < 2) return ({ value }) => leafOf(next(value, steps[0] ?? name));
  // A key may hold a slash; a pointer says that it is none.
  const isPointer = name.startsWith('/');
  return ({ value }) => {
    const whole = isPointer ? undefined : next(value, name);
    return leafOf(whole === undefined || whole instanceof Fault ? follow(value, steps) : whole);
  };
}

function firstOf(readers: readonly CellReader[]): CellReader {
  const [only] = readers;
  if (only && readers.length === 1) return only;
  return (row) => {
    for (const read of readers) {
      const value = read(row);
      if (value !== undefined) return value;
    }
    return undefined;
  };
}
