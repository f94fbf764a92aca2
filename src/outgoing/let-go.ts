import type { Readable } from 'node:stream';

/** Leaves an answer unread. What that breaks off says so to whoever listens. */
export function letGo(body: Readable): void {
  body.once('error', () => undefined).destroy();
}
