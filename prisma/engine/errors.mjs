import { lastPanicMessage } from './panic-registry.mjs';

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
]);

/**
 * Gives an error of node-postgres the code that Prisma's error reference has for it (P1000 to P1011). The CLI acts
 * on it: P1003 makes it create the database. Messages name host, user and database, never the password.
 *
 * @param {any} error
 * @param {import('pg').PoolConfig} settings
 * @returns {Error & { code?: string }}
 */
export function nameDatabaseError(error, { host, port, user, database }) {
  const server = `${host}:${port}`;
  // Several addresses of one host fail as an AggregateError without a message of its own.
  const code = error.code ?? error.errors?.[0]?.code;
  const message = error.message || String(code);
  if (code === '28P01')
    return named('P1000', `The server at ${server} refuses the password of the user ${user}.`);
  if (UNREACHABLE.has(code)) return named('P1001', `No database server answers at ${server} (${code}).`);
  if (code === 'ETIMEDOUT' || /timeout/i.test(message)) {
    return named('P1002', `The database server at ${server} does not answer in time.`);
  }
  if (code === '3D000') return named('P1003', `The server at ${server} has no database ${database}.`);
  if (code === '28000')
    return named('P1010', `The user ${user} may not use the database ${database}: ${message}`);
  if (/certificate|SSL|TLS/i.test(`${code} ${message}`)) {
    return named('P1011', `No encrypted connection to ${server}: ${message}`);
  }
  return new Error(message);
}

/**
 * @param {string} code
 * @param {string} message
 */
function named(code, message) {
  return Object.assign(new Error(message), { code });
}

/**
 * The shape in which Prisma's CLI reads a failure, in a JSON-RPC error's `data` and in a log line's `fields`.
 *
 * @param {any} error thrown by the wasm engine, or by the functions here
 * @returns {{ is_panic: boolean, message: string, error_code?: string, meta?: unknown, backtrace?: string }}
 */
export function describeError(error) {
  if (error instanceof WebAssembly.RuntimeError) {
    return { is_panic: true, message: lastPanicMessage() || error.message, backtrace: error.stack ?? '' };
  }
  const { code, message, meta } = error;
  return {
    is_panic: false,
    message: message || String(error),
    ...(code && { error_code: code }),
    ...(meta && { meta }),
  };
}
