import { z } from 'zod';
import { parseAddressList } from './address-list.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const address = z
  .string()
  .regex(/^[^\s/]+:\d{1,5}$/, 'must be HOST:PORT, such as temporal.example.com:7233')
  .optional();

const count = (least: number, most = 1_000_000) => z.coerce.number().int().min(least).max(most);

const addressList = z.string().transform((text, context) => {
  try {
    return parseAddressList(text);
  } catch (error) {
    context.addIssue((error as Error).message);
    return z.NEVER;
  }
});

const DATABASE_URL_FORM = 'must be a PostgreSQL address: postgresql://USER:PASSWORD@HOST:PORT/DATABASE';

const schema = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(8080),
  METRICS_PORT: port.default(9464),
  STOREFRONT_PORT: port.default(8090),
  POSTGRES_PORT: port.optional(),
  TEMPORAL_PORT: port.default(7233),
  TEMPORAL_UI_PORT: port.default(8233),
  DATA_DIR: z.string().min(1).default('.data'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/.+/, DATABASE_URL_FORM)
    .refine((text) => URL.canParse(text), `${DATABASE_URL_FORM}, with the password percent-encoded`)
    .optional(),
  TEMPORAL_ADDRESS: address,
  TEMPORAL_NAMESPACE: z.string().min(1).optional(),
  TEMPORAL_UI_URL: z.url().optional(),
  STOREFRONT_URL: z.url({ protocol: /^https?$/ }).optional(),
  STOREFRONT_SECRET: z.string().startsWith('whsec_').optional(),
  SECRETS_KEY: z
    .string()
    .refine((text) => Buffer.from(text, 'base64').length === 32, 'must be 32 bytes in base64')
    .optional(),
  GATE_BUSINESS_DAY_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(31 * 86_400)
    .optional(),
  // A sample holds for 150 s: a longer pause would leave every verdict inconclusive.
  GATE_SAMPLE_SECONDS: z.coerce.number().int().min(1).max(120).default(60),
  RETENTION_DAYS: z.coerce.number().int().min(2).max(36_525).optional(),
  ARCHIVE_DIR: z.string().min(1).optional(),
  TRUST_PROXY: addressList.optional(),
  MAX_CONNECTIONS: count(10).default(2_000),
  MAX_CONNECTIONS_PER_ADDRESS: count(1).default(200),
  HEADER_SECONDS: count(1, 300).default(5),
  REQUEST_SECONDS: count(1, 300).default(10),
  BODY_MIB_IN_FLIGHT: count(4).default(64),
  SUPPLIER_REQUESTS_PER_MINUTE: count(0).default(6_000),
  ADDRESS_REQUESTS_PER_MINUTE: count(0).default(12_000),
  REFUSALS_PER_MINUTE: count(0).default(300),
  READS_PER_TOKEN: count(1).default(2),
  READS_PER_TENANT: count(1).default(3),
  READS_AT_ONCE: count(1).default(4),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** The variables that are read. */
export const SETTING_NAMES: readonly string[] = Object.keys(schema.shape);

/** Settings from the environment, checked; names and meanings stand in docs/settings.md. */
export type Settings = z.output<typeof schema> & {
  /** The names that the environment really sets: a port that was chosen is not replaced by another one. */
  given: ReadonlySet<string>;
};

/** How the launch gate samples and counts. */
export function gateSettings(settings: Settings): { sampleSeconds: number; businessDaySeconds?: number } {
  const { GATE_SAMPLE_SECONDS: sampleSeconds, GATE_BUSINESS_DAY_SECONDS: businessDaySeconds } = settings;
  return { sampleSeconds, ...(businessDaySeconds !== undefined && { businessDaySeconds }) };
}

/** What the HTTP API bears; see ServerLimits. */
export function limitSettings(settings: Settings) {
  return {
    connections: settings.MAX_CONNECTIONS,
    connectionsPerAddress: settings.MAX_CONNECTIONS_PER_ADDRESS,
    headerSeconds: settings.HEADER_SECONDS,
    requestSeconds: settings.REQUEST_SECONDS,
    bodyBytesInFlight: settings.BODY_MIB_IN_FLIGHT * 1024 * 1024,
    supplierRequestsPerMinute: settings.SUPPLIER_REQUESTS_PER_MINUTE,
    addressRequestsPerMinute: settings.ADDRESS_REQUESTS_PER_MINUTE,
    refusalsPerMinute: settings.REFUSALS_PER_MINUTE,
    readsPerToken: settings.READS_PER_TOKEN,
    readsPerTenant: settings.READS_PER_TENANT,
    readsAtOnce: settings.READS_AT_ONCE,
    trustedProxies: settings.TRUST_PROXY,
  };
}

/** What is pruned each night; undefined: nothing. */
export function retentionSettings(
  settings: Pick<Settings, 'RETENTION_DAYS' | 'ARCHIVE_DIR'>,
): { days: number; archiveDir?: string } | undefined {
  const { RETENTION_DAYS: days, ARCHIVE_DIR: archiveDir } = settings;
  return days === undefined ? undefined : { days, ...(archiveDir !== undefined && { archiveDir }) };
}

/** Thrown once for all faults of the environment together; its message has a line each. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

/**
 * Reads the settings from environment variables. An empty variable counts as not set.
 *
 * @throws SettingsError naming every faulty variable
 */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(set);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new SettingsError(`These environment variables cannot be used:\n${faults.join('\n')}`);
  }
  const given = new Set(SETTING_NAMES.filter((name) => name in set));
  return { ...parsed.data, given };
}
