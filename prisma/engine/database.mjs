import pg from 'pg';
import { connectionSettings } from './connection.mjs';
import { nameDatabaseError } from './errors.mjs';

/** The database that every PostgreSQL server has, to create others from. */
const MAINTENANCE_DATABASE = 'postgres';

/**
 * Opens one connection and closes it again.
 *
 * @param {string | undefined} url
 * @throws {Error} with Prisma's error code as `code` where it has one
 */
export async function checkConnection(url) {
  await withClient(connectionSettings(url), async () => {});
}

/** Another process created it first: "already exists", or the unique index of the catalog when both were at once. */
const ALREADY_CREATED = new Set(['42P04', '23505']);

/**
 * Creates the database that the URL names, unless it is there.
 *
 * @param {string | undefined} url
 * @returns {Promise<string>} its name
 * @throws {Error} with Prisma's error code as `code` where it has one
 */
export async function createDatabase(url) {
  const name = String(connectionSettings(url).database);
  await withClient(connectionSettings(url, MAINTENANCE_DATABASE), async (client) => {
    try {
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    } catch (error) {
      if (!(error instanceof pg.DatabaseError && ALREADY_CREATED.has(error.code ?? ''))) throw error;
    }
  });
  return name;
}

/**
 * @param {import('pg').PoolConfig} settings
 * @param {(client: pg.Client) => Promise<unknown>} use
 */
export async function withClient(settings, use) {
  const client = new pg.Client(settings);
  // A connection that breaks while idle raises an event; unheard, it would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    await use(client);
  } catch (error) {
    throw nameDatabaseError(error, settings);
  } finally {
    await client.end().catch(() => {});
  }
}
