import { z } from 'zod';
import { isStorable } from '../domain/safe-text.ts';
import { isJsonType } from './media-types.ts';
import { DELIVERY_EVENTS, supplierEventSchema } from './supplier-event-schema.ts';

/** The characters of RFC 3986. A space is none of them, which makes `source id` unambiguous as an event id. */
const URI_REFERENCE = /^(?:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+$/;

const text = z
  .string('must be a string')
  .min(1, 'must not be empty')
  .refine(isStorable, 'must not hold NUL, other control characters or lone surrogates');

const uriReference = z.string('must be a string').regex(URI_REFERENCE, 'must be a URI reference (RFC 3986)');

/** CloudEvents 1.0.2, "Context Attributes". In JSON an attribute that is null counts as not set. */
const attributes = {
  specversion: z.literal('1.0', 'must be "1.0"'),
  id: text,
  source: uriReference,
  type: z.literal('inventory.updated', 'must be "inventory.updated"'),
  subject: text.nullish(),
  time: z.iso.datetime({ offset: true, error: 'must be an RFC 3339 time with a zone' }).nullish(),
  datacontenttype: z
    .string('must be a string')
    .refine(isJsonType, 'must be a JSON type, such as application/json or application/vnd.acme+json')
    .nullish(),
  dataschema: uriReference.nullish(),
};

const EXTENSION_NAME = /^[a-z0-9]+$/;

const extension = z.union(
  [z.string().refine(isStorable), z.boolean(), z.int().min(-2_147_483_648).max(2_147_483_647), z.null()],
  'must be a printable string, a boolean or a whole number of 32 bits (an extension attribute of CloudEvents)',
);

/**
 * One event in CloudEvents' JSON format. Extension attributes are checked and otherwise left alone. What `data_base64`
 * holds stands in `data` by now: see cloud-event-data.ts.
 */
export const cloudEventSchema = z
  .object(
    {
      ...attributes,
      data: supplierEventSchema,
      data_base64: z.never('must not stand beside "data"').optional(),
    },
    { error: (issue) => (issue.code === 'invalid_type' ? 'must be an object' : undefined) },
  )
  .catchall(extension)
  .superRefine(checkNames, { when: ({ value }) => typeof value === 'object' && value !== null });

/** The attributes of binary mode; the data is the body. */
export const cloudEventAttributesSchema = z
  .object(attributes)
  .catchall(extension)
  .superRefine(checkNames, { when: () => true });

/** For the API's description: as it is sent. */
export const sentCloudEventSchema = z.union([
  cloudEventSchema,
  z
    .object({
      ...attributes,
      data_base64: z.base64().meta({ description: 'Such an event as JSON, in base64.' }),
    })
    .catchall(extension),
]);

/** For the API's description; the intake checks an array's length before it looks at the elements. */
export const cloudEventsBatchSchema = z.array(sentCloudEventSchema).max(DELIVERY_EVENTS);

function checkNames(event: object, context: z.RefinementCtx): void {
  for (const name of Object.keys(event)) {
    if (EXTENSION_NAME.test(name) || name === 'data_base64') continue;
    context.addIssue({
      code: 'custom',
      path: [name],
      message: 'is not a name of a CloudEvents attribute (a to z, 0 to 9)',
    });
  }
}
