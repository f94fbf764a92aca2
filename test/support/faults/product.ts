import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { ringOf, textOf, type KeyRing } from '../../../src/access/secrets/key-ring.ts';
import { projectRoot } from '../../../src/config/project-root.ts';
import { openDatabase, type Database } from '../../../src/database/client.ts';
import { migrate } from '../../../src/database/migrate.ts';
import { allowSignIns, signInUrls, type DatabaseUrls } from '../../../src/database/sign-ins.ts';
import { PASSWORDS } from '../passwords.ts';
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
import { discardFolder, watchLogs } from '../kept-logs.ts';
import { allWays, faultyProxy, type FaultyProxy } from '../faulty-proxy.ts';
import { faultPart, lastWordsOf, launchProgram, say, type FaultPart } from './parts.ts';
import { NOTE_SECOND_DECISIONS } from './second-decisions.ts';
import type { NodeProgram } from '../../../src/start/node-program.ts';

export const SUPPLIERS = ['acme', 'globex'] as const;
const HOST = '127.0.0.1';
const CLI = 'dist/src/cli/main.js';
const run = promisify(execFile);
const BY = { actor: 'fault tests', reason: 'fault tests' };

export const LINKS = [
  'server-postgres',
  'worker-postgres',
  'server-temporal',
  'worker-temporal',
  'worker-storefront',
] as const;
export type Link = (typeof LINKS)[number];

type Service = 'server' | 'worker';

/** The whole product, each part a process of its own that can be taken away; only the storefront is in this one. */
export interface FaultProduct {
  database: Database;
  /** Of the commands. */
  databaseUrl: string;
  databaseUrls: DatabaseUrls;
  readonly secretsKeys: KeyRing;
  /** Server and worker have these from their next start on. */
  useKeys(ring: KeyRing): void;
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
  links: Record<Link, FaultyProxy>;
  /** The links to a part, as one. */
  ways: Record<'postgres' | 'temporal' | 'storefront', ReturnType<typeof allWays>>;
  /** Starts another server or worker beside the first, of another build. @returns it, and where it is */
  another(service: Service, of: { root: string; called: string }): Promise<FaultPart & { url: string }>;
  /** Runs `setup` of a build, as a job does. @returns what it says @throws Error with that, when it fails */
  setUp(root: string): Promise<string>;
  /** What a part has logged. */
  logOf(part: string): string;
  /** Runs a statement as a person with psql would. */
  sql<Row extends pg.QueryResultRow>(statement: string, values?: unknown[]): Promise<Row[]>;
  /** An open tenant with both suppliers open. @returns their signing secrets */
  openTenant(tenant: string): Promise<Record<string, Buffer>>;
  /** The ends of the parts' logs. */
  lastWords(): string;
  close(): Promise<void>;
}

/**
 * Starts everything; what has come up is taken down again when something does not.
 *
 * @param options.folder an empty one, for all data
 * @param options.root the checkout whose build sets the database up, and is server and worker; this one unless given
 */
export async function faultProduct(options: { folder?: string; root?: string } = {}): Promise<FaultProduct> {
  const folder = options.folder ?? mkdtempSync(path.join(tmpdir(), 'catalog-sync-faults-'));
  watchLogs(folder);
  const abort = new AbortController();
  const endings: (() => unknown)[] = [() => discardFolder(folder)];
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
    return await bringUp({
      folder,
      root: options.root,
      signal: abort.signal,
      atEnd: (end) => endings.push(end),
      close,
    });
  } catch (error) {
    await close();
    throw error;
  }
}

