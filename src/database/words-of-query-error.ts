import { causesOf } from './error-causes.ts';
import { isDatabaseUnavailable } from './database-unavailable.ts';

const RAW = /^Raw query failed\. Code: `([^`]*)`\. Message: `(.*)`\.?$/s;

/** Whether an error comes of a query, a transaction, or the way to the database. */
export function isQueryError(error: unknown): boolean {
  for (const { name } of causesOf(error)) {
    if (typeof name === 'string' && /^(?:PrismaClient|DriverAdapter|PreparedQuery)/.test(name)) return true;
  }
  return false;
}

/**
 * What went wrong with a query, in PostgreSQL's own words and in one line. Prisma puts its call, a place in our code and
 * where the database is around them, which are of no use to whoever reads a failure, and not for everybody.
 */
export function wordsOfQueryError(error: unknown): string {
  for (const { originalMessage, originalCode } of causesOf(error)) {
    if (typeof originalMessage !== 'string' || originalMessage === '') continue;
    return typeof originalCode === 'string'
      ? `${oneLine(originalMessage)} (${originalCode})`
      : oneLine(originalMessage);
  }
  const message = error instanceof Error ? error.message : String(error);
  if (!isQueryError(error)) return message.trim();
  if (isDatabaseUnavailable(error)) return 'PostgreSQL does not answer';
  const last = message.split('\n').findLast((line) => line.trim() !== '');
  const [, code, raw] = RAW.exec(last?.trim() ?? '') ?? [];
  return raw === undefined ? oneLine(last ?? 'no reason given') : `${oneLine(raw)} (${code})`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
