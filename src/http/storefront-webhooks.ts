import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import { z } from 'zod';

type OpenApi = NonNullable<FastifyDynamicSwaggerOptions['openapi']>;
type Webhooks = NonNullable<Extract<OpenApi, { webhooks?: unknown }>['webhooks']>;

/** So much of an item's figures is in a message and on a page. */
const figures = {
  quantity: z.int().min(0).max(2_147_483_647),
  version: z.int().min(1).max(2_147_483_647).meta({
    description: 'The highest version of an item is what is shown; whatever is lower came late.',
  }),
};

const message = z.object({
  itemId: z.string().max(297).meta({ description: '`{tenant}:{sku}`' }),
  tenant: z.string(),
  sku: z.string().meta({ description: 'At most 256 bytes; any characters.' }),
  ...figures,
});

const answer = z.object({
  accepted: z.boolean(),
  reason: z.string().nullish().meta({
    description: '`superseded` of a version that is lower than the highest one seen; else why it is refused.',
  }),
});

const messages = z.object({
  items: z
    .array(message.extend({ id: z.string().meta({ description: 'The `webhook-id` of its own message.' }) }))
    .min(1)
    .max(500),
});

const answers = z.object({
  results: z.array(answer.extend({ itemId: z.string() })).meta({
    description: 'One an item, in any order; an item without one is sent again.',
  }),
});

const page = z.object(figures);

const list = z.object({
  items: z.array(page.extend({ itemId: z.string() })).max(500),
  next: z.string().nullable().meta({ description: 'What to ask for next, as `after`; null at the end.' }),
});

const header = (name: string, description: string, required = true) =>
  ({
    ...{ name, in: 'header', required, description, schema: { type: 'string' } },
  }) as const;
/** The item's figures once more, for caches on the way: they read no body. */
const itemHeader = (name: string, what: string) =>
  header(name, `${what}. Not signed: the body counts.`, false);
const query = (name: string, description: string, required: boolean) =>
  ({
    ...{ name, in: 'query', required, description, schema: { type: 'string' } },
  }) as const;

/** What a storefront of kind webhook is told and asked, as `webhooks` of OpenAPI 3.1, each by its path there. */
export const STOREFRONT_WEBHOOKS = {
  '{storefront}/cache-busts': {
    post: {
      summary: 'Tell a storefront the version of an item',
      description:
        'Signed with Standard Webhooks. A 2xx without the answer, 408, 425, 429, 5xx and none at all are tried again for a day; any other 4xx is a no.',
      parameters: [
        header('webhook-id', 'Names the message: the same for every try of it.'),
        header(
          'webhook-timestamp',
          'Seconds since 1970, when this try was signed; five minutes off is too much.',
        ),
        header('webhook-signature', 'One or more of `v1,BASE64`, with a space between: one has to be right.'),
        itemHeader('x-catalog-item', '`{tenant}:{sku}`; what is not visible ASCII is percent-encoded'),
        itemHeader('x-catalog-sku', 'The SKU, written in the same way'),
        itemHeader('x-catalog-version', 'The version'),
      ],
      requestBody: {
        ...{ required: true, content: json(z.union([message, messages])) },
        description: 'Of one item; or of several, where the limits of the storefront say so.',
      },
      responses: {
        '200': {
          description: 'Taken, or refused for good: in the form of what was sent',
          content: json(z.union([answer, answers])),
        },
      },
    },
  },
  '{storefront}/items/{itemId}': {
    get: {
      summary: 'Read what a storefront shows of an item',
      parameters: [
        {
          ...{ name: 'itemId', in: 'path', required: true, schema: { type: 'string' } },
          description: '`{tenant}:{sku}`, percent-encoded',
        },
      ],
      responses: {
        '200': { description: 'What it shows', content: json(page) },
        '404': { description: 'It does not know the item' },
      },
    },
  },
  '{storefront}/items': {
    get: {
      summary: 'Read all that a storefront shows of a tenant, if it has such a list',
      parameters: [
        query('tenant', 'Of which tenant', true),
        query('after', 'Behind which item id; from the beginning without it', false),
        query('limit', 'How many at most: 500', true),
      ],
      responses: {
        '200': { description: 'A page, ascending by the bytes of the ids', content: json(list) },
        '404': { description: 'It has no list, and is asked for each item' },
      },
    },
  },
  // The schemas are JSON Schema, as OpenAPI 3.1 has it; its types know less.
} as object as Webhooks;

function json(schema: z.ZodType) {
  const { $schema: _, ...described } = z.toJSONSchema(schema, { io: 'input' });
  return { 'application/json': { schema: described } };
}
