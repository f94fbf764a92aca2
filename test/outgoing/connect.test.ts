import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOOPBACK } from '../../src/config/address-ranges.ts';
import { OutgoingRefused } from '../../src/outgoing/guard.ts';
import { createOutgoing } from '../../src/outgoing/outgoing.ts';

let server: Server;
let connections = 0;
const resolve = async () => [{ address: '127.0.0.1', family: 4 }];

beforeAll(async () => {
  server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined).end('hello');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
});
afterAll(() => void server?.close());

const to = (host: string, signal = AbortSignal.timeout(5_000)) => ({
  ...{ protocol: 'sftp:', host, signal },
  port: (server.address() as AddressInfo).port,
});

describe('a connection for another protocol than HTTP', () => {
  it.each(['127.0.0.1', '::ffff:127.0.0.1', '::1', 'files.example.com'])(
    'is refused to %s, and nothing connects',
    async (host) => {
      const before = connections;
      await expect(createOutgoing([], resolve).connect(to(host))).rejects.toBeInstanceOf(OutgoingRefused);
      expect(connections).toBe(before);
    },
  );

  it.each(['127.0.0.1', 'files.example.com'])('is made to %s where that is allowed', async (host) => {
    const socket = await createOutgoing(LOOPBACK, resolve).connect(to(host));
    expect(socket.remoteAddress).toBe('127.0.0.1');
    socket.destroy();
  });

  it('is not waited for any more when its time is over', async () => {
    const abort = AbortSignal.abort(new Error('too late'));
    await expect(createOutgoing(LOOPBACK, resolve).connect(to('127.0.0.1', abort))).rejects.toThrow(/abort/i);
  });
});
