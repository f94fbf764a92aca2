import type { Micros } from '../../domain/time.ts';
import { eventIdOfContent, eventIdOfSending } from '../../intake/event-id.ts';
import type { DeliveredEvent, Delivery } from '../../intake/read-delivery.ts';
import type { ShapeError } from '../../intake/shape-errors.ts';
import { DELIVERY_EVENTS } from '../../intake/supplier-event-schema.ts';
import { inOnePart } from '../file/in-one-part.ts';
import { isBad, type BadRow, type Row } from '../file/row.ts';
import { UnreadableFile } from '../file/unreadable-file.ts';
import { mapRow } from '../mapping/map-row.ts';
import { openFile, type OpenedFile } from '../run/open-file.ts';
import type { ReadingDefinition } from '../store/definition-of.ts';

/** The answer must not outgrow the body. */
const MOST_ERRORS = 100;

/**
 * Makes events of a body of any shape, as a feed's definition reads it: whole or not at all, like a delivery of our own
 * shape. An event's id is what `columns.id` says, else a hash of its content: what else is beside the body is not signed
 * in every scheme. In the content of one of the moment of its receipt the sending stands for the moment, where it has a name.
 */
export async function readMappedDelivery(
  body: Uint8Array,
  definition: ReadingDefinition,
  { receivedAt, sending }: { receivedAt: Micros; sending: string | undefined },
): Promise<Delivery> {
  const events: DeliveredEvent[] = [];
  const errors: ShapeError[] = [];
  try {
    const opened = await openFile(inOnePart(body), definition, {
      name: undefined,
      fileTime: undefined,
      receivedAt,
    });
    errors.push(...opened.mapping.faults.map(({ path, reason }) => ({ detail: `${path}: ${reason}` })));
    for await (const row of opened.rows) {
      if (errors.length >= MOST_ERRORS || events.length > DELIVERY_EVENTS) break;
      const read = readRow(row, opened, sending);
      events.push(...read.events);
      errors.push(...read.errors);
    }
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    errors.push({ detail: error.message });
  }
  if (events.length > DELIVERY_EVENTS) {
    errors.push({
      detail: `is more than ${DELIVERY_EVENTS} events: send fewer at a time, or all of them as a file`,
    });
  }
  return errors.length > 0 ? { ok: false, errors } : { ok: true, events, single: events.length === 1 };
}

function readRow(
  row: Row | BadRow,
  { found, mapping, context }: OpenedFile,
  sending: string | undefined,
): { events: DeliveredEvent[]; errors: ShapeError[] } {
  const place = `${found.place} ${row.line}`;
  if (isBad(row)) return { events: [], errors: [{ detail: `${place}: ${row.fault}` }] };
  if (mapping.faults.length > 0) return { events: [], errors: [] };
  const { events, refusals } = mapRow(row, mapping, context);
  const isOfReceipt = mapping.times.of === 'received';
  return {
    events: events.map(({ id, ...content }) => {
      const named = isOfReceipt && sending !== undefined ? eventIdOfSending(sending, content) : undefined;
      const eventId = id ?? named ?? eventIdOfContent(content);
      const isKnownById = isOfReceipt && (id ?? named) !== undefined;
      return {
        ...{ ...content, eventId, ...(isKnownById && { atReceipt: true as const }) },
        ...{ pointer: '', ignored: [] },
      };
    }),
    errors: refusals.map(({ reason }) => ({ detail: `${place}: ${reason}` })),
  };
}
