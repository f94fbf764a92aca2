import { parse } from 'csv-parse/sync';
import { eventIdOfContent, workflowIdOf } from '../event-id.ts';
import { boundNames, EVENT_FIELDS, ignoredFields } from '../ignored-fields.ts';
import { parseStrictJson } from '../strict-json.ts';
import { shapeErrors } from '../shape-errors.ts';
import { supplierEventSchema } from '../supplier-event-schema.ts';
import type { IncomingEvent } from '../../ledger/record-supplier-events.ts';

export type Format = 'csv' | 'ndjson';

export type ParsedLine = { ok: true; event: IncomingEvent } | { ok: false; reason: string };

/** Turns a line into an event, by the rules of the HTTP intake. */
export type LineParser = (bytes: Buffer) => ParsedLine;

/** The first line of a CSV file does not name the columns; the rest cannot be read. */
export class HeaderError extends Error {
  override name = 'HeaderError';
}

const REQUIRED = ['sku', 'quantity', 'updatedAt'] as const;

/** A byte order mark may begin a line, and not the file alone: files are joined to one another. */
const decoder = new TextDecoder('utf-8', { fatal: true });

/** One event as a JSON object a line. */
export function ndjsonParser(owner: { tenant: string; supplier: string }): LineParser {
  return (bytes) => {
    const json = parseStrictJson(bytes);
    if (!json.ok) return { ok: false, reason: json.detail.replace('The body', 'The line') };
    return toEvent(json.value, undefined, owner);
  };
}

/**
 * CSV (RFC 4180) whose records are one line each: no field may hold a line break anyway.
 *
 * @param header the first line: `sku`, `quantity`, `updatedAt` and maybe `id` and `location`, in any order; other
 *   columns are not read
 * @throws HeaderError
 */
export function csvParser(header: Buffer, owner: { tenant: string; supplier: string }): LineParser {
  const names = fieldsOf(header)?.map((name) => name.trim());
  if (!names) throw new HeaderError('The first line is not CSV in UTF-8.');
  const missing = REQUIRED.filter((name) => !names.includes(name));
  if (missing.length > 0 || new Set(names).size < names.length) {
    throw new HeaderError(
      `The first line has to name the columns sku, quantity, updatedAt and maybe id and location, each once; it says ` +
        `${JSON.stringify(names.join(',')).slice(0, 200)}.`,
    );
  }
  const ignored = boundNames(names.filter((name) => !EVENT_FIELDS.has(name)));
  return (bytes) => {
    const fields = fieldsOf(bytes);
    if (!fields) return { ok: false, reason: 'is not CSV in UTF-8 (quotes?)' };
    if (fields.length !== names.length) {
      return { ok: false, reason: `has ${fields.length} fields, the first line names ${names.length}` };
    }
    const record = Object.fromEntries(names.map((name, index) => [name, fields[index] ?? '']));
    const { id, quantity = '', updatedAt = '', sku, location } = record;
    const content = {
      sku,
      quantity: toNumber(quantity),
      updatedAt: updatedAt.trim(),
      // An empty field says nothing.
      ...(id !== '' && { id }),
      ...(location?.trim() !== '' && { location }),
    };
    const line = toEvent(content, ignored, owner);
    return line.ok ? line : { ok: false, reason: line.reason.replace(', written as a JSON number', '') };
  };
}

/** @param ignored fields that are not read; undefined: those that the value has */
function toEvent(
  value: unknown,
  ignored: readonly string[] | undefined,
  owner: { tenant: string; supplier: string },
): ParsedLine {
  const parsed = supplierEventSchema.safeParse(value);
  if (!parsed.success) {
    const faults = shapeErrors(parsed.error).map(({ pointer = '', detail }) =>
      `${pointer.slice(1)} ${detail}`.trim(),
    );
    return { ok: false, reason: faults.slice(0, 4).join('; ') };
  }
  const { id, ...content } = parsed.data;
  const eventId = id ?? eventIdOfContent(content);
  return {
    ok: true,
    event: {
      eventId,
      ...content,
      ignored: ignored ?? ignoredFields(value),
      workflowId: workflowIdOf({ ...owner, eventId }),
    },
  };
}

/** Undefined for a line that is no UTF-8 or no CSV. Most lines have no quotes, and need no parser. */
function fieldsOf(bytes: Buffer): string[] | undefined {
  try {
    const line = decoder.decode(bytes);
    if (!line.includes('"')) return line.split(',');
    const [record, ...more] = parse(line, { relax_column_count: true });
    return more.length === 0 ? record : undefined;
  } catch {
    return undefined;
  }
}

/** CSV has no numbers; what is not written like one is left for the schema to refuse. */
function toNumber(text: string): number | string {
  const trimmed = text.trim();
  return /^-?\d{1,15}(?:\.\d{1,15})?$/.test(trimmed) ? Number(trimmed) : trimmed;
}
