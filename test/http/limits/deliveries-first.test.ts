import Fastify from 'fastify';
import { afterAll, expect, it } from 'vitest';
import { letDeliveriesGoFirst } from '../../../src/http/limits/deliveries-first.ts';

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
  await until(() => held.length === 1);
  await deliveriesHaveGone(60_000);

  const deliveries = [1, 2].map(() => app.inject({ method: 'POST', url: '/deliver' }));
  await until(() => held.length === 3);
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

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((go) => void setImmediate(go));
}
