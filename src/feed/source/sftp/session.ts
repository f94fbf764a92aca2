import type { SFTPWrapper } from 'ssh2';
import { SourceFailed } from '../source.ts';

/** Calls back as the library does. */
type Answer<T> = (error: Error | null | undefined, value: T) => void;

/** A connection to a server that was signed in to. */
export interface SftpSession {
  /**
   * Asks the server for something.
   *
   * @throws SourceFailed when no answer comes in time or the connection is lost; else the server's own error
   */
  ask<T>(request: (sftp: SFTPWrapper, answer: Answer<T>) => void): Promise<T>;
  end(): void;
}

/** The rest of what one can wait for: a time, and a connection that is lost. */
export interface Waiting {
  /** Rejects when the connection is lost or given up. */
  lost: Promise<never>;
  answerMs: number;
  /** The server, in words. */
  name: string;
}

/** Waits for an answer, and no longer than is agreed. @throws SourceFailed */
export async function answered<T>(
  { lost, answerMs, name }: Waiting,
  start: (answer: Answer<T>) => void,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  try {
    return await Promise.race([
      lost,
      new Promise<T>((resolve, reject) => {
        timer = setTimeout(
          () => reject(new SourceFailed(`${name} did not answer within ${answerMs} ms`, { passes: true })),
          answerMs,
        );
        start((error, value) => (error ? reject(error) : resolve(value)));
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
