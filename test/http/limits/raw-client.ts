import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { until } from '../../support/until.ts';

export interface RawClient {
  socket: Socket;
  /** All that has come so far. */
  heard(): string;
  closed(): boolean;
}

/** A connection on which a test says what it likes. */
export async function rawClient(port: number, said: string): Promise<RawClient> {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.on('data', (bytes) => (heard += bytes.toString())).on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(said);
  return { socket, heard: () => heard, closed: () => socket.destroyed };
}

/** Looks until it is so. */
export function seen(look: () => boolean): Promise<boolean> {
  return until(async () => look(), 30_000, 10);
}

/** The head of a request, up to the empty line before its body. */
export function headOf(method: string, path: string, headers: Record<string, string>): string {
  const lines = Object.entries({ host: 'localhost', ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** Of the first answer on a connection. */
export function statusOf(client: RawClient): number {
  return Number(/^HTTP\/1\.1 (\d+)/.exec(client.heard())?.[1]);
}
