import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { addressKey } from './address-key.ts';

export interface ConnectionLimits {
  /** Open at once. */
  connections: number;
  /** Of one address. */
  perAddress: number;
  /** An address that speaks for many: of it, `perAddress` is not asked. */
  isProxy?: (address: string) => boolean;
  /** Says a last word to a connection for which there is no room; it is closed at once, and may not hear it. */
  refuse?: (socket: Socket) => void;
}

interface Held {
  socket: Socket;
  address: string;
  request?: IncomingMessage;
  response?: ServerResponse;
}

/** Fields for `createServer` of `node:http`: how long a client may take, and how much it may say, until its turn comes. */
export const PATIENCE = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 500,
  maxHeaderSize: 16 * 1024,
} as const;

/** After an early answer a client may go on sending for so long, in ms: an abrupt end could take the answer away. */
const LINGER = 1_000;

/**
 * Bounds a server's open connections, in all and of each address. Where there is no room for another one, the oldest that
 * has not sent a whole request is closed for it, then the one that has been idle for longest; only where all are
 * being answered the new one is refused. So whoever opens connections and sends nothing takes places from himself,
 * not from those who send.
 */
export function holdConnections(server: Server, limits: ConnectionLimits): void {
  const open = new Map<Socket, Held>();
  const byAddress = new Map<string, Set<Held>>();

  const forget = (held: Held): void => {
    open.delete(held.socket);
    const own = byAddress.get(held.address);
    own?.delete(held);
    if (own?.size === 0) byAddress.delete(held.address);
  };
  const makeRoom = (among: Iterable<Held>): boolean => {
    const victim = findVictim(among);
    if (!victim) return false;
    forget(victim);
    victim.socket.destroy();
    return true;
  };

  server.on('connection', (socket: Socket) => {
    const held: Held = { socket, address: addressKey(socket.remoteAddress) };
    const own = byAddress.get(held.address) ?? new Set();
    const crowded = own.size >= limits.perAddress && limits.isProxy?.(socket.remoteAddress ?? '') !== true;
    if ((crowded && !makeRoom(own)) || (open.size >= limits.connections && !makeRoom(open.values()))) {
      limits.refuse?.(socket);
      // Not when it has heard: by then its request may have been read, and done.
      socket.destroy();
      return;
    }
    open.set(socket, held);
    byAddress.set(held.address, own.add(held));
    socket.once('close', () => forget(held));
  });

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    response.once('finish', () => {
      if (!request.complete) setTimeout(() => request.complete || request.socket.destroy(), LINGER).unref();
    });
    const held = open.get(request.socket);
    if (!held) return;
    Object.assign(held, { request, response });
    // Both stay in the order of the last sign of life.
    open.delete(held.socket);
    open.set(held.socket, held);
    byAddress.get(held.address)?.delete(held);
    byAddress.get(held.address)?.add(held);
  });
}

function findVictim(among: Iterable<Held>): Held | undefined {
  let idle: Held | undefined;
  for (const held of among) {
    if (held.request?.complete !== true) return held;
    if (held.response?.writableFinished === true) idle ??= held;
  }
  return idle;
}
