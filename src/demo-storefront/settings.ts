import { z } from 'zod';
import { parseJson } from '../storefront/parse-json.ts';
import type { Level } from '../telemetry/logger.ts';
import { parseSecret } from '../standard-webhooks/secret.ts';
import type { StorefrontSecrets } from './take-cache-bust.ts';

export interface DemoStorefrontSettings {
  port: number;
  host: string;
  catalogUrl: string;
  catalogToken: string;
  secrets: StorefrontSecrets;
  logLevel: Level;
}

const secrets = z.string().transform((text, context): StorefrontSecrets => {
  const record = z.record(z.string(), z.string()).safeParse(parseJson(text)).data;
  if (!record) {
    context.addIssue('STOREFRONT_SECRETS is not a JSON object of tenants and secrets: {"canary": "whsec_…"}');
    return z.NEVER;
  }
  const read: [string, Buffer][] = [];
  for (const [tenant, secret] of Object.entries(record)) {
    try {
      read.push([tenant, parseSecret(secret)]);
    } catch (error) {
      context.addIssue(`STOREFRONT_SECRETS: ${tenant}: ${(error as Error).message}`);
    }
  }
  return Object.fromEntries(read);
});

const environment = z.object({
  STOREFRONT_PORT: z.coerce.number().int().min(0).max(65_535).default(8090),
  HOST: z.string().min(1).default('127.0.0.1'),
  CATALOG_URL: z.url({ protocol: /^https?$/, error: 'CATALOG_URL is not the http(s) address of the API' }),
  CATALOG_TOKEN: z
    .string({ error: 'CATALOG_TOKEN is not set: print one with `catalog-sync token add --role viewer`' })
    .regex(
      /^[\x21-\x7e]+$/,
      'CATALOG_TOKEN is not a token: print one with `catalog-sync token add --role viewer`',
    ),
  STOREFRONT_SECRETS: secrets,
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** Reads the demo storefront's environment. @throws Error that lists every fault at once, without values */
export function readSettings(env: Record<string, string | undefined>): DemoStorefrontSettings {
  const read = environment.safeParse(env);
  if (!read.success) {
    const faults = read.error.issues.map(({ path, message }) => {
      const name = String(path[0] ?? '');
      return message.startsWith(name) ? message : `${name}: ${message}`;
    });
    throw new Error(`the demo storefront cannot start:\n  ${faults.join('\n  ')}`);
  }
  const { data } = read;
  return {
    port: data.STOREFRONT_PORT,
    host: data.HOST,
    catalogUrl: data.CATALOG_URL,
    catalogToken: data.CATALOG_TOKEN,
    secrets: data.STOREFRONT_SECRETS,
    logLevel: data.LOG_LEVEL,
  };
}
