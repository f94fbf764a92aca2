import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../../src/database/client.ts';
import { createServer } from '../../src/http/create-server.ts';
import { startApi, type Api } from './api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.close());

it('many who ask at once whether it is ready share one look at the database, and hear of a change soon', async () => {
  let statements = 0;
  const intake = new Proxy(api.pools().intake, {
    get: (target, name) => {
      if (name === '$queryRaw') statements += 1;
      return target[name as keyof Database];
    },
  });
  const { secretsKeys } = api;
  const app = createServer({ databases: { ...api.pools(), intake }, secretsKeys, log: api.app.log });
  const status = async () => (await app.inject('/readyz')).statusCode;
  try {
    const answers = await Promise.all(Array.from({ length: 50 }, status));
    expect(new Set(answers)).toEqual(new Set([200]));
    // Each look is a handful of statements.
    expect(statements).toBeLessThan(20);
    await api.sql('ALTER FUNCTION record_supplier_events(text, text, jsonb, boolean) RENAME TO away');
    await expect.poll(status, { timeout: 5_000 }).toBe(503);
    await api.sql('ALTER FUNCTION away(text, text, jsonb, boolean) RENAME TO record_supplier_events');
    await expect.poll(status, { timeout: 5_000 }).toBe(200);
  } finally {
    await app.close();
  }
});
