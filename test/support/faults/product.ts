import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { openDatabase, type Database } from '../../../src/database/client.ts';
import { migrate } from '../../../src/database/migrate.ts';
import {
  createDemoStorefront,
  type DemoStorefront,
} from '../../../src/demo-storefront/create-demo-storefront.ts';
import { cacheDir } from '../../../src/embedded/cache-dir.ts';
import { choosePort } from '../../../src/process/ports.ts';
import { startPostgres, type EmbeddedPostgres } from '../../../src/embedded/postgres.ts';
import { readLog } from '../../../src/embedded/log-file.ts';
import { openSupervisor } from '../../../src/embedded/supervisor.ts';
import { findTemporalCli } from '../../../src/embedded/temporal-cli.ts';
import { startTemporal, type EmbeddedTemporal } from '../../../src/embedded/temporal.ts';
import { addSupplier } from '../../../src/flags/suppliers.ts';
import { addTenant } from '../../../src/flags/tenants.ts';
import { closeGently } from '../../../src/process/close-gently.ts';
import { formatSecret, parseSecret } from '../../../src/standard-webhooks/secret.ts';
import { freezingProxy, type FreezingProxy } from '../freezing-proxy.ts';
import { faultPart, lastWordsOf, launchProgram, say, type FaultPart } from './parts.ts';

export const SUPPLIERS = ['acme', 'globex'] as const;
const HOST = '127.0.0.1';
const BY = { actor: 'fault tests', reason: 'fault tests' };

/** The whole product, each part a process of its own that can be taken away; only the storefront is in this one. */
export interface FaultProduct {
  database: Database;
  databaseUrl: string;
  secretsKey: Buffer;
  client: Client;
  apiUrl: string;
  workerUrl: string;
  temporalAddress: string;
  /** Where Temporal keeps everything. */
  temporalFile: string;
  temporalUiUrl: string;
  storefront: DemoStorefront;
  storefrontUrl: string;
  storefrontSecret: Buffer;
  parts: Record<'postgres' | 'temporal' | 'server' | 'worker', FaultPart>;
  /** By which server and worker reach the other parts. */
  ways: Record<'postgres' | 'temporal' | 'storefront', FreezingProxy>;
  /** What a part has logged. */
  logOf(part: 'server' | 'worker'): string;
  /** Runs a statement as a person with psql would. */
  sql<Row extends pg.QueryResultRow>(statement: string, values?: unknown[]): Promise<Row[]>;
  /** An open tenant with both suppliers open. @returns their signing secrets */
  openTenant(tenant: string): Promise<Record<string, Buffer>>;
  /** The ends of the parts' logs. */
  lastWords(): string;
  close(): Promise<void>;
}

/** Starts everything; what has come up is taken down again when something does not. */
export async function faultProduct(): Promise<FaultProduct> {
  const folder = mkdtempSync(path.join(tmpdir(), 'catalog-sync-faults-'));
  const abort = new AbortController();
  const endings: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    abort.abort();
    for (let end = endings.pop(); end; end = endings.pop()) {
      try {
        await end();
      } catch (error) {
        say(`closing: ${String(error)}`);
      }
    }
  };
  try {
    return await bringUp({ folder, signal: abort.signal, atEnd: (end) => endings.push(end), close });
  } catch (error) {
    await close();
    throw error;
  }
}