async function bringUp(frame: {
  folder: string;
  root: string | undefined;
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
  const temporalFile = path.join(folder, 'temporal.db');
  const temporal = faultPart<EmbeddedTemporal>('temporal', async (former) =>
    startTemporal({
      command: cli.command,
      dbFile: temporalFile,
      port: former?.ports.temporal ?? (await choosePort({ name: 'Temporal' })),
      uiPort: former?.ports.temporalUi ?? (await choosePort({ name: 'Web UI' })),
      supervisor,
    }),
  );
  await Promise.all([postgres.start(), temporal.start()]);
  const superuserUrl = postgres.run().url;
  const { address: temporalAddress, uiUrl: temporalUiUrl } = temporal.run();
  const setUp = async (root: string): Promise<string> => {
    const env = { ...process.env, DATABASE_URL: superuserUrl, TEMPORAL_ADDRESS: temporalAddress };
    const { stderr } = await run(process.execPath, [path.join(root, CLI), 'setup'], { env });
    return stderr;
  };
  if (frame.root === undefined) await migrate(superuserUrl);
  else await setUp(frame.root);
  await allowSignIns(superuserUrl, PASSWORDS);
  const databaseUrls = signInUrls(superuserUrl, PASSWORDS);
  const database = openDatabase(superuserUrl, { connections: 6 });
  atEnd(() => database.$disconnect());
  const pool = new pg.Pool({ connectionString: superuserUrl, max: 2, connectionTimeoutMillis: 5_000 });
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

  let secretsKeys = ringOf(randomBytes(32));
  const targets = {
    postgres: Number(new URL(superuserUrl).port),
    temporal: Number(temporalAddress.split(':')[1]),
    storefront: Number(new URL(storefrontUrl).port),
  };
  const targetOf = (link: Link) => link.split('-')[1] as keyof typeof targets;
  const links = Object.fromEntries(
    await Promise.all(LINKS.map(async (link) => [link, await faultyProxy(targets[targetOf(link)])] as const)),
  ) as Record<Link, FaultyProxy>;
  atEnd(() => Promise.all(Object.values(links).map((link) => link.close())));
  const to = (target: keyof typeof targets) =>
    allWays(LINKS.filter((link) => targetOf(link) === target).map((link) => links[link]));
  const shared = {
    HOST,
    DATA_DIR: supervisor.dataDir,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_UI_URL: temporalUiUrl,
    LOG_LEVEL: 'info',
  };
  const throughLinks = (name: Service) => {
    const url = new URL(databaseUrls[name]);
    url.port = String(links[`${name}-postgres`].port);
    return { DATABASE_URL: url.href, TEMPORAL_ADDRESS: `${HOST}:${links[`${name}-temporal`].port}` };
  };
  const ownSettings = (service: Service, port: number): Record<string, string> =>
    service === 'server'
      ? { PORT: String(port) }
      : {
          STOREFRONT_URL: `http://${HOST}:${links['worker-storefront'].port}`,
          STOREFRONT_SECRET: formatSecret(storefrontSecret),
        };
  // Chosen anew until it has run once: whoever starts beside it may have chosen the same.
  const program = (service: Service, root = frame.root ?? projectRoot(), name: string = service) => {
    let ports = { own: 0, metrics: 0 };
    const part = faultPart(name, async (former) => {
      if (!former)
        ports = { own: await choosePort({ name }), metrics: await choosePort({ name: `${name}'s metrics` }) };
      const { own, metrics } = ports;
      const ready = service === 'server' ? own : metrics;
      const launched: NodeProgram = {
        name,
        entry: path.relative(projectRoot(), path.join(root, CLI)),
        args: [service],
        env: {
          ...shared,
          SECRETS_KEYS: textOf(secretsKeys),
          ...throughLinks(service),
          METRICS_PORT: String(metrics),
          ...ownSettings(service, own),
        },
        readyUrl: `http://${HOST}:${ready}/readyz`,
      };
      return launchProgram(supervisor, launched, signal);
    });
    return { ...part, ports: () => ports };
  };
  const server = program('server');
  const worker = program('worker');
  await Promise.all([server.start(), worker.start()]);
  const others: string[] = [];
  const connection = await Connection.connect({ address: temporalAddress });
  atEnd(() => connection.close());

  return {
    database,
    databaseUrl: databaseUrls.operator,
    databaseUrls,
    get secretsKeys() {
      return secretsKeys;
    },
    useKeys: (ring) => {
      secretsKeys = ring;
    },
    client: new Client({ connection }),
    apiUrl: `http://${HOST}:${server.ports().own}`,
    workerUrl: `http://${HOST}:${worker.ports().metrics}`,
    temporalAddress,
    temporalFile,
    temporalUiUrl,
    storefront,
    storefrontUrl,
    storefrontSecret,
    parts: { postgres, temporal, server, worker },
    links,
    ways: { postgres: to('postgres'), temporal: to('temporal'), storefront: to('storefront') },
    another: async (service, { root, called }) => {
      const part = program(service, root, called);
      await part.start();
      others.push(called);
      return { ...part, url: `http://${HOST}:${part.ports().own}` };
    },
    setUp,
    logOf: (part) => readLog(path.join(supervisor.dataDir, 'logs', `${part}.log`), 0),
    sql: async <Row extends pg.QueryResultRow>(statement: string, values: unknown[] = []) =>
      (await pool.query<Row>(statement, values)).rows,
    openTenant: async (tenant) => {
      await addTenant(database, { ...BY, tenant, state: 'open' });
      const secrets: Record<string, Buffer> = {};
      for (const supplier of SUPPLIERS) {
        const { secret } = await addSupplier(database, secretsKeys, {
          ...BY,
          tenant,
          supplier,
          state: 'open',
        });
        secrets[supplier] = parseSecret(secret);
      }
      return secrets;
    },
    lastWords: () => lastWordsOf(supervisor, ['worker', 'server', 'temporal', 'postgres', ...others]),
    close,
  };
}
