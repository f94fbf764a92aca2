import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { openDatabase, type Database } from '../../src/database/client.ts';
import type { DatabaseRole, ProcessRole } from '../../src/database/roles.ts';
import {
  closeServerDatabases,
  openServerDatabases,
  type ServerDatabases,
} from '../../src/database/server-databases.ts';
import { signInUrl } from '../../src/database/sign-ins.ts';
import { PASSWORDS } from './passwords.ts';

export interface TestDatabase {
  /** Of a superuser: what a test prepares and looks at by hand. */
  url: string;
  database: Database;
  /** As a process signs in. */
  urlOf(role: ProcessRole): string;
  /** As a process, or a part of one, works. */
  as(role: Exclude<DatabaseRole, 'owner' | 'tenant' | 'supplier'>): Database;
  /** The server's pools; the same each time. */
  pools(): ServerDatabases;
  /** Runs a statement as a person with psql would. */
  sql<Row extends pg.QueryResultRow = pg.QueryResultRow>(
    statement: string,
    values?: unknown[],
  ): Promise<Row[]>;
  drop(): Promise<void>;
}

/** A migrated database of one's own in the test run's PostgreSQL. */
export async function testDatabase(options: { connections?: number } = {}): Promise<TestDatabase> {
  const mainUrl = inject('postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  await once(mainUrl, `CREATE DATABASE ${name} TEMPLATE catalog_template`);
  const address = new URL(mainUrl);
  address.pathname = `/${name}`;
  const url = address.toString();
  const database = openDatabase(url, options);
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on('error', () => undefined);
  const urlOf = (role: ProcessRole): string => signInUrl(url, role, PASSWORDS[role]);
  const opened = new Map<DatabaseRole, Database>();
  let pools: ServerDatabases | undefined;
  return {
    url,
    database,
    urlOf,
    as: (role) => {
      const signedIn = role === 'reader' ? 'server' : role === 'pruner' ? 'operator' : role;
      const found = opened.get(role) ?? openDatabase(urlOf(signedIn), { ...options, role });
      opened.set(role, found);
      return found;
    },
    pools: () => (pools ??= openServerDatabases(urlOf('server'))),
    sql: async <Row extends pg.QueryResultRow>(statement: string, values: unknown[] = []) =>
      (await pool.query<Row>(statement, values)).rows,
    drop: async () => {
      await pool.end();
      for (const one of [database, ...opened.values()]) await one.$disconnect();
      if (pools) await closeServerDatabases(pools);
      await once(mainUrl, `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
}

async function once(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
