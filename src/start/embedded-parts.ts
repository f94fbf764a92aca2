import type { Connection, ConnectionOptions } from '@temporalio/client';
import path from 'node:path';
import type { Settings } from '../config/settings.ts';
import { cacheDir } from '../embedded/cache-dir.ts';
import { startPostgres, type EmbeddedPostgres } from '../embedded/postgres.ts';
import type { Supervisor } from '../embedded/supervisor.ts';
import { findTemporalCli } from '../embedded/temporal-cli.ts';
import { startTemporal, type EmbeddedTemporal } from '../embedded/temporal.ts';
import { connectClient } from '../temporal/connect.ts';
import { readTemporalOptions } from '../temporal/connection-options.ts';
import { ensureSchedules } from '../temporal/schedules.ts';
import { registerSearchAttributes } from '../temporal/search-attributes.ts';
import { guessedWebUi } from '../temporal/web-ui.ts';
import type { HeldPorts } from './held-ports.ts';
import { keepRunning } from './keep-running.ts';

export interface StartContext {
  settings: Settings;
  supervisor: Supervisor;
  signal: AbortSignal;
  say: (line: string) => void;
  onGivenUp: (why: string) => void;
  heldPorts: HeldPorts;
}

/** PostgreSQL: the one of DATABASE_URL, or one of our own in DATA_DIR. @returns its address */
export async function postgresFor(context: StartContext): Promise<string> {
  const { settings, supervisor, say, heldPorts } = context;
  if (settings.DATABASE_URL !== undefined) {
    say('PostgreSQL: the one of DATABASE_URL');
    return settings.DATABASE_URL;
  }
  const { url } = await keepRunning<EmbeddedPostgres>(
    'PostgreSQL',
    async (former) => {
      await heldPorts.letGo('POSTGRES_PORT');
      return startPostgres({
        dataDir: path.join(supervisor.dataDir, 'postgres'),
        port: former?.port ?? settings.POSTGRES_PORT,
        log: say,
        supervisor,
      });
    },
    context,
  );
  return url;
}

/** Temporal: the one of TEMPORAL_ADDRESS, or a dev server of our own with its state in DATA_DIR. */
export async function temporalFor(
  context: StartContext,
): Promise<{ address: string; uiUrl: string; namespace: string }> {
  const { settings, supervisor, say, heldPorts } = context;
  const namespace = settings.TEMPORAL_NAMESPACE ?? 'default';
  if (settings.TEMPORAL_ADDRESS !== undefined) {
    say('Temporal: the one of TEMPORAL_ADDRESS');
    const address = settings.TEMPORAL_ADDRESS;
    const { connectionOptions } = readTemporalOptions();
    await onConnection(connectionOptions, async (connection) => {
      await registerSearchAttributes(connection, namespace);
      await ensureSchedules(connection, namespace, settings.GATE_SAMPLE_SECONDS);
    });
    return {
      address,
      uiUrl: settings.TEMPORAL_UI_URL ?? guessedWebUi(address, settings.TEMPORAL_UI_PORT),
      namespace,
    };
  }
  const given = (name: 'TEMPORAL_PORT' | 'TEMPORAL_UI_PORT') =>
    settings.given.has(name) && settings[name] !== 0 ? settings[name] : undefined;
  const cli = await findTemporalCli({ cacheDir: cacheDir(), log: say, run: supervisor.run });
  const { address, uiUrl } = await keepRunning<EmbeddedTemporal>(
    'Temporal',
    async (former) => {
      await heldPorts.letGo('TEMPORAL_PORT', 'TEMPORAL_UI_PORT');
      const part = await startTemporal({
        command: cli.command,
        dbFile: path.join(supervisor.dataDir, 'temporal.db'),
        port: former?.ports.temporal ?? given('TEMPORAL_PORT'),
        uiPort: former?.ports.temporalUi ?? given('TEMPORAL_UI_PORT'),
        namespaces: namespace === 'default' ? [] : [namespace],
        log: say,
        supervisor,
      });
      try {
        // Each time: a damaged file took them along.
        await onConnection({ address: part.address }, (connection) =>
          ensureSchedules(connection, namespace, settings.GATE_SAMPLE_SECONDS),
        );
      } catch (error) {
        await part.stop();
        throw error;
      }
      return part;
    },
    context,
  );
  return { address, uiUrl, namespace };
}

async function onConnection(
  options: ConnectionOptions,
  work: (connection: Connection) => Promise<unknown>,
): Promise<void> {
  const connection = await connectClient(options);
  try {
    await work(connection);
  } finally {
    await connection.close();
  }
}
