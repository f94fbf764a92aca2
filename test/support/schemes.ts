import { createHmac } from 'node:crypto';
import { addSupplierSecret } from '../../src/access/supplier-secrets.ts';
import type { KeyRing } from '../../src/access/secrets/key-ring.ts';
import type { Database } from '../../src/database/client.ts';
import { schemeColumn } from '../../src/flags/supplier-scheme.ts';
import { PRESETS } from '../../src/schemes/presets.ts';
import { schemeSchema, type Scheme } from '../../src/schemes/scheme.ts';
import { takeSecret } from '../../src/schemes/secrets.ts';

/** A supplier that proves itself in some way, as its own program would. */
export interface Sender {
  supplier: string;
  scheme: Scheme;
  /** Undefined: it has none. */
  secret: string | undefined;
  sign(body: string | Buffer, nowUs: bigint, secret?: string): Record<string, string>;
}

export const CERTIFICATE = 'ab'.repeat(32);
/** In which the tests' proxy tells of it. */
export const CERTIFICATE_HEADER = 'x-client-cert';

const SECRET = 'a-secret-of-forty-characters-in-all-0123';

const preset = (name: string): Scheme => PRESETS[name] ?? schemeSchema.parse({ scheme: name });
const hmac = (algorithm: string, secret: string, parts: (string | Buffer)[]) => {
  const made = createHmac(algorithm, secret);
  for (const part of parts) made.update(part);
  return made;
};

/** All schemes but the usual one. */
export const SENDERS: readonly Sender[] = [
  {
    supplier: 'shopify',
    scheme: preset('shopify'),
    secret: SECRET,
    sign: (body, _now, secret = SECRET) => ({
      'x-shopify-hmac-sha256': hmac('sha256', secret, [body]).digest('base64'),
    }),
  },
  {
    supplier: 'github',
    scheme: preset('github'),
    secret: SECRET,
    sign: (body, _now, secret = SECRET) => ({
      'x-hub-signature-256': `sha256=${hmac('sha256', secret, [body]).digest('hex')}`,
    }),
  },
  {
    supplier: 'timed',
    scheme: schemeSchema.parse({
      ...{ scheme: 'hmac', header: 'X-Signature', algorithm: 'sha512', encoding: 'hex' },
      timestamp: { header: 'X-Timestamp', tolerance: 60 },
    }),
    secret: SECRET,
    sign: (body, now, secret = SECRET) => {
      const seconds = String(now / 1_000_000n);
      return {
        'x-timestamp': seconds,
        'x-signature': hmac('sha512', secret, [seconds, '.', body]).digest('hex'),
      };
    },
  },
  {
    supplier: 'sha1',
    scheme: schemeSchema.parse({
      ...{ scheme: 'hmac', header: 'Authorization', algorithm: 'sha1', encoding: 'base64', prefix: 'HMAC:' },
      timestamp: { header: 'Date-Sent', format: 'rfc3339' },
      signs: 'v0|{body}|{timestamp}|',
    }),
    secret: SECRET,
    sign: (body, now, secret = SECRET) => {
      const time = new Date(Number(now / 1_000n)).toISOString();
      const signature = hmac('sha1', secret, ['v0|', body, `|${time}|`]).digest('base64');
      return { 'date-sent': time, authorization: `HMAC:${signature}` };
    },
  },
  {
    supplier: 'basic',
    scheme: { scheme: 'basic', user: 'warehouse' },
    secret: SECRET,
    sign: (_body, _now, secret = SECRET) => ({
      authorization: `Basic ${Buffer.from(`warehouse:${secret}`).toString('base64')}`,
    }),
  },
  {
    supplier: 'bearer',
    scheme: preset('bearer'),
    secret: SECRET,
    sign: (_body, _now, secret = SECRET) => ({ authorization: `Bearer ${secret}` }),
  },
  {
    supplier: 'mtls',
    scheme: { scheme: 'mtls', certificates: ['cd'.repeat(32), CERTIFICATE] },
    secret: undefined,
    sign: () => ({ [CERTIFICATE_HEADER]: CERTIFICATE }),
  },
];

/** Makes such a supplier, with open flags, of a tenant that is there. */
export async function addSender(
  database: Database,
  keys: KeyRing,
  tenant: string,
  { supplier, scheme, secret }: Sender,
): Promise<void> {
  await database.supplier.create({
    data: { tenantId: tenant, id: supplier, state: 'open', scheme: schemeColumn(scheme) },
  });
  if (secret === undefined) return;
  await addSupplierSecret(database, keys, tenant, supplier, takeSecret(scheme.scheme, secret));
}
