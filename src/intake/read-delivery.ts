import type { z } from 'zod';
import { cloudEventAttributesSchema, cloudEventId, cloudEventSchema } from './cloud-event-schema.ts';
import { isBinaryMode, readCloudEventHeaders } from './cloud-event-headers.ts';
import { eventIdOfContent } from './event-id.ts';
import { ignoredFields } from './ignored-fields.ts';
import { CLOUD_EVENT_TYPE, CLOUD_EVENTS_BATCH_TYPE, type DeliveryType } from './media-types.ts';
import { shapeErrors, type ShapeError } from './shape-errors.ts';
import {
  DELIVERY_EVENTS,
  fitsEventId,
  supplierEventSchema,
  type SupplierEventContent,
} from './supplier-event-schema.ts';

/** An event of a delivery that is as it has to be; `updatedAt` in µs. */
export interface DeliveredEvent extends Omit<SupplierEventContent, 'id'> {
  eventId: string;
  /** JSON Pointer to the object with the SKU, quantity and updatedAt. */
  pointer: string;
  /** Fields of that object that are not read. */
  ignored: readonly string[];
}

export type Delivery =
  | { ok: true; events: DeliveredEvent[]; /** One event, not an array of one. */ single: boolean }
  | { ok: false; errors: ShapeError[] };

export interface Message {
  type: DeliveryType;
  /** As Node gives them, in lower case. */
  headers: Readonly<Record<string, string | string[] | undefined>>;
  rawHeaders: readonly string[];
  /** The parsed body. */
  body: unknown;
}

type Read = { ok: true; event: DeliveredEvent } | { ok: false; errors: ShapeError[] };

/**
 * Checks a delivery's shape, all of it, and names each event.
 *
 * An event's id is the `id` of its data; else CloudEvents' source and id where they stand in the body; else, for a
 * single event, the `webhook-id`; else a hash of its content. All of these are signed. A header that is not can have a
 * delivery refused, and nothing else: the forms that the media types name have no body in common.
 */
export function readDelivery(message: Message): Delivery {
  if (message.type === CLOUD_EVENTS_BATCH_TYPE) return readArray(message.body, readCloudEvent);
  if (message.type === CLOUD_EVENT_TYPE) return single(readCloudEvent(message.body, ''));
  if (isBinaryMode(message.headers)) return single(readBinaryCloudEvent(message));
  if (Array.isArray(message.body)) return readArray(message.body, readPlainEvent);
  return single(readPlainEvent(message.body, '', messageIdOf(message)));
}

function messageIdOf({ headers }: Message): string {
  return String(headers['webhook-id'] ?? '');
}

function readArray(body: unknown, read: (element: unknown, pointer: string) => Read): Delivery {
  // Before the elements: a body of half a million wrong ones would make half a million errors.
  if (!Array.isArray(body) || body.length < 1 || body.length > DELIVERY_EVENTS) {
    return {
      ok: false,
      errors: [{ pointer: '', detail: `must be an array of 1 to ${DELIVERY_EVENTS} events` }],
    };
  }
  const reads = body.map((element: unknown, index) => read(element, `/${index}`));
  const errors = reads.flatMap((one) => (one.ok ? [] : one.errors));
  if (errors.length > 0) return { ok: false, errors };
  return { ok: true, events: reads.flatMap((one) => (one.ok ? [one.event] : [])), single: false };
}

function single(one: Read): Delivery {
  return one.ok ? { ok: true, events: [one.event], single: true } : one;
}

/** @param otherId names an event that has no id of its own; without it, its content does */
function readPlainEvent(body: unknown, pointer: string, otherId = ''): Read {
  const parsed = supplierEventSchema.safeParse(body);
  if (!parsed.success) return { ok: false, errors: shapeErrors(parsed.error, pointer) };
  const eventId = parsed.data.id ?? (otherId || eventIdOfContent(parsed.data));
  return named(parsed.data, eventId, { pointer, ignored: ignoredFields(body) }, { header: 'webhook-id' });
}

function readCloudEvent(body: unknown, pointer: string): Read {
  const parsed = cloudEventSchema.safeParse(body);
  if (!parsed.success) return { ok: false, errors: shapeErrors(parsed.error, pointer) };
  const { data } = parsed.data;
  // Of the data alone: CloudEvents lets extension attributes stand beside it.
  const ignored = ignoredFields((body as { data: unknown }).data);
  const at = { pointer: `${pointer}/data`, ignored };
  return named(data, data.id ?? cloudEventId(parsed.data), at, { pointer: `${pointer}/id` });
}

/** The headers are only held against CloudEvents, to tell an honest sender of a fault; the event is the plain one. */
function readBinaryCloudEvent(message: Message): Read {
  const headers = readCloudEventHeaders(message.rawHeaders);
  const attributes = cloudEventAttributesSchema.safeParse(headers.ok ? headers.attributes : {});
  const event = readPlainEvent(message.body, '', messageIdOf(message));
  const errors = [
    ...(headers.ok ? headerErrors(attributes.error) : headers.faults),
    ...(event.ok ? [] : event.errors),
  ];
  return errors.length > 0 ? { ok: false, errors } : event;
}

function headerErrors(error: z.ZodError | undefined): ShapeError[] {
  return (error?.issues ?? []).map((issue) => ({
    header: `ce-${String(issue.path[0])}`,
    detail: issue.message,
  }));
}

function named(
  { id: _id, ...content }: SupplierEventContent,
  eventId: string,
  at: Pick<DeliveredEvent, 'pointer' | 'ignored'>,
  idAt: { pointer: string } | { header: string },
): Read {
  if (!fitsEventId(eventId)) {
    return { ok: false, errors: [{ ...idAt, detail: 'gives an event id of more than 200 bytes in UTF-8' }] };
  }
  return { ok: true, event: { eventId, ...content, ...at } };
}
