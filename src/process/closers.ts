import type { Logger } from '../telemetry/logger.ts';

/** What a process has opened, to be closed in the end in whatever way it comes. */
export interface Closers {
  add(close: () => Promise<unknown>): void;
  /** Closes all, the last opened first; what fails is logged and does not keep the rest open. */
  close(): Promise<void>;
}

export function createClosers(log: Logger): Closers {
  const opened: (() => Promise<unknown>)[] = [];
  return {
    add: (close) => {
      opened.push(close);
    },
    close: async () => {
      for (let close = opened.pop(); close; close = opened.pop()) {
        try {
          await close();
        } catch (error) {
          log.error({ error }, 'something could not be closed');
        }
      }
    },
  };
}
