import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { ringOf, type KeyRing } from '../src/access/secrets/key-ring.ts';
import { formatAddressRanges, LOOPBACK } from '../src/config/address-ranges.ts';
import { projectRoot } from '../src/config/project-root.ts';
import { migrate } from '../src/database/migrate.ts';
import { allowOutgoing } from '../src/outgoing/allowed.ts';
import { allowSignIns, signInUrls, type DatabaseUrls } from '../src/database/sign-ins.ts';
import { openDatabase, type Database } from '../src/database/client.ts';
import { cacheDir } from '../src/embedded/cache-dir.ts';
import { startPostgres } from '../src/embedded/postgres.ts';
import { openSupervisor, type SupervisedChild, type Supervisor } from '../src/embedded/supervisor.ts';
import { findTemporalCli } from '../src/embedded/temporal-cli.ts';
import { startTemporal } from '../src/embedded/temporal.ts';
import type { BenchOptions } from './options.ts';
import { addSupplier } from '../src/flags/suppliers.ts';
import { addTenant } from '../src/flags/tenants.ts';
import { parseSecret } from '../src/standard-webhooks/secret.ts';
import { startTemporalServer } from '../test/deployment/native/temporal-server.ts';
import { startStorefront, type Storefront } from './storefront.ts';

export const TENANT = 'bench';
export const SUPPLIER = 'load';
export const STOREFRONT_MS = 20;
export const NAMESPACES = ['ceiling', 'textbook', 'ours'] as const;

const PASSWORDS = { server: 'server', worker: 'worker', operator: 'operator' };

/** A migrated database with one open tenant and one open supplier. */
export interface BenchDatabase {
  url: string;
  /** As the product's processes sign in. */
  urls: DatabaseUrls;
  database: Database;
  sql<Row extends pg.QueryResultRow>(statement: string, values?: unknown[]): Promise<Row[]>;
  /** Makes a further open tenant with an open supplier. @returns what signs for the supplier */
  addTenant(tenant: string): Promise<Buffer>;
  /** What signs for SUPPLIER of TENANT. */
  supplierSecret: Buffer;
}

interface Temporal {
  address: string;
  metricsUrl: string;
  pid: number;
  /** As which it signs in to PostgreSQL, if it does. */
  role?: string;
}

/** What all subjects share: one PostgreSQL, one Temporal, one storefront. */
export interface Parts {
  folder: string;
  supervisor: Supervisor;
  storefront: Storefront;
  secretsKeys: KeyRing;
  temporal: Temporal;
  postgres: { url: string; pid: number };
  /** One of a name of its own, made at the first call. */
  databaseOf(name: string): Promise<BenchDatabase>;
  /** Runs a program, Node unless told otherwise; its output goes into a log in `folder`. */
  run(name: string, args: readonly string[], env: Record<string, string>, command?: string): SupervisedChild;
  close(): Promise<void>;
}

export async function openParts(
  say: (line: string) => void,
  options: Pick<BenchOptions, 'temporal' | 'shards' | 'dynamicConfig' | 'leanVisibility'> = {
    temporal: 'sqlite',
    shards: undefined,
    dynamicConfig: undefined,
    leanVisibility: false,
  },
): Promise<Parts> {
  const folder = mkdtempSync(path.join(tmpdir(), 'catalog-sync-bench-'));
  const supervisor = await openSupervisor(folder);
  const databases = new Map<string, Promise<BenchDatabase>>();
  const secretsKeys = ringOf(randomBytes(32));
  allowOutgoing(LOOPBACK);
  const storefront = await startStorefront(STOREFRONT_MS);
  const close = async (): Promise<void> => {
    for (const one of databases.values()) await (await one.catch(() => undefined))?.database.$disconnect();
    await storefront.close();
    await supervisor.close();
    if (process.env.BENCH_KEEP === undefined) rmSync(folder, { recursive: true, force: true });
    else say(`kept ${folder}`);
  };
  try {
    say('starting PostgreSQL and Temporal');
    const cli = await findTemporalCli({ cacheDir: cacheDir(), log: say, run: supervisor.run });
    const postgres = await startPostgres({
      dataDir: path.join(folder, 'postgres'),
      // As docker-compose.yml has it.
      options: ['-c', 'max_connections=300'],
      log: say,
      supervisor,
    });
    const temporal: Temporal =
      options.temporal === 'sqlite'
        ? await startTemporal({
            command: cli.command,
            dbFile: path.join(folder, 'temporal.db'),
            namespaces: NAMESPACES,
            supervisor,
          })
        : await startTemporalServer({
            folder,
            secrets: makeSecrets(folder),
            postgresUrl: postgres.url,
            temporalCli: cli.command,
            namespaces: NAMESPACES,
            supervisor,
            environment: options.shards === undefined ? {} : { NUM_HISTORY_SHARDS: options.shards },
            dynamicConfig: options.dynamicConfig && path.resolve(options.dynamicConfig),
            leanVisibility: options.leanVisibility,
          });
    await migrate(postgres.url);
    await allowSignIns(postgres.url, PASSWORDS);
    mkdirSync(path.join(folder, 'logs'), { recursive: true });
    return {
      folder,
      supervisor,
      storefront,
      secretsKeys,
      temporal,
      postgres,
      databaseOf: (name) => {
        const found = databases.get(name) ?? makeDatabase(name, postgres.url, storefront.url, secretsKeys);
        databases.set(name, found);
        return found;
      },
      run: (name, args, env, command = process.execPath) =>
        supervisor.spawn(name, command, args, {
          cwd: import.meta.dirname,
          env: { ...process.env, NODE_OPTIONS: '', OUTGOING_ALLOW: formatAddressRanges(LOOPBACK), ...env },
          logFile: path.join(folder, 'logs', `${name}.log`),
          stopSteps: [{ signal: 'SIGTERM', patienceMs: 15_000 }],
        }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @returns their folder */
function makeSecrets(folder: string): string {
  mkdirSync(path.join(folder, 'ops'));
  cpSync(path.join(projectRoot(), 'ops/make-secrets.sh'), path.join(folder, 'ops/make-secrets.sh'));
  execFileSync('sh', ['ops/make-secrets.sh'], { cwd: folder, stdio: 'ignore' });
  return path.join(folder, 'secrets');
}

async function makeDatabase(
  name: string,
  mainUrl: string,
  storefrontUrl: string,
  secretsKeys: KeyRing,
): Promise<BenchDatabase> {
  const client = new pg.Client({ connectionString: mainUrl });
  await client.connect();
  await client
    .query(`CREATE DATABASE bench_${name} TEMPLATE catalog STRATEGY file_copy`)
    .finally(() => client.end());
  const address = new URL(mainUrl);
  address.pathname = `/bench_${name}`;
  const url = address.toString();
  const database = openDatabase(url, { connections: 4, statementTimeoutMs: 600_000 });
  const audit = { actor: 'bench', reason: 'a measurement' };
  const add = async (tenant: string): Promise<Buffer> => {
    await addTenant(database, {
      ...audit,
      tenant,
      state: 'open',
      storefront: { url: storefrontUrl, secretsKeys },
    });
    const { secret } = await addSupplier(database, secretsKeys, {
      ...audit,
      tenant,
      supplier: SUPPLIER,
      state: 'open',
    });
    return parseSecret(secret);
  };
  const supplierSecret = await add(TENANT);
  return {
    url,
    urls: signInUrls(url, PASSWORDS),
    database,
    supplierSecret,
    addTenant: add,
    sql: (statement, values = []) => database.$queryRawUnsafe(statement, ...values),
  };
}
