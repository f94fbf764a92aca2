import { isIP } from 'node:net';
import { readSettings, type Settings } from '../config/settings.ts';
import type { Database } from '../database/client.ts';
import { readRunning, type Running } from '../embedded/run-file.ts';
import { CommandError } from './errors.ts';

/** Where Temporal is. `address` is undefined when only its own configuration (a profile) may know. */
export interface TemporalPlace {
  address: string | undefined;
  namespace: string;
  uiUrl: string;
}

/** What a command works with: found through the environment, or else through a `start` that runs on DATA_DIR. */
export interface CliContext {
  settings: Settings;
  running: Running | undefined;
  /** Opened at the first call. @throws CommandError when no database is known */
  database(): Promise<Database>;
  databaseUrl(): string;
  /** @throws SecretsKeyError */
  secretsKey(): Promise<Buffer>;
  temporal: TemporalPlace;
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
export function openContext(environment: NodeJS.ProcessEnv = process.env): CliContext {
  const settings = readSettings(environment);
  const running = readRunning(settings.DATA_DIR);
  const urls = running?.urls ?? {};
  let database: Promise<Database> | undefined;

  const databaseUrl = (): string => {
    const url = settings.DATABASE_URL ?? urls.database;
    if (url !== undefined) return url;
    throw new CommandError(
      `No DATABASE_URL is set, and no \`catalog-sync start\` runs on DATA_DIR ${settings.DATA_DIR}.\n` +
        'Run `catalog-sync start` in another terminal, or set DATA_DIR to the folder of one\n' +
        'that runs, or set DATABASE_URL to the PostgreSQL of your deployment.',
    );
  };

  return {
    settings,
    running,
    databaseUrl,
    database() {
      const url = databaseUrl();
      database ??= import('../database/client.ts').then(({ openDatabase }) => openDatabase(url, { connections: 3 }));
      return database;
    },
    async secretsKey() {
      const { loadSecretsKey } = await import('../secrets/key.ts');
      return loadSecretsKey({ settings });
    },
    temporal: temporalPlace(settings, urls),
    apiUrl: settings.given.has('PORT') || !urls.api ? `http://${bracketed(settings.HOST)}:${settings.PORT}` : urls.api,
    defaultStorefrontUrl: urls.storefront,
    async close() {
      if (database) await (await database).$disconnect();
    },
  };
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

function temporalPlace(settings: Settings, urls: Record<string, string>): TemporalPlace {
  const address = settings.TEMPORAL_ADDRESS ?? urls.temporal;
  return {
    address,
    namespace: settings.TEMPORAL_NAMESPACE ?? 'default',
    uiUrl: (settings.TEMPORAL_UI_URL ?? guessedUiUrl(settings, urls)).replace(/\/+$/, ''),
  };
}

/** A Web UI is where `start` put it, or Temporal Cloud's, or on the host of the server. */
function guessedUiUrl(settings: Settings, urls: Record<string, string>): string {
  const address = settings.TEMPORAL_ADDRESS;
  if (address === undefined) return urls.temporalUi ?? `http://127.0.0.1:${settings.TEMPORAL_UI_PORT}`;
  const host = address.slice(0, address.lastIndexOf(':'));
  if (/(?:^|\.)(?:tmprl\.cloud|temporal\.io)$/.test(host)) return 'https://cloud.temporal.io';
  return `http://${host}:${settings.TEMPORAL_UI_PORT}`;
}

/** An address of all interfaces is reached through this machine's own. */
function bracketed(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return isIP(host) === 6 ? `[${host}]` : host;
}
