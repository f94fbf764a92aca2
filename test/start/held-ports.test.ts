import net from 'node:net';
import { once } from 'node:events';
import getPort from 'get-port';
import { expect, it } from 'vitest';
import { readSettings } from '../../src/config/settings.ts';
import { choosePort } from '../../src/process/ports.ts';
import { holdPorts } from '../../src/start/held-ports.ts';
import { choosePorts } from '../../src/start/ports.ts';

async function canListen(port: number): Promise<boolean> {
  const server = net.createServer();
  try {
    server.listen({ host: '127.0.0.1', port, exclusive: true });
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

it('a port that was asked for is nobody else’s until its part starts', async () => {
  const [port, other] = [await getPort({ host: '127.0.0.1' }), await getPort({ host: '127.0.0.1' })];
  const held = await holdPorts(readSettings({ METRICS_PORT: String(port), TEMPORAL_PORT: String(other) }));
  expect([await canListen(port), await canListen(other)]).toEqual([false, false]);
  await held.letGo('METRICS_PORT');
  expect([await canListen(port), await canListen(other)]).toEqual([true, false]);
  expect(await choosePort({ name: 'METRICS_PORT', configured: port })).toBe(port);
  await held.letGo('METRICS_PORT', 'TEMPORAL_PORT');
  expect(await canListen(other)).toBe(true);
});

it('one that somebody has is left to its part to complain of', async () => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const held = await holdPorts(readSettings({ PORT: String(port) }));
  await held.letGo('PORT');
  expect(server.listening).toBe(true);
  await new Promise((resolve) => server.close(resolve));
});

it('the worker’s metrics are beside the server’s, on a port that none of the others was given', async () => {
  const base = await getPort({
    host: '127.0.0.1',
    port: Array.from({ length: 50 }, (_, no) => 21_000 + no * 7),
  });
  const ports = await choosePorts(
    readSettings({ METRICS_PORT: String(base), STOREFRONT_PORT: String(base + 1), PORT: String(base + 2) }),
  );
  expect(new Set(Object.values(ports)).size).toBe(4);
});
