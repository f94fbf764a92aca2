import { z } from 'zod';
import { faultOfTemplate } from './signed-text.ts';

/** Says something else of a request, so that a signature or a time in it would not be what its sender wrote. */
const OTHER_MEANING =
  /^(?:host|connection|content-(?:length|type|encoding)|transfer-encoding|te|upgrade|expect|cookie|origin|forwarded|x-forwarded-.*|ce-.*)$/;

const headerName = z
  .string('must be a string')
  .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a header: 1 to 64 of A-Z, 0-9 and "-"')
  .transform((name) => name.toLowerCase())
  .refine((name) => !OTHER_MEANING.test(name), 'is a header that says something else');

const TIME_FORMATS = ['seconds', 'milliseconds', 'rfc3339'] as const;

const timestamp = z.strictObject({
  header: headerName,
  format: z.enum(TIME_FORMATS, `must be one of ${TIME_FORMATS.join(', ')}`).default('seconds'),
  tolerance: z
    .int('must be a whole number of seconds')
    .min(1, 'must be at least 1 second')
    .max(86_400, 'must be at most 86400 seconds')
    .default(300),
});

const hmac = z
  .strictObject({
    scheme: z.literal('hmac'),
    header: headerName,
    algorithm: z.enum(['sha1', 'sha256', 'sha512'], 'must be sha1, sha256 or sha512'),
    encoding: z.enum(['hex', 'base64'], 'must be hex or base64'),
    prefix: z
      .string('must be a string')
      .regex(/^[\x21-\x7e]{0,32}$/, 'must be at most 32 printable characters without a space')
      .default(''),
    timestamp: timestamp.nullable().default(null),
    signs: z.string('must be a string').max(200, 'must have at most 200 characters').optional(),
  })
  .superRefine((value, context) => {
    if (value.timestamp?.header === value.header) {
      context.addIssue({
        code: 'custom',
        path: ['timestamp', 'header'],
        message: 'is that of the signature',
      });
    }
    const fault = value.signs === undefined ? undefined : faultOfTemplate(value.signs, !!value.timestamp);
    if (fault !== undefined) context.addIssue({ code: 'custom', path: ['signs'], message: fault });
  })
  .transform((value) => ({
    ...value,
    signs: value.signs ?? (value.timestamp ? '{timestamp}.{body}' : '{body}'),
  }));

const basic = z.strictObject({
  scheme: z.literal('basic'),
  /** Undefined: the supplier's own name. */
  user: z
    .string('must be a string')
    .regex(
      /^[\x20-\x39\x3b-\x7e]{1,100}$/,
      'must have 1 to 100 printable characters of ASCII without a colon',
    )
    .optional(),
});

const FINGERPRINT = /^(?:[0-9a-f]{64}|[0-9a-f]{2}(?::[0-9a-f]{2}){31})$/i;

const mtls = z.strictObject({
  scheme: z.literal('mtls'),
  certificates: z
    .array(
      z
        .string('must be a string')
        .regex(FINGERPRINT, 'must be the SHA-256 of a certificate in hex, with colons or without')
        .transform((text) => text.replaceAll(':', '').toLowerCase()),
      'must be a list of SHA-256 fingerprints',
    )
    .min(1, 'must have at least one certificate')
    .max(8, 'must have at most 8 certificates'),
});

/** How a supplier's deliveries prove who sent them. Its secrets are not a part of it. */
export const schemeSchema = z.discriminatedUnion(
  'scheme',
  [
    z.strictObject({ scheme: z.literal('standard') }),
    hmac,
    basic,
    z.strictObject({ scheme: z.literal('bearer') }),
    mtls,
  ],
  {
    error: (issue) =>
      issue.code === 'invalid_union'
        ? 'must be standard, hmac, basic, bearer or mtls'
        : 'must be an object with a scheme',
  },
);

export type Scheme = z.output<typeof schemeSchema>;
export type SchemeKind = Scheme['scheme'];
export type HmacScheme = Extract<Scheme, { scheme: 'hmac' }>;

/** What a supplier has unless told otherwise. */
export const STANDARD: Scheme = { scheme: 'standard' };

/** A row's column; null: the usual one. A scheme that this version does not know lets nobody in. @throws ZodError */
export function schemeOf(stored: unknown): Scheme {
  return stored === null ? STANDARD : schemeSchema.parse(stored);
}
