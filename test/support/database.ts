import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { openDatabase, type Database } from '../../src/database/client.ts';

export interface TestDatabase {
  url: string;
  database: Database;
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
  return {
    url,
    database,
    sql: async <Row extends pg.QueryResultRow>(statement: string, values: unknown[] = []) =>
      (await pool.query<Row>(statement, values)).rows,
    drop: async () => {
      await pool.end();
      await database.$disconnect();
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
