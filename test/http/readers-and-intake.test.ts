import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApi, TENANT, type Api } from './api.ts';

const EVENT = { sku: 'CHAIR', quantity: 1, updatedAt: '2026-06-01T09:59:00Z' };

let api: Api;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.close());

it('takes events and is ready while every connection for readers is busy', async () => {
  const { reads } = api.pools();
  const token = await api.token('viewer', TENANT);
  let sleeping = 40;
  const slow = Array.from({ length: sleeping }, () =>
    reads.$queryRaw`SELECT pg_sleep(4)::text`.catch((error: unknown) => error).finally(() => (sleeping -= 1)),
  );
  // They wait for a connection behind those that sleep.
  const waiting = Array.from({ length: 5 }, () => api.get(`/v1/tenants/${TENANT}/search?q=CHAIR`, token));
  await new Promise((resolve) => setTimeout(resolve, 200));
  for (let no = 0; no < 10; no += 1) {
    expect((await api.send({ id: `beside-${no}`, ...EVENT })).statusCode).toBe(202);
  }
  expect((await api.get('/readyz')).statusCode).toBe(200);
  // All of that before the first reader was done.
  expect(sleeping).toBe(40);
  await Promise.all(slow);
  for (const { statusCode } of await Promise.all(waiting)) expect([200, 429, 503]).toContain(statusCode);
}, 60_000);

it("cancels a reader's statement after five seconds", async () => {
  await expect(api.pools().reads.$queryRaw`SELECT pg_sleep(30)::text`).rejects.toThrow(/statement timeout/);
});
