import { isIP } from 'node:net';
import pg from 'pg';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Turns a DATABASE_URL into node-postgres settings, host, port, user, password and database apart: settings with a
 * connection string ignore another `database`, which the shadow database needs.
 * node-postgres itself reads the URL, so that `sslmode`, percent-encoding and the PG* variables mean here what they
 * mean in the rest of the program.
 * One connection only: the advisory lock of `migrate` belongs to a session.
 *
 * @param {string | undefined} url
 * @param {string} [database] instead of the one that the URL names
 * @returns {import('pg').PoolConfig}
 * @throws {Error} without a URL, or with one that is none; the message does not repeat it
 */
export function connectionSettings(url, database) {
  if (url === undefined) throw new Error('This command needs a database: set DATABASE_URL.');
  const { connectionParameters } = /** @type {any} */ (new pg.Client({ connectionString: url }));
  const { host, port, user, password, ssl, options } = connectionParameters;
  return {
    host,
    port,
    user,
    password: password ?? undefined,
    database: database ?? connectionParameters.database,
    // As src/database/named-client.ts: the certificate has to be that of the host, also of an IP address.
    ssl: typeof ssl === 'object' && isIP(host) !== 0 ? { ...ssl, host } : ssl,
    options,
    application_name: 'prisma-schema-engine',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: 0,
    max: 1,
  };
}
