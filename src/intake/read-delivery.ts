import type { z } from 'zod';
import { openCloudEvent } from './cloud-event-data.ts';
import { isBinaryMode, readCloudEventHeaders } from './cloud-event-headers.ts';
import { cloudEventAttributesSchema, cloudEventSchema } from './cloud-event-schema.ts';
import { eventIdOfCloudEvent, eventIdOfContent } from './event-id.ts';
import { ignoredFields } from './ignored-fields.ts';
import { CLOUD_EVENT_TYPE, CLOUD_EVENTS_BATCH_TYPE, type DeliveryType } from './media-types.ts';
import { shapeErrors, type ShapeError } from './shape-errors.ts';
import { DELIVERY_EVENTS, supplierEventSchema, type SupplierEventContent } from './supplier-event-schema.ts';

/** An event of a delivery that is as it has to be; `updatedAt` in µs. */
export interface DeliveredEvent extends Omit<SupplierEventContent, 'id'> {
  eventId: string;
  /** The id is a hash of source and id of a CloudEvent, which are too long together. */
  isHashedId?: true;
  /** It is of the moment of its receipt, and the same by its id whenever it comes again. */
  atReceipt?: true;
  /** JSON Pointer to the object with the SKU, quantity and updatedAt; goes on into what `data_base64` holds. */
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
  /** Names the message and is a part of what is signed, or undefined. */
  signedId: string | undefined;
  /** The parsed body. */
  body: unknown;
}

type Read = { ok: true; event: DeliveredEvent } | { ok: false; errors: ShapeError[] };

/**
 * Checks a delivery's shape, all of it, and names each event.
 *
 * An event's id is the `id` of its data; else CloudEvents' source and id where they stand in the body; else, for a
 * single event, the signed id of the message; else a hash of its content. All of these are signed. A header that is not
 * can have a delivery refused, and nothing else: the forms that the media types name have no body in common, but for an
 * empty array, which says nothing in any of them.
 */
export function readDelivery(message: Message): Delivery {
  if (message.type === CLOUD_EVENTS_BATCH_TYPE) return readArray(message.body, readCloudEvent, 0);
  if (message.type === CLOUD_EVENT_TYPE) return single(readCloudEvent(message.body, ''));
  if (isBinaryMode(message.headers)) return single(readBinaryCloudEvent(message));
  if (Array.isArray(message.body)) return readArray(message.body, readPlainEvent);
  return single(readPlainEvent(message.body, '', message.signedId));
}

function readArray(
  body: unknown,
  read: (element: unknown, pointer: string) => Read,
  /** A batch of CloudEvents may be empty (JSON batch format 1.0.2, section 4.1). */
  fewest = 1,
): Delivery {
  // Before the elements: a body of half a million wrong ones would make half a million errors.
  if (!Array.isArray(body) || body.length < fewest || body.length > DELIVERY_EVENTS) {
    return {
      ok: false,
      errors: [{ pointer: '', detail: `must be an array of ${fewest} to ${DELIVERY_EVENTS} events` }],
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
function readPlainEvent(body: unknown, pointer: string, otherId?: string): Read {
  const parsed = supplierEventSchema.safeParse(body);
  if (!parsed.success) return { ok: false, errors: shapeErrors(parsed.error, pointer) };
  const { id, ...content } = parsed.data;
  const eventId = id ?? otherId ?? eventIdOfContent(content);
  return { ok: true, event: { eventId, ...content, pointer, ignored: ignoredFields(body) } };
}

function readCloudEvent(sent: unknown, pointer: string): Read {
  const { event, dataAt, fault } = openCloudEvent(sent);
  const parsed = cloudEventSchema.safeParse(event);
  if (!parsed.success || fault !== undefined) {
    const errors = parsed.error ? shapeErrors(parsed.error) : [];
    return { ok: false, errors: errors.map((error) => placed(error, pointer, dataAt, fault)) };
  }
  const { source, id, data } = parsed.data;
  const { id: ownId, ...content } = data;
  const { eventId, isHash } =
    ownId === undefined ? eventIdOfCloudEvent({ source, id }) : { eventId: ownId, isHash: false };
  // Of the data alone: CloudEvents lets extension attributes stand beside it.
  const ignored = ignoredFields((event as { data: unknown }).data);
  const at = { pointer: `${pointer}/${dataAt}`, ignored };
  return { ok: true, event: { eventId, ...(isHash && { isHashedId: true as const }), ...content, ...at } };
}

/** An error where its field stood as it was sent. Without data, what is wrong is why there is none. */
function placed(
  { pointer: within = '', detail }: ShapeError,
  pointer: string,
  dataAt: string,
  fault: string | undefined,
): ShapeError {
  const ofData = /^\/data(?=\/|$)/.test(within);
  return {
    pointer: pointer + (ofData ? within.replace('/data', `/${dataAt}`) : within),
    detail: ofData ? (fault ?? detail) : detail,
  };
}

/** The headers are only held against CloudEvents, to tell an honest sender of a fault; the event is the plain one. */
function readBinaryCloudEvent(message: Message): Read {
  const headers = readCloudEventHeaders(message.rawHeaders);
  const attributes = cloudEventAttributesSchema.safeParse(headers.ok ? headers.attributes : {});
  const event = readPlainEvent(message.body, '', message.signedId);
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
