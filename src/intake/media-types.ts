const JSON_TYPE = 'application/json';
export const CLOUD_EVENT_TYPE = 'application/cloudevents+json';
export const CLOUD_EVENTS_BATCH_TYPE = 'application/cloudevents-batch+json';

/** What a body is read as: every other JSON type is read as the first of these. */
export const DELIVERY_TYPES = [JSON_TYPE, CLOUD_EVENT_TYPE, CLOUD_EVENTS_BATCH_TYPE] as const;

export type DeliveryType = (typeof DELIVERY_TYPES)[number];

/** RFC 9110, section 8.3.1; the essence is what stands before the parameters. */
const ESSENCE = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+$/;
const PARAMETER = /;\s*(?:([\w!#$%&'*+.^`|~-]+)=("(?:[^"\\]|\\.)*"|[\w!#$%&'*+.^`|~-]*)\s*)?/y;

/** Of those that JSON may be sent in, ASCII is the same bytes. */
const UTF8: ReadonlySet<string> = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

/** JSON by its type: the subtype is `json`, or ends in `+json` (CloudEvents' JSON format 1.0.2, section 3.1). */
const JSON_ESSENCE = /\/(?:.+\+)?json$/;

/** The type that a delivery is read as; undefined for one that is not JSON, and for another character set than UTF-8. */
export function deliveryType(contentType: string | undefined): DeliveryType | undefined {
  const media = parseMediaType(contentType ?? '');
  if (!media || !JSON_ESSENCE.test(media.essence)) return undefined;
  if (media.charsets.some((charset) => !UTF8.has(charset))) return undefined;
  return DELIVERY_TYPES.find((type) => type === media.essence) ?? JSON_TYPE;
}

/** Whether the data of a CloudEvent is JSON. It stands in a JSON text, so that a character set says nothing of it. */
export function isJsonType(contentType: string): boolean {
  return JSON_ESSENCE.test(parseMediaType(contentType)?.essence ?? '');
}

/** In lower case, as neither type nor parameters' names nor character sets tell upper case from it. */
function parseMediaType(text: string): { essence: string; charsets: string[] } | undefined {
  const [before = ''] = text.split(';', 1);
  const essence = before.trim().toLowerCase();
  if (!ESSENCE.test(essence)) return undefined;
  const charsets: string[] = [];
  PARAMETER.lastIndex = before.length;
  while (PARAMETER.lastIndex < text.length) {
    const found = PARAMETER.exec(text);
    if (!found) return undefined;
    const [, name = '', value = ''] = found;
    if (name.toLowerCase() === 'charset') charsets.push(value.replaceAll(/["\\]/g, '').toLowerCase());
  }
  return { essence, charsets };
}
