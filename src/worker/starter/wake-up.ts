import type pg from 'pg';
import { watchedClients } from '../../database/watched-clients.ts';
import type { Logger } from '../../telemetry/logger.ts';

/** Lets a loop sleep until there may be work: a notification from the database, or the end of the pause. */
export interface WakeUp {
  /** @returns whether it was woken */
  sleep(ms: number): Promise<boolean>;
  wake(): void;
  close(): Promise<void>;
}

const RECONNECT_MS = 1_000;
/** A connection that only listens would not notice that it is dead: it is asked so often, and has so long to answer. */
const ASK_EVERY_MS = 10_000;
const ANSWER_WITHIN_MS = 5_000;

/** The payload of a notification that says that flags moved; set-state.ts sends it. */
const FLAGS_MOVED = 'flags';

/**
 * Listens on the channel `supplier_event`. Without a connection only the pauses wake the loop, and the connection is
 * tried again each second.
 */
export function listenForEvents(databaseUrl: string, log: Logger, on: { onFlags(): void }): WakeUp {
  let wakeSleeper: (() => void) | undefined;
  let pending = false;
  let client: pg.Client | undefined;
  let closed = false;
  let reconnect: NodeJS.Timeout | undefined;
  let ask: NodeJS.Timeout | undefined;
  const WatchedClient = watchedClients(ANSWER_WITHIN_MS, () =>
    log.warn('the connection that listens for events does not answer; taking a new one'),
  );

  const wake = (): void => {
    pending = true;
    wakeSleeper?.();
  };

  const lost = (): void => {
    client?.removeAllListeners('end');
    client = undefined;
    clearInterval(ask);
    if (!closed) reconnect = setTimeout(() => void connect(), RECONNECT_MS);
  };

  async function connect(): Promise<void> {
    const fresh = new WatchedClient({
      connectionString: databaseUrl,
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    fresh.on('error', (error) => log.debug({ error }, 'the connection that listens for events broke'));
    fresh.on('notification', ({ payload }) => {
      if (payload === FLAGS_MOVED) on.onFlags();
      wake();
    });
    try {
      await fresh.connect();
      await fresh.query('LISTEN supplier_event');
      client = fresh;
      fresh.on('end', lost);
      // What fails ends the connection, and that is heard.
      ask = setInterval(() => void fresh.query('SELECT').catch(() => undefined), ASK_EVERY_MS);
      if (closed) await fresh.end();
      wake();
    } catch (error) {
      log.debug({ error }, 'cannot listen for events; trying again');
      await fresh.end().catch(() => undefined);
      lost();
    }
  }
  void connect();

  return {
    wake,
    sleep: (ms) => {
      if (pending || closed) {
        pending = false;
        return Promise.resolve(true);
      }
      return new Promise((resolve) => {
        const done = (woken: boolean): void => {
          clearTimeout(timer);
          wakeSleeper = undefined;
          pending = false;
          resolve(woken);
        };
        const timer = setTimeout(() => done(false), ms);
        wakeSleeper = () => done(true);
      });
    },
    close: async () => {
      closed = true;
      clearTimeout(reconnect);
      clearInterval(ask);
      wake();
      await client?.end().catch(() => undefined);
    },
  };
}
