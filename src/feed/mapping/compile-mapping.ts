import { isPlaces, type Column } from '../definition/columns-schema.ts';
import type { FeedDefinition } from '../definition/feed-schema.ts';
import { findColumn, namesOf, type CellReader, type ColumnFault } from './columns.ts';
import { compileQuantities, type QuantityReader } from './quantities.ts';
import { compileDates, compileTimes, type TimeReader } from './times.ts';

export type MappedField = 'sku' | 'quantity' | 'updatedAt' | 'location' | 'id';

/** A fault of the file as a whole; `path` is the key of the definition. */
export type MappingFault = ColumnFault & { path: string };

export interface CompiledMapping {
  /** With any of them, no row can be mapped. */
  faults: readonly MappingFault[];
  /** What the definition names, where no header says whether it is there; `path` is within `columns`. */
  named: readonly { path: string; wanted: string; read: CellReader }[];
  /** Names of a table's columns that no key of the definition reads. */
  unread: readonly string[];
  /** How many cells a row of a table may have; undefined where the columns have no names. */
  width: number | undefined;
  sku: CellReader;
  /** One for each location that the definition gives a column of its own, else one without. */
  quantities: readonly { location: string | undefined; read: CellReader }[];
  location: CellReader | undefined;
  id: CellReader | undefined;
  updatedAt: CellReader | undefined;
  /** The index of that column, in a table. */
  timeIndex: number | undefined;
  times: {
    of: 'file' | 'received' | 'envelope' | undefined;
    field: string | undefined;
    read: TimeReader;
    /** Of a cell that is a date, whatever the format of texts. */
    readDate: TimeReader;
  };
  readQuantity: QuantityReader;
  /** Texts keep the white space at their ends. */
  asSent: boolean;
}

/**
 * Prepares a definition for the rows of one file.
 *
 * @param columns a table's header; undefined where records are values, or a table has no header
 */
export function compileMapping(
  definition: Pick<FeedDefinition, 'columns' | 'times' | 'quantities'> & { asSent?: boolean },
  columns: readonly string[] | undefined,
): CompiledMapping {
  const faults: MappingFault[] = [];
  const named: { path: string; wanted: string; read: CellReader }[] = [];
  const used = new Set<number>();
  const reader = (path: string, column: Column): CellReader => {
    const found = findColumn(column, columns);
    if (found.ok) {
      if (found.index === undefined) named.push({ path, wanted: namesOf(column), read: found.read });
      else used.add(found.index);
      return found.read;
    }
    faults.push({ ...found.fault, path: `columns.${path}` });
    return () => undefined;
  };
  const optional = (path: string, column: Column | undefined): CellReader | undefined =>
    column === undefined ? undefined : reader(path, column);

  const { sku, quantity, updatedAt, location, id } = definition.columns;
  const { of, field } = definition.times;
  const mapping = {
    sku: reader('sku', sku),
    quantities: isPlaces(quantity)
      ? Object.entries(quantity).map(([place, column]) => ({
          location: place,
          read: reader(`quantity.${place}`, column),
        }))
      : [{ location: undefined, read: reader('quantity', quantity) }],
    updatedAt: optional('updatedAt', updatedAt),
    location: optional('location', location),
    id: optional('id', id),
    timeIndex: updatedAt === undefined ? undefined : indexOf(updatedAt, columns),
    times: { of, field, read: compileTimes(definition.times), readDate: compileDates(definition.times) },
    readQuantity: compileQuantities(definition.quantities),
    asSent: definition.asSent === true,
  };
  const unread = (columns ?? []).filter((name, index) => name.trim() !== '' && !used.has(index));
  return { faults, named, unread, width: columns?.length, ...mapping };
}

function indexOf(column: Column, columns: readonly string[] | undefined): number | undefined {
  const found = findColumn(column, columns);
  return found.ok ? found.index : undefined;
}
