import { isDatabaseUnavailable } from '../database/database-unavailable.ts';
import { wordsOfQueryError } from '../database/words-of-query-error.ts';
import { printableLines } from '../domain/safe-text.ts';
import { redactLine } from '../telemetry/redact.ts';

/** As Node, the C library and SQLite say it, in whatever a program said before it ended. */
const NO_SPACE = /ENOSPC|no space left on device|database or disk is full/i;

/** 0 done, 1 failed, 2 wrong usage. */
export type ExitCode = 0 | 1 | 2;

/** A command cannot go on, for a reason that its message tells people, with what they can do. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = 1, options?: ErrorOptions) {
    super(message, options);
    this.exitCode = exitCode;
  }
}

/** The command line asks for something that makes no sense; nothing was done. */
export function usageError(message: string): CommandError {
  return new CommandError(message, 2);
}

/**
 * Puts an error into words for people: no stack trace, no secrets, no control characters but line breaks.
 *
 * @param options.debug adds the stack
 */
export function describeError(
  error: unknown,
  options: { debug: boolean },
): { text: string; exitCode: ExitCode } {
  const text = `error: ${wordsOf(error)}`;
  const stack = options.debug && error instanceof Error ? `\n${error.stack ?? ''}` : '';
  return { text: printableLines(redactLine(text + stack)), exitCode: exitCodeOf(error) };
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode;
  return error instanceof Error && error.name === 'SettingsError' ? 2 : 1;
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof CommandError) return error.message;
  const full = error.message.split('\n').find((line) => NO_SPACE.test(line));
  if (full !== undefined) {
    return `There is no space left on a disk: ${full.trim()}\nMake room and do it again; what was acknowledged is kept.`;
  }
  if (lacksTables(error)) {
    return 'The database lacks tables or functions of this version. Run `catalog-sync setup`.';
  }
  if (isDatabaseUnavailable(error)) {
    return (
      `PostgreSQL does not answer (${lastLine(error)}).\n` +
      'Start it, or set DATABASE_URL to where it is; `catalog-sync doctor` says more.'
    );
  }
  // Prisma puts its own call, line by line, before what happened.
  return /^(?:PrismaClient|PreparedQuery)/.test(error.name)
    ? `PostgreSQL: ${wordsOfQueryError(error)}`
    : error.message;
}

/** Prisma: table or column not there; PostgreSQL: undefined function, table. */
const LACKING = new Set<unknown>(['P2021', 'P2022', '42883', '42P01']);

function lacksTables(error: Error): boolean {
  const { code, originalCode } = error as { code?: unknown; originalCode?: unknown };
  return LACKING.has(code) || LACKING.has(originalCode) || /\b(?:42883|42P01)\b/.test(error.message);
}

function lastLine(error: Error): string {
  const lines = error.message.split('\n').filter((line) => line.trim() !== '');
  return lines.at(-1)?.trim() ?? error.name;
}
