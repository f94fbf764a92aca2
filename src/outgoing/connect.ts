import { connect as connectSocket, type Socket } from 'node:net';
import { once } from 'node:events';
import { lookupOf } from './connector.ts';
import type { Guard } from './guard.ts';

/**
 * Connects to a port for another protocol than HTTP, to what the guard lets through. The caller ends the connection.
 *
 * @param protocol as in a URL: `sftp:`
 * @throws OutgoingRefused before anything is sent, and what the network does
 */
export async function guardedConnect(
  guard: Guard,
  { protocol, host, port, signal }: { protocol: string; host: string; port: number; signal: AbortSignal },
): Promise<Socket> {
  const refusal = guard.refusalOfLiteral(protocol, host);
  if (refusal) throw refusal;
  const socket = connectSocket({ host, port, lookup: lookupOf(guard, protocol), signal, noDelay: true });
  await once(socket, 'connect');
  // Whoever reads it may not listen yet, and is told by `close`.
  socket.on('error', () => undefined);
  const elsewhere = guard.refusalOf(protocol, socket.remoteAddress ?? '', host);
  if (!elsewhere) return socket;
  socket.destroy();
  throw elsewhere;
}