async function bringUp(frame: {
  folder: string;
  signal: AbortSignal;
  atEnd: (end: () => unknown) => void;
  close: () => Promise<void>;
}): Promise<FaultProduct> {
  const { folder, signal, atEnd, close } = frame;
  const supervisor = await openSupervisor(folder);
  atEnd(() => supervisor.close());
  const cli = await findTemporalCli({ cacheDir: cacheDir(), log: say, run: supervisor.run });
  const postgres = faultPart<EmbeddedPostgres>('postgres', (former) =>
    startPostgres({ dataDir: path.join(folder, 'postgres'), port: former?.port, log: say, supervisor }),
  );
  const temporalPorts = {
    temporal: await choosePort({ name: 'Temporal' }),
    temporalUi: await choosePort({ name: 'Web UI' }),
  };
  const temporalFile = path.join(folder, 'temporal.db');
  const temporal = faultPart<EmbeddedTemporal>('temporal', () =>
    startTemporal({
      command: cli.command,
      dbFile: temporalFile,
      port: temporalPorts.temporal,
      uiPort: temporalPorts.temporalUi,
      supervisor,
    }),
  );
  await Promise.all([postgres.start(), temporal.start()]);
  const databaseUrl = postgres.run().url;
  const { address: temporalAddress, uiUrl: temporalUiUrl } = temporal.run();
  await migrate(databaseUrl);
  const database = openDatabase(databaseUrl, { connections: 6 });
  atEnd(() => database.$disconnect());
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2, connectionTimeoutMillis: 5_000 });
  pool.on('error', () => undefined);
  atEnd(() => pool.end());
  await pool.query(NOTE_SECOND_DECISIONS);

  const storefrontSecret = randomBytes(32);
  const storefront = createDemoStorefront({
    secrets: { '*': storefrontSecret },
    readItem: async ({ itemId }) => {
      const item = await database.catalogItem.findUnique({ where: { itemId } });
      return item ? { quantity: item.quantity, version: item.version } : undefined;
    },
  });
  atEnd(() => closeGently(storefront));
  await storefront.listen({ host: HOST, port: 0 });
  const storefrontUrl = `http://${HOST}:${(storefront.server.address() as AddressInfo).port}`;

  const secretsKey = randomBytes(32);
  const ports = {
    api: await choosePort({ name: 'API' }),
    serverMetrics: await choosePort({ name: "server's metrics" }),
    workerMetrics: await choosePort({ name: "worker's metrics" }),
  };
  const ways = {
    postgres: await freezingProxy(Number(new URL(databaseUrl).port)),
    temporal: await freezingProxy(Number(temporalAddress.split(':')[1])),
    storefront: await freezingProxy(Number(new URL(storefrontUrl).port)),
  };
  atEnd(() => Promise.all(Object.values(ways).map((way) => way.close())));
  const throughWay = new URL(databaseUrl);
  throughWay.port = String(ways.postgres.port);
  const shared = {
    HOST,
    DATABASE_URL: throughWay.href,
    DATA_DIR: supervisor.dataDir,
    SECRETS_KEY: secretsKey.toString('base64'),
    TEMPORAL_ADDRESS: `${HOST}:${ways.temporal.port}`,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_UI_URL: temporalUiUrl,
    LOG_LEVEL: 'info',
  };
  const program = (name: 'server' | 'worker', env: Record<string, string>, readyUrl: string): FaultPart =>
    faultPart(name, () =>
      launchProgram(
        supervisor,
        { name, entry: 'dist/src/cli/main.js', args: [name], env: { ...shared, ...env }, readyUrl },
        signal,
      ),
    );
  const apiUrl = `http://${HOST}:${ports.api}`;
  const server = program(
    'server',
    { PORT: String(ports.api), METRICS_PORT: String(ports.serverMetrics) },
    `${apiUrl}/readyz`,
  );
  const worker = program(
    'worker',
    {
      METRICS_PORT: String(ports.workerMetrics),
      STOREFRONT_URL: `http://${HOST}:${ways.storefront.port}`,
      STOREFRONT_SECRET: formatSecret(storefrontSecret),
    },
    `http://${HOST}:${ports.workerMetrics}/readyz`,
  );
  await Promise.all([server.start(), worker.start()]);
  const connection = await Connection.connect({ address: temporalAddress });
  atEnd(() => connection.close());

  return {
    database,
    databaseUrl,
    secretsKey,
    client: new Client({ connection }),
    apiUrl,
    workerUrl: `http://${HOST}:${ports.workerMetrics}`,
    temporalAddress,
    temporalFile,
    temporalUiUrl,
    storefront,
    storefrontUrl,
    storefrontSecret,
    parts: { postgres, temporal, server, worker },
    ways,
    logOf: (part) => readLog(path.join(supervisor.dataDir, 'logs', `${part}.log`), 0),
    sql: async <Row extends pg.QueryResultRow>(statement: string, values: unknown[] = []) =>
      (await pool.query<Row>(statement, values)).rows,
    openTenant: async (tenant) => {
      await addTenant(database, { ...BY, tenant, state: 'open' });
      const secrets: Record<string, Buffer> = {};
      for (const supplier of SUPPLIERS) {
        const { secret } = await addSupplier(database, secretsKey, {
          ...BY,
          tenant,
          supplier,
          state: 'open',
        });
        secrets[supplier] = parseSecret(secret);
      }
      return secrets;
    },
    lastWords: () => lastWordsOf(supervisor, ['worker', 'server', 'temporal', 'postgres']),
    close,
  };
}

/** A second decision overwrites the first one's row without a trace, so the database itself has to note it. */
const NOTE_SECOND_DECISIONS = `
  CREATE TABLE second_decision (seq bigint, former text, later text);
  CREATE FUNCTION note_second_decision() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    INSERT INTO second_decision VALUES (OLD.seq, OLD.decision || ' ' || OLD.decision_no, NEW.decision || ' ' || NEW.decision_no);
    RETURN NULL;
  END $$;
  CREATE TRIGGER note_second_decision AFTER UPDATE ON supplier_event FOR EACH ROW
    WHEN (OLD.decision IS NOT NULL AND (NEW.decision, NEW.decision_no, NEW.lost_to_seq, NEW.version)
          IS DISTINCT FROM (OLD.decision, OLD.decision_no, OLD.lost_to_seq, OLD.version))
    EXECUTE FUNCTION note_second_decision();
`;
