import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { ringOf, textOf, type KeyRing } from '../../src/access/secrets/key-ring.ts';
import { openDatabase, type Database } from '../../src/database/client.ts';
import { migrate } from '../../src/database/migrate.ts';
import { allowSignIns, signInUrls, type DatabaseUrls } from '../../src/database/sign-ins.ts';
import { PASSWORDS } from '../support/passwords.ts';
import { cacheDir } from '../../src/embedded/cache-dir.ts';
import { startPostgres, type EmbeddedPostgres } from '../../src/embedded/postgres.ts';
import { openSupervisor } from '../../src/embedded/supervisor.ts';
import { findTemporalCli } from '../../src/embedded/temporal-cli.ts';
import { startTemporal, type EmbeddedTemporal } from '../../src/embedded/temporal.ts';
import { choosePort, freePort } from '../../src/process/ports.ts';
import { formatSecret } from '../../src/standard-webhooks/secret.ts';
import { faultPart, launchProgram, type FaultPart } from '../support/faults/parts.ts';
import { NOTE_SECOND_DECISIONS } from '../support/faults/second-decisions.ts';
import { faultyProxy, type FaultyProxy } from '../support/faulty-proxy.ts';
import { openStorefront, type SoakStorefront } from './storefront.ts';

const HOST = '127.0.0.1';
const SERVERS = 2;
const WORKERS = 3;

/** A server or worker, and where it is asked whether it is ready. */
export interface Program {
  part: FaultPart;
  url: string;
}

/** The product as a team runs it: several servers and workers, each reaching the other parts by ways that break. */
export interface SoakProduct {
  /** Data and logs. */
  folder: string;
  database: Database;
  /** Of the commands. */
  databaseUrl: string;
  databaseUrls: DatabaseUrls;
  secretsKeys: KeyRing;
  temporalAddress: string;
  temporalUiUrl: string;
  storefront: SoakStorefront;
  postgres: FaultPart;
  temporal: FaultPart;
  servers: readonly Program[];
  workers: readonly Program[];
  ways: Record<'postgres' | 'temporal' | 'storefront', FaultyProxy>;
  /** On which something listens; nothing may when all is over. */
  ports: readonly number[];
  sql<Row extends pg.QueryResultRow>(statement: string, values?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** @param tell is told what becomes of each part */
export async function openProduct(tell: (line: string) => void): Promise<SoakProduct> {
  const folder = mkdtempSync(path.join(tmpdir(), 'catalog-sync-soak-'));
  const abort = new AbortController();
  const endings: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    abort.abort();
    for (let end = endings.pop(); end; end = endings.pop()) {
      try {
        await end();
      } catch (error) {
        tell(`closing: ${String(error)}`);
      }
    }
  };
  try {
    return await bringUp({ folder, signal: abort.signal, atEnd: (end) => endings.push(end), close, tell });
  } catch (error) {
    await close();
    throw error;
  }
}

interface Frame {
  folder: string;
  signal: AbortSignal;
  atEnd: (end: () => unknown) => void;
  close: () => Promise<void>;
  tell: (line: string) => void;
}

async function bringUp({ folder, signal, atEnd, close, tell }: Frame): Promise<SoakProduct> {
  const supervisor = await openSupervisor(folder);
  atEnd(() => supervisor.close());
  const cli = await findTemporalCli({ cacheDir: cacheDir(), log: tell, run: supervisor.run });
  const postgres = faultPart<EmbeddedPostgres>(
    'PostgreSQL',
    (former) =>
      startPostgres({ dataDir: path.join(folder, 'postgres'), port: former?.port, log: tell, supervisor }),
    tell,
  );
  const [port, uiPort] = [await freePort(), await freePort()];
  const temporal = faultPart<EmbeddedTemporal>(
    'Temporal',
    () =>
      startTemporal({
        ...{ command: cli.command, dbFile: path.join(folder, 'temporal.db'), port, uiPort, supervisor },
      }),
    tell,
  );
  await Promise.all([postgres.start(), temporal.start()]);
  const superuserUrl = postgres.run().url;
  const { address: temporalAddress, uiUrl: temporalUiUrl } = temporal.run();
  await migrate(superuserUrl);
  await allowSignIns(superuserUrl, PASSWORDS);
  const databaseUrls = signInUrls(superuserUrl, PASSWORDS);
  const database = openDatabase(superuserUrl, { connections: 4 });
  atEnd(() => database.$disconnect());
  const pool = new pg.Pool({ connectionString: superuserUrl, max: 2, connectionTimeoutMillis: 5_000 });
  pool.on('error', () => undefined);
  atEnd(() => pool.end());
  await pool.query(NOTE_SECOND_DECISIONS);

  const storefrontSecret = randomBytes(32);
  const storefront = await openStorefront(storefrontSecret);
  atEnd(() => storefront.close());
  const ways = {
    postgres: await faultyProxy(Number(new URL(superuserUrl).port)),
    temporal: await faultyProxy(port),
    storefront: await faultyProxy(storefront.port),
  };
  atEnd(() => Promise.all(Object.values(ways).map((way) => way.close())));
  const throughWay = (url: string): string => {
    const address = new URL(url);
    address.port = String(ways.postgres.port);
    return address.href;
  };
  const secretsKeys = ringOf(randomBytes(32));
  const shared = {
    HOST,
    DATA_DIR: supervisor.dataDir,
    SECRETS_KEYS: textOf(secretsKeys),
    TEMPORAL_ADDRESS: `${HOST}:${ways.temporal.port}`,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_UI_URL: temporalUiUrl,
    STOREFRONT_URL: `http://${HOST}:${ways.storefront.port}`,
    STOREFRONT_SECRET: formatSecret(storefrontSecret),
    OUTGOING_ALLOW: HOST,
    LOG_LEVEL: 'info',
  };
  const ports = [port, uiPort, Number(new URL(superuserUrl).port), storefront.port];
  const program = async (kind: 'server' | 'worker', no: number): Promise<Program> => {
    const metricsPort = await choosePort({ name: 'metrics' });
    const apiPort = kind === 'server' ? await choosePort({ name: 'API' }) : undefined;
    ports.push(metricsPort, ...(apiPort === undefined ? [] : [apiPort]));
    const url = `http://${HOST}:${apiPort ?? metricsPort}`;
    const DATABASE_URL = throughWay(databaseUrls[kind]);
    const env = {
      ...shared,
      DATABASE_URL,
      METRICS_PORT: String(metricsPort),
      ...(apiPort && { PORT: String(apiPort) }),
    };
    const name = `${kind}-${no}`;
    const run = { name, entry: 'dist/src/cli/main.js', args: [kind], env, readyUrl: `${url}/readyz` };
    return { url, part: faultPart(name, () => launchProgram(supervisor, run, signal), tell) };
  };
  const several = (kind: 'server' | 'worker', count: number): Promise<Program[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => program(kind, index + 1)));
  const servers = await several('server', SERVERS);
  const workers = await several('worker', WORKERS);
  await Promise.all([...servers, ...workers].map(({ part }) => part.start()));

  return {
    ...{
      folder,
      database,
      databaseUrl: databaseUrls.operator,
      databaseUrls,
      secretsKeys,
      temporalAddress,
      temporalUiUrl,
      storefront,
    },
    ...{ postgres, temporal, servers, workers, ways, ports, close },
    sql: async <Row extends pg.QueryResultRow>(statement: string, values: unknown[] = []) =>
      (await pool.query<Row>(statement, values)).rows,
  };
}
