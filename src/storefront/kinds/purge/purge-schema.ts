import { z } from 'zod';
import { addressBelow } from '../../address.ts';
import { hasDotSegment } from './dot-segment.ts';
import { isHeaderName, isMethod } from './http-words.ts';
import { cssSelector, jsonPointer, re2 } from './looked-up-by.ts';
import { placesIn, PLACES } from './template.ts';

/** A status as 200 or 404, or a class of them as 2xx. */
const status = z.union([
  z.int().min(100).max(599),
  z.string().regex(/^[1-5]xx$/, 'a status (404) or a class (4xx)'),
]);
const statuses = z.array(status).min(1).max(20);

const knownPlaces = (where: readonly string[]) => (text: string) =>
  placesIn(text).every((place) => where.includes(place));
const ITEM_PLACES = PLACES.filter((place) => place !== 'secret');
const itemTemplate = z
  .string()
  .max(2_000)
  .refine(
    knownPlaces(ITEM_PLACES),
    `may hold {${ITEM_PLACES.join('}, {')}}; a secret stands in headers only`,
  );
const anyTemplate = z
  .string()
  .max(8_000)
  .refine(knownPlaces(PLACES), `may hold {${PLACES.join('}, {')}}`);
const path = itemTemplate
  .regex(/^\//, 'begins with /')
  .refine((text) => !hasDotSegment(text), 'has a segment . or .., which leads elsewhere: write the path out');

/** An answer of which the cache says that it had nothing to throw away. */
const nothing = z.strictObject({
  status: statuses.optional(),
  header: z.strictObject({ name: z.string().refine(isHeaderName), value: z.string().max(200) }).optional(),
  body: re2.optional().meta({ description: 'A regular expression (RE2) that the body holds.' }),
});

const request = z.strictObject({
  method: z.string().refine(isMethod, 'a method of HTTP, in capitals').default('PURGE'),
  path: path.default('/'),
  headers: z.record(z.string().refine(isHeaderName, 'a header name'), anyTemplate).default({}),
  body: itemTemplate.max(8_000).optional(),
  /** Which answers say yes. */
  accepted: statuses.default(['2xx']),
  /** Which of any say that there was nothing to throw away: that is a yes, and is written down. */
  nothing: nothing.optional(),
  /** Which are to be tried again, besides 408, 425, 429 and 5xx. */
  later: statuses.optional(),
});

/** Where a page says a number: a JSON pointer, a CSS selector (of an HTML page), or an RE2 with one group. */
const figure = z.union(
  [
    z.strictObject({ json: jsonPointer }),
    z.strictObject({ css: cssSelector }),
    z.strictObject({ pattern: re2 }),
  ],
  'exactly one of json, css and pattern',
);

/** What a storefront of kind purge is told by, and how its pages are read. */
export const purgeSchema = z.strictObject({
  requests: z.array(request).min(1).max(10),
  page: z.strictObject({
    /** Where the page is, when it is not below the storefront's address. */
    url: z
      .url({ protocol: /^https?$/, error: 'is no http(s) address' })
      .refine((text) => addressBelow(text) !== undefined, 'names a user or a password: leave them out')
      .optional(),
    path,
    quantity: figure,
    version: figure.optional(),
  }),
});

export type PurgeConfig = z.infer<typeof purgeSchema>;
export type PurgeRequest = PurgeConfig['requests'][number];
export type PageFigure = z.infer<typeof figure>;
