import { causesOf } from './error-causes.ts';

/** Prisma's codes: cannot reach, timed out, closed the connection, no connection free, too many connections. */
const PRISMA = new Set([
  'P1000',
  'P1001',
  'P1002',
  'P1003',
  'P1008',
  'P1010',
  'P1011',
  'P1017',
  'P2024',
  'P2028',
  'P2034',
  'P2037',
]);

/** What `@prisma/adapter-pg` calls an error of the connection. */
const ADAPTER_KINDS = new Set([
  'AuthenticationFailed',
  'ConnectionClosed',
  'DatabaseAccessDenied',
  'DatabaseDoesNotExist',
  'DatabaseNotReachable',
  'SocketTimeout',
  'TlsConnectionError',
  'TooManyConnections',
  'TransactionWriteConflict',
]);

/**
 * SQLSTATE: connection exceptions (08), insufficient resources (53), shutting down or starting (57P01 to 57P05),
 * statement timeout (57014), lock timeout (55P03), a standby (25006), serialization and deadlock (40001, 40P01),
 * refused to log in or no such database (28, 3D000), input or output of the disk (58).
 */
const SQLSTATE = /^(?:08...|53...|58...|57P0[1-5]|57014|55P03|25006|40001|40P01|28...|3D000)$/;

const STATEMENT_TIMEOUT = '57014';

const SOCKET = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
]);

/** What Node says of a certificate that it does not take. */
const CERTIFICATE =
  /^(?:CERT_|CRL_|UNABLE_TO_|ERROR_IN_C|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|HOSTNAME_MISMATCH)/;

/** What `pg` and its pool say without any code. */
const MESSAGES =
  /^(?:There was an error establishing an SSL connection|Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed|The server does not support SSL|Cannot use a pool after calling end)/;

/**
 * Whether an error of a query means that the database cannot be used for now, so that the same request may well
 * succeed later. Errors of the disk and the network elsewhere look the same: ask only of errors of queries.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  for (const one of causesOf(error)) {
    if (saysUnavailable(one)) return true;
    if (Array.isArray(one.errors) && one.errors.some((inner) => isDatabaseUnavailable(inner))) return true;
  }
  return false;
}

/** Whether a query ran into its own limit of time: the database answers, but not this in so short a time. */
export function isStatementTimeout(error: unknown): boolean {
  for (const { code, originalCode } of causesOf(error)) {
    if (code === STATEMENT_TIMEOUT || originalCode === STATEMENT_TIMEOUT) return true;
  }
  return false;
}

function saysUnavailable(error: Record<string, unknown>): boolean {
  const { code, errorCode, originalCode, kind, message } = error;
  // The Unix socket of a server that is not there.
  if (code === 'ENOENT' && error.syscall === 'connect') return true;
  for (const text of [code, errorCode, originalCode]) {
    if (
      typeof text === 'string' &&
      (PRISMA.has(text) || SOCKET.has(text) || SQLSTATE.test(text) || CERTIFICATE.test(text))
    )
      return true;
  }
  return (
    (typeof kind === 'string' && ADAPTER_KINDS.has(kind)) ||
    (typeof message === 'string' && MESSAGES.test(message))
  );
}
