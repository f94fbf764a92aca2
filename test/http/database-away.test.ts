import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/database/client.ts';
import { createServer } from '../../src/http/create-server.ts';
import { isDatabaseUnavailable } from '../../src/database/database-unavailable.ts';
import { testDatabase } from '../support/database.ts';
import { apiOn, eventsPath, startApi, TENANT, type Api } from './api.ts';

const EVENT = { sku: 'A', quantity: 5, updatedAt: '2026-06-01T09:59:00Z' };

let api: Api;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.close());
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** Keeps the ledger locked, so that a query on it waits. */
async function lockLedger(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  ends.push(() => client.end());
  await client.query('BEGIN');
  await client.query('LOCK TABLE supplier_event');
  return client;
}

async function waiting(): Promise<{ pid: number }[]> {
  for (;;) {
    const found = await api.sql<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    if (found.length > 0) return found;
  }
}

describe('with PostgreSQL away', () => {
  it('every route that needs it answers 503 with Retry-After, and /healthz goes on', async () => {
    const { app, close } = apiOn('postgresql://nobody:secret@127.0.0.1:1/nothing');
    ends.push(close);
    const token = await api.token('admin');
    const answers = await Promise.all([
      app.inject({
        method: 'POST',
        url: eventsPath(),
        headers: api.signed(JSON.stringify(EVENT)),
        payload: JSON.stringify(EVENT),
      }),
      app.inject({ url: `/v1/tenants/${TENANT}/items/A`, headers: { authorization: `Bearer ${token}` } }),
    ]);
    for (const answer of answers) {
      expect([answer.statusCode, answer.json().code, answer.headers['retry-after']]).toEqual([
        503,
        'database_unavailable',
        '5',
      ]);
      expect(answer.body).not.toMatch(/nobody|secret|127\.0\.0\.1/);
    }
    const ready = await app.inject('/readyz');
    expect([ready.statusCode, ready.json()]).toMatchObject([
      503,
      { code: 'not_ready', detail: expect.stringContaining('PostgreSQL does not answer') },
    ]);
    expect((await app.inject('/healthz')).statusCode).toBe(200);
  });

  it('is a 503 when the address takes connections and never answers', async () => {
    const silent = createTcpServer((socket) => socket.on('error', () => undefined));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const sockets = new Set<{ destroy(): void }>();
    silent.on('connection', (socket) => sockets.add(socket));
    ends.push(async () => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });
    const { app, close } = apiOn(`postgresql://a:b@127.0.0.1:${(silent.address() as AddressInfo).port}/c`);
    ends.push(close);
    const answer = await app.inject({
      method: 'POST',
      url: eventsPath(),
      headers: api.signed('{}'),
      payload: '{}',
    });
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'database_unavailable']);
  });

  it('is a 503 for a database that is not there and a user that may not log in', async () => {
    const test = await testDatabase();
    ends.push(() => test.drop());
    const gone = new URL(test.url);
    gone.pathname = '/no_such_database';
    const stranger = new URL(test.url);
    stranger.username = 'no_such_user';
    for (const url of [gone, stranger]) {
      const { app, close } = apiOn(url.toString());
      ends.push(close);
      const answer = await app.inject({
        method: 'POST',
        url: eventsPath(),
        headers: api.signed('{}'),
        payload: '{}',
      });
      expect([answer.statusCode, answer.json().code]).toEqual([503, 'database_unavailable']);
    }
  });
});

describe('with PostgreSQL in trouble', () => {
  it('is a 503 when the connection is ended in the middle of the insert, nothing is stored, and the retry is accepted', async () => {
    const lock = await lockLedger(api.url);
    const sent = api.send({ id: 'cut', ...EVENT });
    for (const { pid } of await waiting()) await api.sql('SELECT pg_terminate_backend($1)', [pid]);
    const answer = await sent;
    expect([answer.statusCode, answer.json().code]).toEqual([503, 'database_unavailable']);
    await lock.query('ROLLBACK');
    expect(await api.stored()).toBe(0);
    const again = await api.send({ id: 'cut', ...EVENT });
    expect([again.statusCode, again.json().results[0].status]).toEqual([202, 'accepted']);
  });

  it('is a 503 when a statement takes too long, or no connection is free', async () => {
    await lockLedger(api.url);
    const database = openDatabase(api.urlOf('server'), {
      role: 'server',
      connections: 1,
      statementTimeoutMs: 300,
    });
    const app = createServer({
      databases: { ...api.pools(), intake: database },
      secretsKeys: api.secretsKeys,
      log: api.app.log,
      now: () => api.clock.now,
    });
    ends.push(async () => {
      await app.close();
      await database.$disconnect();
    });
    const send = () => {
      const payload = JSON.stringify(EVENT);
      return app.inject({ method: 'POST', url: eventsPath(), headers: api.signed(payload), payload });
    };
    for (const answer of await Promise.all([send(), send(), send()])) {
      expect([answer.statusCode, answer.json().code]).toEqual([503, 'database_unavailable']);
    }
  });
});

describe('a database without migrations', () => {
  it('is not ready, and says so', async () => {
    const test = await testDatabase();
    ends.push(() => test.drop());
    await test.sql('DROP FUNCTION record_supplier_events');
    const { app, close } = apiOn(test.urlOf('server'));
    ends.push(close);
    const answer = await app.inject('/readyz');
    expect([answer.statusCode, answer.json().detail]).toEqual([503, expect.stringContaining('migrations')]);
  });

  it('is ready with them', async () => {
    expect((await api.get('/readyz')).json()).toEqual({ status: 'ready' });
  });
});

describe('an error of a query', () => {
  it.each([
    [{ code: 'P2024' }],
    [{ code: 'P1001' }],
    [{ errorCode: 'P1001' }],
    [{ code: 'ECONNREFUSED', syscall: 'connect' }],
    [{ code: 'ENOENT', syscall: 'connect' }],
    [{ code: '57P03', severity: 'FATAL', message: 'the database system is starting up' }],
    [{ code: 'P2010', meta: { driverAdapterError: { cause: { originalCode: '57P01', kind: 'postgres' } } } }],
    [{ cause: { kind: 'DatabaseNotReachable' } }],
    [new Error('Connection terminated unexpectedly')],
    [new AggregateError([Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })])],
  ])('means that the database is away: %j', (error) => {
    expect(isDatabaseUnavailable(error)).toBe(true);
  });

  it.each([
    [undefined],
    ['ECONNREFUSED'],
    [new TypeError('x is not a function')],
    [{ code: 'P2002' }],
    [{ code: 'ENOENT', syscall: 'open' }],
    [{ code: 'P2010', meta: { driverAdapterError: { cause: { originalCode: '22021', kind: 'postgres' } } } }],
  ])('means something else: %j', (error) => {
    expect(isDatabaseUnavailable(error)).toBe(false);
  });

  it('may have a cause that goes round in a circle', () => {
    const error = new Error('round');
    error.cause = error;
    expect(isDatabaseUnavailable(error)).toBe(false);
  });
});
