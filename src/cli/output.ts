import type { Command } from 'commander';
import { escapeUnprintable, safeOnTerminal } from '../domain/safe-text.ts';
import { paint, wrap } from './terminal-text.ts';

/** What terminals show without wrapping. */
export const COLUMNS = 80;

/** Writes a result: the only thing that goes to stdout. */
export function print(text: string): void {
  process.stdout.write(`${safeOnTerminal(text)}\n`);
}

/** Writes anything that is not the result. */
export function note(text: string): void {
  process.stderr.write(`${safeOnTerminal(text)}\n`);
}

/** Something that nobody may overlook. */
export function warn(text: string, stream: NodeJS.WriteStream = process.stderr): void {
  const line = '!'.repeat(COLUMNS);
  note(paint(`${line}\n${wrap(text, COLUMNS).join('\n')}\n${line}`, 'yellow', wantsColour(stream)));
}

export function printJson(value: unknown): void {
  print(toJson(value));
}

/** 64-bit integers have no place in JSON: they are written as texts. What would drive a terminal is escaped. */
export function toJson(value: unknown): string {
  return escapeUnprintable(
    JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? one.toString() : one)),
  );
}

/** Whether `--json` was given, before or after the command's name. */
export function wantsJson(command: Command): boolean {
  return command.optsWithGlobals<{ json?: boolean }>().json === true;
}

/** Whether colour is wanted on a stream: a terminal, and no NO_COLOR (https://no-color.org). */
export function wantsColour(stream: { isTTY?: boolean }): boolean {
  return stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}

/** A table in columns, two spaces apart; the last column is as wide as it has to be. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, index) =>
    Math.max(title.length, ...rows.map((row) => (row[index] ?? '').length)),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** When whoever reads stdout has had enough, as `| head` does, the command ends without a word. */
export function endQuietlyOnBrokenPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
      // What people cannot be told for want of space is no reason to end what goes on.
      if (error.code !== 'ENOSPC' || stream === process.stdout) throw error;
    });
  }
}
