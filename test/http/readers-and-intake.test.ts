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
  const slow = Array.from({ length: 40 }, () =>
    reads.$queryRaw`SELECT pg_sleep(3)::text`.catch((error: unknown) => error),
  );
  // They wait for a connection behind those that sleep.
  const waiting = Array.from({ length: 5 }, () => api.get(`/v1/tenants/${TENANT}/search?q=CHAIR`, token));
  await new Promise((resolve) => setTimeout(resolve, 200));
  const times: number[] = [];
  for (let no = 0; no < 20; no += 1) {
    const begun = performance.now();
    expect((await api.send({ id: `beside-${no}`, ...EVENT })).statusCode).toBe(202);
    times.push(performance.now() - begun);
  }
  expect((await api.get('/readyz')).statusCode).toBe(200);
  expect(Math.max(...times)).toBeLessThan(1_000);
  await Promise.all(slow);
  for (const { statusCode } of await Promise.all(waiting)) expect([200, 503]).toContain(statusCode);
}, 60_000);

it("cancels a reader's statement after five seconds", async () => {
  const begun = performance.now();
  await expect(api.pools().reads.$queryRaw`SELECT pg_sleep(30)::text`).rejects.toThrow(/statement timeout/);
  expect(performance.now() - begun).toBeLessThan(7_000);
});
