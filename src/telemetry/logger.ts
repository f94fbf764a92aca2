import { pino } from 'pino';
import type { DestinationStream, LevelWithSilent, Logger } from 'pino';
import type { LogLevel, LogMetadata, Logger as TemporalLogger } from '@temporalio/common';
import { escapeUnprintable } from '../domain/safe-text.ts';
import { redactLine } from './redact.ts';

export type { Logger };

/** What pino calls a level; `silent` writes nothing. */
export type Level = LevelWithSilent;

const KEPT_BYTES = 1_048_576;

export interface LoggerOptions {
  level: Level;
  /** the process, e.g. `worker` */
  name: string;
  /** Where the lines go; stderr unless given, since stdout is for results. */
  destination?: DestinationStream;
}

/** Structured logs: one JSON object a line, with `time` in RFC 3339, `level` as a word, and no secrets. */
export function createLogger({ level, name, destination }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { name, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // Temporal calls its errors `error`, everybody else `err`.
      serializers: { err: pino.stdSerializers.err, error: pino.stdSerializers.err },
      hooks: { streamWrite: (line) => escapeUnprintable(redactLine(line)) },
    },
    destination ?? logDestination(process.stderr.fd),
  );
}

/**
 * Where a process writes its log. A log that cannot be written, on a full disk for instance, breaks nothing that is
 * logged of: lines are kept until they can be, and beyond a megabyte they are left out.
 *
 * @param fd a file descriptor
 */
export function logDestination(fd: number): DestinationStream {
  const destination = pino.destination({ fd, sync: true, maxLength: KEPT_BYTES });
  destination.on('error', () => undefined);
  return destination;
}

const PINO_LEVEL = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const satisfies Record<LogLevel, Level>;

/**
 * Temporal's SDK, workflows and activities, speaking through the same pino: for `Runtime.install({ logger })`.
 * Temporal gives `workflowId` and the rest of its metadata as fields of that name.
 */
export function temporalLogger(log: Logger): TemporalLogger {
  const write = (level: LogLevel, message: string, meta?: LogMetadata): void =>
    log[PINO_LEVEL[level]](meta ?? {}, message);
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}
