import { readFileSync } from 'node:fs';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
const address = z
  .string()
  .regex(/^[^\s/]+:\d{1,5}$/, 'must be HOST:PORT, such as temporal.example.com:7233')
  .optional();

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
  FOUR_EYES: z.enum(['on', 'off']).default('off'),
  RETENTION_DAYS: z.coerce.number().int().min(2).max(36_525).optional(),
  ARCHIVE_DIR: z.string().min(1).optional(),
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
  if (!parsed.success || unread.length > 0) {
    const issues = parsed.error?.issues ?? [];
    const faults = [...unread, ...issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`)];
    throw new SettingsError(`These environment variables cannot be used:\n${faults.join('\n')}`);
  }
  const given = new Set(SETTING_NAMES.filter((name) => name in set));
  return { ...parsed.data, given };
}

/** As an orchestrator hands secrets over: `DATABASE_URL_FILE=/run/secrets/database_url`. @returns the faults */
function readFiles(set: Record<string, string | undefined>): string[] {
  return SETTING_NAMES.flatMap((name) => {
    const file = set[`${name}_FILE`];
    if (file === undefined) return [];
    if (set[name] !== undefined) return [`  ${name}_FILE: ${name} is set as well; only one of them may be`];
    try {
      const text = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
      if (text === '') return [`  ${name}_FILE: ${file} is empty`];
      set[name] = text;
      return [];
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      return [`  ${name}_FILE: ${file} cannot be read (${code})`];
    }
  });
}
