import type { ConnectionOptions } from '@temporalio/client';
import { parseAddressRanges } from '../config/address-ranges.ts';
import type { DataConverter } from '@temporalio/common';
import { httpAddress } from '../config/http-address.ts';
import { readSettings, type Settings } from '../config/settings.ts';
import { TEMPORAL_PORT } from '../config/usual-ports.ts';
import type { KeyRing } from '../access/secrets/key-ring.ts';
import type { Database } from '../database/client.ts';
import type { DatabaseRole } from '../database/roles.ts';
import { readRunning, type Running } from '../embedded/run-file.ts';
import { allowOutgoing } from '../outgoing/allowed.ts';
import { guessedWebUi } from '../temporal/web-ui.ts';
import { CommandError } from './errors.ts';

/** Where Temporal is; TLS and the API key are those of the SDK's own configuration. */
export interface TemporalPlace {
  connectionOptions: ConnectionOptions & { address: string };
  namespace: string;
  /** Without a slash at its end. */
  uiUrl: string;
}

/** What a command works with: found through the environment, or else through a `start` that runs on DATA_DIR. */
export interface CliContext {
  settings: Settings;
  running: Running | undefined;
  /**
   * Opened at the first call, as what people who give commands are in the database, or as a narrower role.
   *
   * @throws CommandError when no database is known
   * @throws WrongRole
   */
  database(role?: 'operator' | 'pruner'): Promise<Database>;
  /** The same as whoever DATABASE_URL signs in as: for what looks at the database itself. */
  signedInDatabase(): Promise<Database>;
  databaseUrl(): string;
  /** As the settings have them. @throws SecretsKeyError */
  keyRing(): Promise<KeyRing>;
  /** To write with: they are held against the database first. @throws SecretsKeyError, KeysError */
  secretsKeys(): Promise<KeyRing>;
  temporal(): Promise<TemporalPlace>;
  /** For a client of Temporal: without keys it reads and writes what is not encrypted. */
  dataConverter(): Promise<{ dataConverter?: DataConverter }>;
  apiUrl: string;
  /** The storefront of tenants that have no address of their own: the demo's, under `start`. */
  defaultStorefrontUrl: string | undefined;
  close(): Promise<void>;
}

/**
 * Reads the settings and finds a running `start`; connects to nothing yet.
 *
 * @throws SettingsError
 */
function openContext(environment: NodeJS.ProcessEnv = process.env): CliContext {
  const settings = readSettings(environment);
  const running = readRunning(settings.DATA_DIR);
  const urls = running?.urls ?? {};
  // A command may call what the parts of the `start` that it speaks of may.
  const ofStart = parseAddressRanges(running?.outgoingAllow ?? '') ?? [];
  allowOutgoing([...settings.OUTGOING_ALLOW, ...ofStart]);
  const databases = new Map<DatabaseRole | undefined, Promise<Database>>();

  const databaseUrl = (): string => {
    const url = settings.DATABASE_URL ?? urls.database;
    if (url !== undefined) return url;
    throw new CommandError(
      `No DATABASE_URL is set, and no \`catalog-sync start\` runs on DATA_DIR ${settings.DATA_DIR}.\n` +
        'Run `catalog-sync start` in another terminal, or set DATA_DIR to the folder of one\n' +
        'that runs, or set DATABASE_URL to the PostgreSQL of your deployment.',
    );
  };

  const open = (role: DatabaseRole | undefined): Promise<Database> => {
    const found = databases.get(role) ?? openAs(databaseUrl(), role);
    databases.set(role, found);
    return found;
  };
  const keyRing = async (): Promise<KeyRing> => {
    const { loadSecretsKeys } = await import('../access/secrets/load-keys.ts');
    return loadSecretsKeys({ settings });
  };

  return {
    settings,
    running,
    databaseUrl,
    database: async (role = 'operator') => open(role),
    signedInDatabase: async () => open(undefined),
    keyRing,
    async secretsKeys() {
      const { requireKeys } = await import('../access/secrets/require-keys.ts');
      const keys = await keyRing();
      await requireKeys(await open('operator'), keys);
      return keys;
    },
    async dataConverter() {
      const keys = await keyRing().catch(() => undefined);
      if (!keys) return {};
      const { payloadsOf } = await import('../access/secrets/payload-codec.ts');
      return { dataConverter: { payloadCodecs: [payloadsOf(keys, settings).codec] } };
    },
    temporal: () => temporalPlace(settings, running),
    apiUrl: settings.given.has('PORT') || !urls.api ? httpAddress(settings.HOST, settings.PORT) : urls.api,
    defaultStorefrontUrl: settings.STOREFRONT_URL ?? urls.storefront,
    async close() {
      for (const database of databases.values()) await (await database.catch(() => undefined))?.$disconnect();
    },
  };
}

async function openAs(url: string, role: DatabaseRole | undefined): Promise<Database> {
  const { openDatabase } = await import('../database/client.ts');
  if (role !== undefined) {
    const { checkOwnRole } = await import('../database/own-role.ts');
    await checkOwnRole(url, role);
  }
  return openDatabase(url, { connections: 3, ...(role !== undefined && { role }) });
}

/** Opens a context for one piece of work, and closes it whatever comes. */
export async function withContext<T>(work: (context: CliContext) => Promise<T>): Promise<T> {
  const context = openContext();
  try {
    return await work(context);
  } finally {
    await context.close();
  }
}

/** TEMPORAL_ADDRESS, else a running `start`, else the profile that the SDK's configuration finds. */
async function temporalPlace(settings: Settings, running: Running | undefined): Promise<TemporalPlace> {
  const { readTemporalOptions } = await import('../temporal/connection-options.ts');
  const { connectionOptions, namespace } = readTemporalOptions();
  const started = settings.TEMPORAL_ADDRESS === undefined ? running : undefined;
  const address = started?.urls.temporal ?? connectionOptions.address ?? `127.0.0.1:${TEMPORAL_PORT}`;
  const uiUrl =
    settings.TEMPORAL_UI_URL ?? started?.urls.temporalUi ?? guessedWebUi(address, settings.TEMPORAL_UI_PORT);
  return {
    // The dev server of `start` speaks no TLS, whatever a profile says of another one.
    connectionOptions: {
      ...connectionOptions,
      address,
      ...(started?.urls.temporal?.startsWith('127.0.0.1:') && { tls: false }),
    },
    namespace: settings.TEMPORAL_NAMESPACE ?? started?.namespace ?? namespace ?? 'default',
    uiUrl: uiUrl.replace(/\/+$/, ''),
  };
}
