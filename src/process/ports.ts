import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import getPort from 'get-port';

export const loopback = '127.0.0.1';

const IN_USE = 'is in use by another program';
const TRIES = 20;
const OWN_PORTS = [20_000, 32_000] as const;
const PATIENCE_MS = 10_000;
const AGAIN_MS = 100;

export type PortWish = {
  /** What the user asked for: this one or an error. */
  configured?: number | undefined;
  /** Taken if it is free; else any free one. */
  preferred?: number | undefined;
  /** None of these, unless it is configured: somebody is about to take them. */
  except?: readonly number[];
  /** The setting's name, for the error, e.g. `TEMPORAL_UI_PORT`. */
  name: string;
  host?: string;
};

/** A port that was asked for can not be had. The message says what to do. */
export class PortTakenError extends Error {
  override name = 'PortTakenError';
}

/** A free TCP port, the configured one or the preferred one where that is possible. */
export async function choosePort(wish: PortWish): Promise<number> {
  const host = wish.host ?? loopback;
  if (wish.configured !== undefined) {
    const obstacle = await obstacleForLong(host, wish.configured);
    if (obstacle === undefined) return wish.configured;
    throw new PortTakenError(
      `port ${wish.configured} (${wish.name}) ${obstacle}; set ${wish.name} to a free port` +
        (obstacle === IN_USE ? ', or stop the program that holds it' : ''),
    );
  }
  const { preferred, except = [] } = wish;
  if (
    preferred !== undefined &&
    !except.includes(preferred) &&
    (await obstacleAt(host, preferred)) === undefined
  ) {
    return preferred;
  }
  return freePort(host, except);
}

/** A free port from below those that systems give to outgoing connections, any of which may be taken at any moment. */
export function freePort(host: string = loopback, except: readonly number[] = []): Promise<number> {
  return getPort({
    host,
    port: Array.from({ length: TRIES }, () => randomInt(...OWN_PORTS)),
    exclude: except,
  });
}

/**
 * Listens on a port that nobody else listens on. For a moment it may be the near end of somebody's outgoing connection,
 * so it is tried again for ten seconds.
 */
export async function listenPatiently<T>(
  { host, port }: { host: string; port: number },
  listen: () => Promise<T>,
): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; ;) {
    try {
      return await listen();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || Date.now() > end) throw error;
      if (await answers(host, port)) throw error;
      await sleep(AGAIN_MS);
    }
  }
}

/** The port that this name had at its last start, undefined if none is remembered. */
export function rememberedPort(file: string, name: string): number | undefined {
  const port = readPorts(file)[name];
  return typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

export function rememberPort(file: string, name: string, port: number): void {
  writeFileSync(file, `${JSON.stringify({ ...readPorts(file), [name]: port }, null, 2)}\n`);
}

function readPorts(file: string): Record<string, unknown> {
  try {
    const ports: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return typeof ports === 'object' && ports !== null ? { ...ports } : {};
  } catch {
    return {};
  }
}

/** Somebody's outgoing connection may hold a port for a moment; a program that listens is seen at once. */
async function obstacleForLong(host: string, port: number): Promise<string | undefined> {
  for (const end = Date.now() + PATIENCE_MS; ;) {
    const obstacle = await obstacleAt(host, port);
    if (obstacle !== IN_USE || Date.now() > end || (await answers(host, port))) return obstacle;
    await sleep(AGAIN_MS);
  }
}

async function obstacleAt(host: string, port: number): Promise<string | undefined> {
  // macOS lets one listen on 127.0.0.1 although another program listens on every address: so knock first.
  if (await answers(host, port)) return IN_USE;
  const server = net.createServer();
  try {
    server.listen({ host, port, exclusive: true });
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE') return IN_USE;
    return `can not be used (${code ?? String(error)})`;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Whether somebody listens there. */
export async function answers(host: string, port: number): Promise<boolean> {
  const socket = net.connect({ host: host === '0.0.0.0' ? loopback : host, port });
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(1_000) });
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
