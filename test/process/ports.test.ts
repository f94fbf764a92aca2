import { once } from 'node:events';
import net from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  choosePort,
  freePort,
  listenPatiently,
  loopback,
  PortTakenError,
  rememberedPort,
  rememberPort,
} from '../../src/process/ports.ts';
import { scratchFolder } from '../embedded/scratch.ts';

async function takenPort(host = loopback): Promise<number> {
  const server = net.createServer().listen(0, host);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as net.AddressInfo).port;
}

test('a configured port that is taken gives an error that names the setting and says what to do', async () => {
  const port = await takenPort();
  const error = await choosePort({ configured: port, name: 'TEMPORAL_UI_PORT' }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(PortTakenError);
  expect((error as Error).message).toBe(
    `port ${port} (TEMPORAL_UI_PORT) is in use by another program; ` +
      'set TEMPORAL_UI_PORT to a free port, or stop the program that holds it',
  );
});

test('a program that listens on every address takes the port too', async () => {
  const port = await takenPort('0.0.0.0');
  await expect(choosePort({ configured: port, name: 'PORT' })).rejects.toThrow('is in use');
});

test('a preferred port is had if it is free, and another one if not', async () => {
  const free = await choosePort({ name: 'any' });
  expect(await choosePort({ preferred: free, name: 'PORT' })).toBe(free);
  const taken = await takenPort();
  const other = await choosePort({ preferred: taken, name: 'PORT' });
  expect(other).not.toBe(taken);
  expect(other).toBeGreaterThan(0);
});

test('ports are remembered by name, and a broken file is as good as none', () => {
  const file = path.join(scratchFolder(), 'ports.json');
  expect(rememberedPort(file, 'postgres')).toBeUndefined();
  rememberPort(file, 'postgres', 5499);
  rememberPort(file, 'other', 70_000);
  expect(rememberedPort(file, 'postgres')).toBe(5499);
  expect(rememberedPort(file, 'other')).toBeUndefined();
});

/** An outgoing connection whose near end is a port that somebody else would like to listen on. */
async function heldByAConnection(port: number): Promise<net.Socket> {
  const server = net.createServer().listen(0, loopback);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const socket = net.connect({
    ...{ host: loopback, port: (server.address() as net.AddressInfo).port },
    ...{ localAddress: loopback, localPort: port },
  });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

test('a configured port that an outgoing connection holds for a moment is waited for', async () => {
  const port = await freePort();
  const socket = await heldByAConnection(port);
  setTimeout(() => socket.resetAndDestroy(), 500);
  expect(await choosePort({ configured: port, name: 'PORT' })).toBe(port);
});

test('listening waits for such a connection, too', async () => {
  const port = await freePort();
  const socket = await heldByAConnection(port);
  setTimeout(() => socket.resetAndDestroy(), 500);
  const server = net.createServer();
  onTestFinished(() => void server.close());
  await listenPatiently({ host: loopback, port }, async () => {
    server.listen({ host: loopback, port });
    await once(server, 'listening');
  });
  expect((server.address() as net.AddressInfo).port).toBe(port);
});

test('a port of our own choice is none that outgoing connections are given', async () => {
  for (let one = 0; one < 20; one += 1) expect(await freePort()).toBeLessThan(32_768);
});
