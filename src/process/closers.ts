import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than the longest that closes in order: a worker that lets what runs come to its end, in ms. */
const CLOSE_WITHIN_MS = 9_000;

/** What a process has opened, to be closed in the end in whatever way it comes. */
export interface Closers {
  add(close: () => Promise<unknown>): void;
  /** Closes all, the last opened first; what fails or hangs is logged and does not keep the rest open. */
  close(): Promise<void>;
}

export function createClosers(log: { error(what: object, message: string): void }): Closers {
  const opened: (() => Promise<unknown>)[] = [];
  return {
    add: (close) => {
      opened.push(close);
    },
    close: async () => {
      for (let close = opened.pop(); close; close = opened.pop()) {
        const late = new AbortController();
        try {
          await Promise.race([
            close(),
            sleep(CLOSE_WITHIN_MS, undefined, { signal: late.signal }).then(tooLate),
          ]);
        } catch (error) {
          log.error({ error }, 'something could not be closed');
        } finally {
          late.abort();
        }
      }
    },
  };
}

function tooLate(): never {
  throw new Error(`it does not close within ${CLOSE_WITHIN_MS / 1000} s`);
}
