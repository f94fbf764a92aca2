import { randomBytes } from 'node:crypto';
import path from 'node:path';
import pg from 'pg';
import { startPostgres } from '../../src/embedded/postgres.ts';
import type { Supervisor } from '../../src/embedded/supervisor.ts';
import { freePort } from '../../src/process/ports.ts';
import { faultPart } from '../support/faults/parts.ts';
import { launchShop } from './launch-shop.ts';
import { callShop, type Shelf, type Shop } from './shop.ts';
import { PACKAGES } from './shops-folder.ts';

const EMAIL = 'sync@example.com';
const VERSION = PACKAGES.medusa['@medusajs/medusa'] ?? '';
const DATABASE = 'medusa';
/** Migrated once; each run has a copy. */
const TEMPLATE = `medusa_${VERSION.replaceAll('.', '_')}`;
const MIGRATING = `${TEMPLATE}_migrating`;
const CLI = 'node_modules/@medusajs/cli/cli.js';
const PAGE = 100;

interface InventoryItem {
  sku: string;
  metadata: { catalog_sync_version?: number } | null;
  location_levels: { stocked_quantity: number }[];
}

/** A Medusa shop on a PostgreSQL of its own, without anything sold. */
export async function medusaShop(
  folder: string,
  { supervisor, say }: { supervisor: Supervisor; say: (line: string) => void },
): Promise<Shop> {
  const postgres = await startPostgres({
    dataDir: path.join(supervisor.dataDir, 'postgres'),
    options: ['-c', 'fsync=off'],
    ...{ log: say, supervisor },
  });
  const databaseUrl = (name: string): string => {
    const url = new URL(postgres.url);
    url.pathname = `/${name}`;
    return url.href;
  };
  const medusa = async (database: string, args: readonly string[]): Promise<void> => {
    const { succeeded, end, output } = await supervisor.run('medusa', process.execPath, [CLI, ...args], {
      ...{ cwd: folder, env: { ...process.env, ...environment(databaseUrl(database)) } },
    });
    if (!succeeded) throw new Error(`medusa ${args[0]} ended with ${end}: ${output.slice(-2_000)}`);
  };
  await copyDatabase(postgres.url, async () => {
    say('migrating the database of Medusa; this takes minutes, once');
    await medusa(MIGRATING, ['db:migrate']);
  });
  const port = await freePort();
  const password = randomBytes(12).toString('hex');
  await medusa(DATABASE, ['user', '-e', EMAIL, '-p', password]);
  const url = `http://127.0.0.1:${port}`;
  const part = faultPart(
    'Medusa',
    () =>
      launchShop(supervisor, {
        ...{ name: 'medusa', args: [CLI, 'start', '-H', '127.0.0.1', '-p', String(port)], cwd: folder },
        env: environment(databaseUrl(DATABASE)),
        readyUrl: `${url}/health`,
      }),
    say,
  );
  await part.start();

  let token = '';
  const login = async (): Promise<void> => {
    const answer = await callShop(`${url}/auth/user/emailpass`, { json: { email: EMAIL, password } });
    ({ token } = (await answer.json()) as { token: string });
  };
  const ask = async <Data>(where: string, json?: object): Promise<Data> => {
    const init = { headers: { authorization: `Bearer ${token}` }, ...(json && { json }) };
    return (await (await callShop(`${url}/admin/${where}`, init)).json()) as Data;
  };

  return {
    ...{ name: 'medusa', version: VERSION, part, port },
    document: { email: EMAIL, secret: password },
    sell: async (skus) => {
      await login();
      await ask('stock-locations', { name: 'Main' });
      for (const sku of skus) await ask('inventory-items', { sku, metadata: { colour: 'red' } });
    },
    read: async () => {
      await login();
      const shelves = new Map<string, Shelf>();
      for (let offset = 0; ; offset += PAGE) {
        const { inventory_items: items } = await ask<{ inventory_items: InventoryItem[] }>(
          `inventory-items?limit=${PAGE}&offset=${offset}&order=id&fields=id,sku,metadata,*location_levels`,
        );
        for (const { sku, metadata, location_levels: levels } of items) {
          const quantity = levels.reduce((sum, level) => sum + level.stocked_quantity, 0);
          shelves.set(sku, { quantity, version: metadata?.catalog_sync_version ?? null });
        }
        if (items.length < PAGE) return shelves;
      }
    },
  };
}

function environment(databaseUrl: string): Record<string, string> {
  return { SHOP_DATABASE: databaseUrl, MEDUSA_DISABLE_TELEMETRY: 'true', NODE_ENV: 'production' };
}

async function copyDatabase(superuserUrl: string, migrate: () => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const { rows } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [TEMPLATE]);
    if (rows.length === 0) {
      await client.query(`DROP DATABASE IF EXISTS ${MIGRATING}`);
      await client.query(`CREATE DATABASE ${MIGRATING}`);
      await migrate();
      await client.query(`ALTER DATABASE ${MIGRATING} RENAME TO ${TEMPLATE}`);
    }
    await client.query(`DROP DATABASE IF EXISTS ${DATABASE}`);
    await client.query(`CREATE DATABASE ${DATABASE} TEMPLATE ${TEMPLATE}`);
  } finally {
    await client.end();
  }
}
