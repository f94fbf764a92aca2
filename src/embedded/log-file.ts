import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';

const rotateAtBytes = 10 * 1024 * 1024;

/**
 * Opens a child's log for appending. A file, not a pipe: a pipe breaks when `start` is killed, and a Go program dies
 * of the next line it writes to a broken pipe. A big one is put aside as `NAME.1` first.
 */
export function openLogFile(file: string): number {
  mkdirSync(path.dirname(file), { recursive: true });
  try {
    if (statSync(file).size > rotateAtBytes) renameSync(file, `${file}.1`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return openSync(file, 'a', 0o600);
}

/** The log's size in bytes now, so that a later `readLog` sees only what came after. */
export function logSize(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

/** What was written from that offset on, its last 64 KiB at most. */
export function readLog(file: string, fromByte: number): string {
  let descriptor;
  try {
    descriptor = openSync(file, 'r');
    const { size } = fstatSync(descriptor);
    const start = Math.max(size < fromByte ? 0 : fromByte, size - 65_536);
    const buffer = Buffer.alloc(size - start);
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, start));
  } catch {
    return '';
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** The end of what a program said. What a Go program panics with stands far above its end, and is all that matters. */
export function lastLines(text: string, count = 12): string {
  const lines = text.trimEnd().split('\n');
  const panic = lines.findIndex((line) => line.startsWith('panic:'));
  return (panic === -1 ? lines.slice(-count) : lines.slice(panic, panic + count)).join('\n');
}
