import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/client.ts';
import { createServer } from '../../src/http/create-server.ts';
import { until } from '../support/until.ts';
import { eventsPath, startApi, TENANT, type Api } from './api.ts';
import { heldUp, lockTable } from './locked-table.ts';

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

it('takes what is signed, and knows who asks, while forty lists want the connections of readers', async () => {
  const reads = openDatabase(api.urlOf('server'), { role: 'reader', connections: 10 });
  const app = createServer({
    databases: { ...api.pools(), reads },
    secretsKeys: api.secretsKeys,
    log: api.app.log,
    now: () => api.clock.now,
    // More at once than there are connections: what this shows is not that they wait for a turn.
    limits: { readsPerToken: 40, readsPerTenant: 40, readsAtOnce: 40 },
  });
  const token = await api.token('viewer', TENANT);
  const headers = { authorization: `Bearer ${token}` };
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const unlock = await lockTable(api, 'replay');
  try {
    const lists = Array.from({ length: 40 }, () => fetch(`${url}/v1/tenants/${TENANT}/replays`, { headers }));
    await until(async () => (await heldUp(api)) === 10);
    const sent = Array.from({ length: 40 }, (_, no) => {
      const body = JSON.stringify({ id: `among-lists-${no}`, ...EVENT });
      return fetch(`${url}${eventsPath()}`, { method: 'POST', headers: api.signed(body), body });
    });
    expect(new Set((await Promise.all(sent)).map(({ status }) => status))).toEqual(new Set([202]));
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect((await fetch(`${url}/session`, { headers })).status).toBe(200);
    // All of that while none of them got on.
    expect(await heldUp(api)).toBe(10);
    await unlock();
    for (const { status } of await Promise.all(lists)) expect([200, 503]).toContain(status);
  } finally {
    await unlock();
    await app.close();
    await reads.$disconnect();
  }
});

it("cancels a reader's statement after five seconds", async () => {
  await expect(api.pools().reads.$queryRaw`SELECT pg_sleep(30)::text`).rejects.toThrow(/statement timeout/);
});
