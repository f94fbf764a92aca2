import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/client.ts';
import { createServer } from '../../src/http/create-server.ts';
import { startApi, TENANT, type Api } from './api.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.close());

it('a read that runs into its limit of time is a 503 of its own, and no alarm about the database', async () => {
  const reads = openDatabase(api.url, { statementTimeoutMs: 300 });
  const { secretsKeys } = api;
  const app = createServer({ databases: { ...api.pools(), reads }, secretsKeys, log: api.app.log });
  const holder = new pg.Client({ connectionString: api.url });
  await holder.connect();
  try {
    const headers = { authorization: `Bearer ${await api.token('viewer')}` };
    await holder.query('BEGIN; LOCK TABLE supplier_event');
    const answer = await app.inject({ url: `/v1/tenants/${TENANT}/events`, headers });
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'too_slow']);
    // Whatever changes nothing, by whichever method it is asked.
    const head = await app.inject({ method: 'HEAD', url: `/v1/tenants/${TENANT}/events`, headers });
    expect([head.statusCode, head.headers['retry-after']]).toEqual([503, undefined]);
    const replay = await app.inject({
      method: 'POST',
      url: `/v1/tenants/${TENANT}/replays`,
      headers: { authorization: `Bearer ${await api.token('operator')}`, 'content-type': 'application/json' },
      payload: '{"since":"2026-01-01T00:00:00Z"}',
    });
    expect([replay.statusCode, replay.json().code]).toEqual([503, 'too_slow']);
    expect(await api.database.replay.count()).toBe(0);
    expect(api.lines.map(({ msg }) => msg)).not.toContain('the database does not answer');
  } finally {
    await holder.end();
    await app.close();
    await reads.$disconnect();
  }
});
