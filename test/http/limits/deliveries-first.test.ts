import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { afterAll, expect, it } from 'vitest';
import { letDeliveriesGoFirst } from '../../../src/http/limits/deliveries-first.ts';
import { until } from '../../support/until.ts';

const app = Fastify();
const held: (() => void)[] = [];
const deliveriesHaveGone = letDeliveriesGoFirst(app);
app.post(
  '/deliver',
  { config: { deliveries: true } },
  () => new Promise((end) => void held.push(() => end('ok'))),
);
app.post('/other', () => new Promise((end) => void held.push(() => end('ok'))));

afterAll(() => app.close());

it('waits for the deliveries that are worked on, and for nothing else, and not for ever', async () => {
  const other = app.inject({ method: 'POST', url: '/other' });
  await until(async () => held.length === 1);
  await deliveriesHaveGone(60_000);

  const deliveries = [1, 2].map(() => app.inject({ method: 'POST', url: '/deliver' }));
  await until(async () => held.length === 3);
  let gone = false;
  const read = deliveriesHaveGone(60_000).then(() => (gone = true));
  held[1]?.();
  await deliveries[0];
  expect(gone).toBe(false);
  await deliveriesHaveGone(20);
  expect(gone).toBe(false);
  held[2]?.();
  await read;
  held[0]?.();
  await Promise.all([other, ...deliveries]);
});

it('waits for no delivery whose sender had gone before its turn', async () => {
  const leaving = Fastify();
  const haveGone = letDeliveriesGoFirst(leaving);
  let left = false;
  leaving.post(
    '/deliver',
    {
      config: { deliveries: true },
      preValidation: async (request, reply) => {
        request.raw.socket.destroy();
        await once(reply.raw, 'close');
      },
      preHandler: async () => {
        left = true;
      },
    },
    async () => 'ok',
  );
  try {
    await leaving.listen({ port: 0, host: '127.0.0.1' });
    const socket = connect((leaving.server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('POST /deliver HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
    await until(async () => left);
    const waited = await Promise.race([
      haveGone(60_000).then(() => false),
      new Promise((go) => void setTimeout(() => go(true), 500)),
    ]);
    expect(waited).toBe(false);
  } finally {
    await leaving.close();
  }
});
