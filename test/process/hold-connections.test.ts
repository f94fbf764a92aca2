import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { holdConnections, PATIENCE, type ConnectionLimits } from '../../src/process/hold-connections.ts';
import { until } from '../support/until.ts';

const closers: (() => void)[] = [];
afterEach(() => closers.splice(0).forEach((close) => close()));

/** Looks until it is so. */
const seen = (look: () => boolean): Promise<boolean> => until(async () => look(), 20_000, 10);

const ASK = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

interface Client {
  socket: Socket;
  heard: () => string;
  closed: () => boolean;
}

/** A server that answers when it is told to, or at once. */
async function serverWith(limits: Partial<ConnectionLimits>, answers = true) {
  const waiting: ServerResponse[] = [];
  const server = createServer(PATIENCE, (_request, response) => {
    if (answers) response.end('yes');
    else waiting.push(response);
  });
  holdConnections(server, { connections: 100, perAddress: 100, ...limits });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const open = async (said = '', localAddress = '127.0.0.1'): Promise<Client> => {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    let heard = '';
    socket.on('data', (bytes) => (heard += bytes.toString())).on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(said);
    closers.push(() => socket.destroy());
    return { socket, heard: () => heard, closed: () => socket.destroyed };
  };
  return { server, waiting, open };
}

describe('a server with as many connections as it may have', () => {
  it('closes the oldest that has sent no whole request for a new one, which is answered', async () => {
    const { open } = await serverWith({ perAddress: 3 });
    const [first, second, third] = [await open('GET / HT'), await open(), await open('POST / HTTP/1.1\r\n')];
    const real = await open(ASK);
    await seen(() => real.heard().endsWith('yes'));
    await seen(first.closed);
    expect([second.closed(), third.closed()]).toEqual([false, false]);
    const another = await open(ASK);
    await seen(() => another.heard().endsWith('yes'));
    await seen(second.closed);
    // Idle by now, but it had something to say.
    expect([third.closed(), real.closed()]).toEqual([false, false]);
  });

  it('closes one whose body does not come, and not one that is being answered', async () => {
    const { open, waiting } = await serverWith({ connections: 2 }, false);
    const answered = await open(ASK);
    const body = await open('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1');
    await seen(() => waiting.length === 2);
    const next = await open(ASK);
    await seen(() => waiting.length === 3);
    await seen(body.closed);
    for (const response of waiting) response.end('late');
    expect(await seen(() => answered.heard().endsWith('late') && next.heard().endsWith('late'))).toBe(true);
  });

  it('refuses the new one where all are being answered', async () => {
    const { open, waiting } = await serverWith(
      { connections: 2, refuse: (socket) => socket.end('no room') },
      false,
    );
    const held = [await open(ASK), await open(ASK)];
    await seen(() => waiting.length === 2);
    const refused = await open(ASK);
    await seen(() => refused.heard() === 'no room');
    for (const response of waiting) response.end('yes');
    await seen(() => held.every(({ heard }) => heard().endsWith('yes')));
    // And takes one again.
    const next = await open(ASK);
    await seen(() => waiting.length === 3);
    waiting[2]?.end('yes');
    expect(await seen(() => next.heard().endsWith('yes'))).toBe(true);
  });

  it('closes the one that has been idle for longest where nothing else is left', async () => {
    const { open } = await serverWith({ perAddress: 2 });
    const first = await open(ASK);
    await seen(() => first.heard().endsWith('yes'));
    const second = await open(ASK);
    await seen(() => second.heard().endsWith('yes'));
    first.socket.write(ASK);
    await seen(() => first.heard().split('yes').length === 3);
    const third = await open(ASK);
    await seen(() => third.heard().endsWith('yes'));
    await seen(second.closed);
    expect(first.closed()).toBe(false);
  });

  it('counts addresses each for itself, and a proxy in all only', async () => {
    const { open } = await serverWith({ perAddress: 1, isProxy: (address) => address === '127.0.0.9' });
    const one = await open('GET', '127.0.0.2');
    const other = await open('GET', '127.0.0.3');
    const proxies = [await open('GET', '127.0.0.9'), await open('GET', '127.0.0.9')];
    const again = await open('GET', '127.0.0.2');
    await seen(one.closed);
    expect([other, ...proxies, again].map(({ closed }) => closed())).toEqual([false, false, false, false]);
  });

  it('forgets what has gone', async () => {
    const { open } = await serverWith({ perAddress: 2 });
    for (let round = 0; round < 5; round += 1) {
      const gone = await open(ASK);
      await seen(() => gone.heard().endsWith('yes'));
      gone.socket.end();
      await seen(gone.closed);
    }
    const kept = await open('GET');
    const real = await open(ASK);
    await seen(() => real.heard().endsWith('yes'));
    expect(kept.closed()).toBe(false);
  });
});

describe('a client that goes on sending after an early answer', () => {
  it('has heard it, and is closed soon', async () => {
    const { open } = await serverWith({});
    const slow = await open('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n1');
    await seen(() => slow.heard().endsWith('yes'));
    expect(await seen(slow.closed)).toBe(true);
  });
});
