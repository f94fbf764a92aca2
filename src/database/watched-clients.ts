import type { Socket } from 'node:net';
import pg from 'pg';
import { NamedClient } from './named-client.ts';

/** Not in pg's types. */
interface Wired {
  connection: { stream: Socket };
}

type Query = (...args: unknown[]) => unknown;

const FAREWELL_MS = 1_000;

/**
 * A class of connections that are thrown away when the server does not answer within a limit: a connection can be half
 * open, taking bytes and answering nothing, for as long as nobody hangs it up. `statement_timeout` does not help then,
 * for it is the server's.
 *
 * One that hangs makes the others suspect: those that lie idle and have answered nothing since are thrown away with it,
 * or each would cost a limit of its own.
 *
 * @param limitMs from a statement to its answer; above the statement's own limit
 * @param onHang told when a connection is thrown away
 */
export function watchedClients(limitMs: number, onHang?: () => void): typeof pg.Client {
  const open = new Set<WatchedClient>();

  class WatchedClient extends NamedClient {
    private underWay = 0;
    private answeredAt = performance.now();

    constructor(...args: ConstructorParameters<typeof pg.Client>) {
      super(...args);
      open.add(this);
      this.once('end', () => open.delete(this));
    }

    // One method with many signatures; the last argument may be a callback. Statements that wait for another of the
    // same connection have its time, too: nobody sends two at once.
    override query = ((...args: unknown[]) => {
      const begun = performance.now();
      let waits = true;
      this.underWay += 1;
      const timer = setTimeout(() => {
        // After a standstill of this process, timers come before what has arrived meanwhile: that is read first.
        setImmediate(() => setImmediate(() => waits && this.hangUpWith(begun)));
      }, limitMs);
      const answered = (): void => {
        waits = false;
        clearTimeout(timer);
        this.underWay -= 1;
        this.answeredAt = performance.now();
      };
      const original = pg.Client.prototype.query as unknown as Query;
      const callback = args.at(-1);
      try {
        if (typeof callback === 'function') {
          const told = (...result: unknown[]): void => {
            answered();
            (callback as Query)(...result);
          };
          return original.call(this, ...args.slice(0, -1), told);
        }
        const result = original.call(this, ...args);
        if (result instanceof Promise) result.then(answered, answered);
        else answered();
        return result;
      } catch (error) {
        answered();
        throw error;
      }
    }) as pg.Client['query'];

    /** What lies idle, and has answered nothing since a statement that hangs was sent, is thrown away with it. */
    private hangUpWith(begun: number): void {
      onHang?.();
      this.hangUp();
      for (const other of open) if (other.underWay === 0 && other.answeredAt < begun) other.hangUp();
    }

    // A farewell waits for the server's, too.
    override end = ((...args: unknown[]) => {
      const timer = setTimeout(() => this.hangUp(), FAREWELL_MS).unref();
      this.once('end', () => clearTimeout(timer));
      return (pg.Client.prototype.end as Query).apply(this, args);
    }) as pg.Client['end'];

    private hangUp(): void {
      const { connection } = this as unknown as Wired;
      connection.stream.destroy(
        new Error(`Query read timeout: PostgreSQL has not answered within ${limitMs / 1000} s`),
      );
    }
  }
  return WatchedClient;
}
