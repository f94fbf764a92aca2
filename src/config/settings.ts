import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { parseAddressRanges } from './address-ranges.ts';
import { parseGroupRoles } from './group-roles.ts';
import { isSafeToAsk, originOfUrl } from './public-url.ts';
import { NO_KEYS, parseKeys } from './secrets-keys.ts';
import { faultsOfSingleSignOn } from './single-sign-on.ts';
import { parsePairs, SAMPLERS, TRACE_ID, type TracingSettings } from './tracing.ts';
import { TEMPORAL_PORT, TEMPORAL_UI_PORT } from './usual-ports.ts';

const port = z.coerce.number().int().min(0).max(65_535);
const address = z
  .string()
  .regex(/^[^\s/]+:\d{1,5}$/, 'must be HOST:PORT, such as temporal.example.com:7233')
  .optional();

const secretsKeys = z.string().refine((text) => parseKeys(text) !== undefined, NO_KEYS);
const publicUrl = z.string().transform((text, context) => {
  const origin = originOfUrl(text);
  if (origin !== undefined) return origin;
  context.addIssue('must be an address without a path, such as https://sync.example.com');
  return z.NEVER;
});
const hostNames = z
  .string()
  .regex(/^[^\s,/]+(,[^\s,/]+)*$/, 'must be names such as server:8080,10.0.0.5')
  .transform((text) => text.toLowerCase().split(','));
const groupRoles = z.string().transform((text, context) => {
  try {
    return parseGroupRoles(text);
  } catch (error) {
    context.addIssue((error as RangeError).message);
    return z.NEVER;
  }
});

const count = (least: number, most = 1_000_000) => z.coerce.number().int().min(least).max(most);

const addressRanges = z.string().transform((text, context) => {
  const ranges = parseAddressRanges(text);
  if (ranges) return ranges;
  context.addIssue('must be addresses and ranges, such as 10.1.2.3, 127.0.0.0/8, fd00::/8');
  return z.NEVER;
});

const pairs = z.string().transform((text, context) => {
  const read = parsePairs(text);
  if (read) return read;
  context.addIssue('must be NAME=VALUE,NAME=VALUE, each value percent-encoded');
  return z.NEVER;
});

const DATABASE_URL_FORM = 'must be a PostgreSQL address: postgresql://USER:PASSWORD@HOST:PORT/DATABASE';

const schema = z.object({
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port.default(8080),
  METRICS_PORT: port.default(9464),
  METRICS_TOKEN: z
    .string()
    .regex(/^[\x21-\x7e]{16,}$/, 'must be 16 or more printable characters without a space')
    .optional(),
  STOREFRONT_PORT: port.default(8090),
  POSTGRES_PORT: port.optional(),
  TEMPORAL_PORT: port.default(TEMPORAL_PORT),
  TEMPORAL_UI_PORT: port.default(TEMPORAL_UI_PORT),
  DATA_DIR: z.string().min(1).default('.data'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\/.+/, DATABASE_URL_FORM)
    .refine((text) => URL.canParse(text), `${DATABASE_URL_FORM}, with the password percent-encoded`)
    .optional(),
  TEMPORAL_ADDRESS: address,
  TEMPORAL_NAMESPACE: z.string().min(1).optional(),
  TEMPORAL_DEPLOYMENT_NAME: z
    .string()
    .regex(/^[A-Za-z0-9/_-]{1,200}$/, 'must be a name such as catalog-sync: letters, digits, - _ /')
    .default('catalog-sync'),
  TEMPORAL_WORKER_BUILD_ID: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,200}$/, "must be a build's name such as 0.2.0: letters, digits, . _ -")
    .optional(),
  TEMPORAL_UI_URL: z.url({ protocol: /^https?$/ }).optional(),
  TEMPORAL_ENCRYPT_PAYLOADS: z.enum(['on', 'off']).default('off'),
  STOREFRONT_URL: z.url({ protocol: /^https?$/ }).optional(),
  STOREFRONT_SECRET: z.string().startsWith('whsec_').optional(),
  OUTGOING_ALLOW: addressRanges.default([]),
  STOREFRONT_SECRET_BEFORE: z.string().startsWith('whsec_').optional(),
  SECRETS_KEYS: secretsKeys.optional(),
  SECRETS_KEY: secretsKeys.optional(),
  GATE_BUSINESS_DAY_SECONDS: z.coerce
    .number()
    .int()
    .min(1)
    .max(31 * 86_400)
    .optional(),
  // A sample holds for 150 s: a longer pause would leave every verdict inconclusive.
  GATE_SAMPLE_SECONDS: z.coerce.number().int().min(1).max(120).default(45),
  FOUR_EYES: z.enum(['on', 'off']).default('off'),
  RETENTION_DAYS: z.coerce.number().int().min(2).max(36_525).optional(),
  ARCHIVE_DIR: z.string().min(1).optional(),
  FEED_FOLDER: z.string().min(1).optional(),
  FEED_SSH_FOLDER: z.string().min(1).optional(),
  PUBLIC_URL: publicUrl.optional(),
  ALLOWED_HOSTS: hostNames.optional(),
  // Less would end sessions that are used: when one was last seen is written once a minute.
  SESSION_IDLE_MINUTES: z.coerce.number().int().min(5).max(720).default(60),
  OIDC_ISSUER: z
    .url({ protocol: /^https?$/ })
    .refine(
      (text) => !URL.canParse(text) || isSafeToAsk(new URL(text)),
      'has to begin with https://, unless it is on this machine',
    )
    .optional(),
  OIDC_CLIENT_ID: z.string().min(1).optional(),
  OIDC_CLIENT_SECRET: z.string().min(1).optional(),
  OIDC_SCOPES: z
    .string()
    .regex(/(^| )openid( |$)/, 'must hold openid')
    .default('openid profile email'),
  OIDC_GROUPS_CLAIM: z.string().min(1).default('groups'),
  OIDC_GROUPS: groupRoles.optional(),
  TRUST_PROXY: addressRanges.default([]),
  MTLS_HEADER: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, 'must be the name of a header, such as x-client-cert')
    .transform((name) => name.toLowerCase())
    .optional(),
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
  STREAMS_PER_TOKEN: count(1).default(2),
  STREAMS_PER_TENANT: count(1).default(4),
  STREAMS_AT_ONCE: count(1).default(32),
  STREAM_SECONDS: count(10, 3_600).default(300),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  OTEL_EXPORTER_OTLP_HEADERS: pairs.optional(),
  OTEL_SERVICE_NAME: z.string().min(1).optional(),
  OTEL_RESOURCE_ATTRIBUTES: pairs.optional(),
  OTEL_TRACES_SAMPLER: z.enum(SAMPLERS).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(1),
  OTEL_SDK_DISABLED: z.enum(['true', 'false']).default('false'),
  TRACE_UI_URL: z
    .url({ protocol: /^https?$/ })
    .refine((text) => text.includes(TRACE_ID), `must hold ${TRACE_ID} where the id of a trace goes`)
    .optional(),
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
export function gateSettings(settings: Settings): {
  sampleSeconds: number;
  fourEyes: boolean;
  businessDaySeconds?: number;
} {
  const { GATE_SAMPLE_SECONDS: sampleSeconds, GATE_BUSINESS_DAY_SECONDS: businessDaySeconds } = settings;
  const fourEyes = settings.FOUR_EYES === 'on';
  return { sampleSeconds, fourEyes, ...(businessDaySeconds !== undefined && { businessDaySeconds }) };
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
    streamsPerToken: settings.STREAMS_PER_TOKEN,
    streamsPerTenant: settings.STREAMS_PER_TENANT,
    streamsAtOnce: settings.STREAMS_AT_ONCE,
    streamSeconds: settings.STREAM_SECONDS,
    trustedProxies: settings.TRUST_PROXY,
  };
}

