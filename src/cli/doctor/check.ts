import { isDatabaseUnavailable } from '../../database/database-unavailable.ts';
import { isQueryError, wordsOfQueryError } from '../../database/words-of-query-error.ts';
import type { TableUse } from '../../retention/disk-use.ts';

/** What a check found. */
export interface Check {
  name: string;
  /** `skipped`: it could not be asked, for a reason that another check names or that is no fault. */
  status: 'ok' | 'failed' | 'skipped';
  detail: string;
  /** What to do about it. */
  todo?: string;
  /** For people; what it stands on, for programs, is in `tables`. */
  table?: { head: readonly string[]; rows: readonly (readonly string[])[] };
  tables?: readonly TableUse[];
}

export function ok(name: string, detail: string): Check {
  return { name, status: 'ok', detail };
}

export function failed(name: string, detail: string, todo: string): Check {
  return { name, status: 'failed', detail, todo };
}

export function skipped(name: string, detail: string): Check {
  return { name, status: 'skipped', detail };
}

/** The last line that is not empty: gRPC puts its own calls before what happened. Of a query, PostgreSQL's words. */
export function reasonOf(error: unknown): string {
  if (isQueryError(error) && !isDatabaseUnavailable(error)) return wordsOfQueryError(error);
  const message = error instanceof Error ? error.message : String(error);
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  return lines.at(-1)?.trim() ?? 'no reason given';
}

/** What a look gives, or why it gave nothing. */
export async function read<T>(work: () => Promise<T>): Promise<{ value: T } | { reason: string }> {
  try {
    return { value: await work() };
  } catch (error) {
    return { reason: reasonOf(error) };
  }
}
