import type { Micros } from '../../domain/time.ts';
import { supplierEventSchema, type SupplierEventContent } from '../../intake/supplier-event-schema.ts';
import type { Row } from '../file/row.ts';
import type { CompiledMapping, MappedField } from './compile-mapping.ts';
import { contextTime, type FileContext } from './context-time.ts';
import { Fault, type RefusalCode } from './refusal.ts';
import { readText, readTimeText } from './texts.ts';
import { zeroTime } from './written-time.ts';

/** An item that a row speaks of, and where it lies. */
export interface Place {
  sku: string;
  /** Empty: none is named. Undefined: it cannot be read. */
  location: string | undefined;
}

export interface Refusal {
  /** Of the first thing that is wrong. */
  code: RefusalCode;
  /** All that is wrong, each with its field. */
  reason: string;
  /** Where the SKU can be read: the item is not absent from the file. */
  about: Place | undefined;
}

/** A row says something of one item, or of one item at several locations; each of them goes one way. */
export interface MappedRow {
  events: SupplierEventContent[];
  refusals: Refusal[];
  /** Of which the row says nothing, by a word that means `none`. */
  unsaid: Place[];
}

/** The beginnings of programs' clocks, in µs: 1970 and the year 1. */
const ZERO_TIMES: ReadonlySet<Micros> = new Set([0n, -62_135_596_800_000_000n]);

const CODES: Readonly<Record<MappedField, RefusalCode>> = {
  sku: 'bad_sku',
  quantity: 'bad_quantity',
  updatedAt: 'bad_time',
  location: 'bad_location',
  id: 'bad_id',
};

type Read<Value> = Value | undefined | Fault;

/** Makes events of a row. A row of a table that has nothing in it gives nothing. */
export function mapRow(row: Row, mapping: CompiledMapping, context: FileContext): MappedRow {
  const mapped: MappedRow = { events: [], refusals: [], unsaid: [] };
  const sku = readText(mapping.sku(row), 'bad_sku', mapping.asSent);
  const tooMany = surplus(row, mapping.width);
  if (tooMany) mapped.refusals.push({ ...tooMany, about: spokenOf(sku, undefined) });
  if (tooMany || (typeof sku !== 'string' && isBlank(row))) return mapped;
  const updatedAt = readTime(row, mapping, context);
  const id = mapping.id && readText(mapping.id(row), 'bad_id', mapping.asSent);
  const place = mapping.location && readText(mapping.location(row), 'bad_location', mapping.asSent);
  for (const part of mapping.quantities) {
    const location = part.location ?? place;
    const quantity = mapping.readQuantity(part.read(row));
    if (quantity !== 'none') addEvent(mapped, { sku, quantity, updatedAt, location, id }, part.location);
    else if (typeof sku === 'string') mapped.unsaid.push({ sku, location: textOf(location) });
    else addEvent(mapped, { sku, quantity: 0, updatedAt, location, id }, part.location);
  }
  return mapped;
}

type Fields = {
  sku: Read<string>;
  quantity: Read<number>;
  updatedAt: Read<string>;
  location: Read<string>;
  id: Read<string>;
};

/** @param column the location of a column of its own, which a fault of its quantity names */
function addEvent(mapped: MappedRow, fields: Fields, column: string | undefined): void {
  const faults = faultsOf(fields, column);
  const parsed = faults.length === 0 ? supplierEventSchema.safeParse(fields) : undefined;
  if (parsed?.success && !ZERO_TIMES.has(parsed.data.updatedAt)) {
    mapped.events.push(parsed.data);
    return;
  }
  const { updatedAt } = fields;
  if (parsed?.success && typeof updatedAt === 'string') faults.push(named('updatedAt', zeroTime(updatedAt)));
  for (const { path, message } of parsed?.error?.issues ?? []) {
    const field = path[0] as MappedField;
    faults.push(named(field, new Fault(CODES[field], message.replace(', written as a JSON number', ''))));
  }
  const [first] = faults;
  if (!first) return;
  const reason = faults.map((fault) => fault.reason).join('; ');
  mapped.refusals.push({ code: first.code, reason, about: spokenOf(fields.sku, textOf(fields.location)) });
}

function faultsOf(fields: Fields, column: string | undefined): Fault[] {
  const faults: Fault[] = [];
  for (const field of ['sku', 'quantity', 'updatedAt', 'location', 'id'] as const) {
    const value = fields[field];
    const name = field === 'quantity' && column !== undefined ? `quantity at ${column}` : field;
    if (value instanceof Fault) faults.push(named(name, value));
    else if (value === undefined && field !== 'location' && field !== 'id') {
      faults.push(named(name, new Fault('missing_value', 'is missing')));
    }
  }
  return faults;
}

function named(field: string, { code, reason }: Fault): Fault {
  return new Fault(code, `${field} ${reason}`);
}

function spokenOf(sku: Read<string>, location: string | undefined): Refusal['about'] {
  return typeof sku === 'string' ? { sku, location } : undefined;
}

function textOf(location: Read<string>): string | undefined {
  return location instanceof Fault ? undefined : (location ?? '');
}

function readTime(row: Row, mapping: CompiledMapping, context: FileContext): Read<string> {
  if (!mapping.updatedAt) return contextTime(mapping.times, context);
  const text = readTimeText(mapping.updatedAt(row));
  if (typeof text !== 'string') return text;
  const isDate = mapping.timeIndex !== undefined && row.dates?.includes(mapping.timeIndex);
  const time = isDate ? mapping.times.readDate(text) : mapping.times.read(text);
  if (typeof time === 'string' || !row.isEdi) return time;
  const standard = mapping.times.readDate(text);
  return typeof standard === 'string' ? standard : time;
}

/** Cells behind the last column come from a sign within a cell, and then all before them may be shifted. */
function surplus({ cells }: Row, width: number | undefined): Omit<Refusal, 'about'> | undefined {
  if (!cells || width === undefined || cells.length <= width) return undefined;
  if (cells.slice(width).every((cell) => cell.trim() === '')) return undefined;
  return {
    code: 'too_many_fields',
    reason: `has ${cells.length} fields, and the header names ${width}: a field with a separator in it needs quotes`,
  };
}

function isBlank({ cells }: Row): boolean {
  return cells !== undefined && cells.every((cell) => cell.trim() === '');
}