/** Where spans go; undefined: nowhere, and none are made. */
export function tracingSettings(settings: Settings): TracingSettings | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SERVICE_NAME: service } = settings;
  if (endpoint === undefined || settings.OTEL_SDK_DISABLED === 'true') return undefined;
  return {
    ...{ endpoint, headers: settings.OTEL_EXPORTER_OTLP_HEADERS ?? {} },
    ...(service !== undefined && { service }),
    resource: settings.OTEL_RESOURCE_ATTRIBUTES ?? {},
    sampler: settings.OTEL_TRACES_SAMPLER,
    samplerArgument: settings.OTEL_TRACES_SAMPLER_ARG,
  };
}

/** What is pruned each night; undefined: nothing. */
export function retentionSettings(
  settings: Pick<Settings, 'RETENTION_DAYS' | 'ARCHIVE_DIR'>,
): { days: number; archiveDir?: string } | undefined {
  const { RETENTION_DAYS: days, ARCHIVE_DIR: archiveDir } = settings;
  return days === undefined ? undefined : { days, ...(archiveDir !== undefined && { archiveDir }) };
}

/** An orchestrator's file has to be there even where there is nothing to say. */
const FILES_MAY_BE_EMPTY = new Set(['OIDC_CLIENT_SECRET']);

/** Thrown once for all faults of the environment together; its message has a line each. */
export class SettingsError extends Error {
  override name = 'SettingsError';
}

/**
 * Reads the settings from environment variables. An empty variable counts as not set; of one that ends with `_FILE` the
 * value is in the file that it names.
 *
 * @throws SettingsError naming every faulty variable
 */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ''),
  );
  const unread = readFiles(set);
  const parsed = schema.safeParse(set);
  const together = [...faultsOfSingleSignOn(set), ...faultsOfMtls(set)].map((fault) => `  ${fault}`);
  if (!parsed.success || unread.length > 0 || together.length > 0) {
    const issues = parsed.error?.issues ?? [];
    const faults = [
      ...unread,
      ...issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`),
      ...together,
    ];
    throw new SettingsError(`These environment variables cannot be used:\n${faults.join('\n')}`);
  }
  const given = new Set(SETTING_NAMES.filter((name) => name in set));
  return { ...parsed.data, given };
}

/** Whoever may set that header is any supplier that has such a scheme. */
function faultsOfMtls(set: Record<string, string | undefined>): string[] {
  if (!('MTLS_HEADER' in set) || 'TRUST_PROXY' in set) return [];
  return ['MTLS_HEADER: is believed of a proxy that TRUST_PROXY names, and of nobody else: set that too'];
}

/** As an orchestrator hands secrets over: `DATABASE_URL_FILE=/run/secrets/database_url`. @returns the faults */
function readFiles(set: Record<string, string | undefined>): string[] {
  return SETTING_NAMES.flatMap((name) => {
    const file = set[`${name}_FILE`];
    if (file === undefined) return [];
    if (set[name] !== undefined) return [`  ${name}_FILE: ${name} is set as well; only one of them may be`];
    try {
      const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
      if (text === '' && FILES_MAY_BE_EMPTY.has(name)) {
        delete set[`${name}_FILE`];
        return [];
      }
      if (text === '') return [`  ${name}_FILE: ${file} is empty`];
      set[name] = text;
      return [];
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      return [`  ${name}_FILE: ${file} cannot be read (${code})`];
    }
  });
}
