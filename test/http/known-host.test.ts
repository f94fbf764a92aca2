import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer } from '../../src/http/create-server.ts';
import type { ServerDependencies } from '../../src/http/dependencies.ts';
import { eventsPath, startApi, type Api } from './api.ts';
import { FROM_OUR_PAGE, signIn } from './signed-in.ts';

let api: Api;
let token: string;
const apps: Api['app'][] = [];

beforeAll(async () => {
  api = await startApi();
  token = await api.token('admin');
});
afterAll(async () => {
  for (const app of apps) await app.close();
  await api?.close();
});

function appWith(more: Partial<ServerDependencies>): Api['app'] {
  const { secretsKeys } = api;
  const app = createServer({
    databases: api.pools(),
    secretsKeys,
    log: api.app.log,
    now: () => api.clock.now,
    ...more,
  });
  apps.push(app);
  return app;
}

const statusOf = async (
  app: Api['app'],
  host: string,
  url = '/',
  headers: Record<string, string> = {},
): Promise<[number, string | undefined]> => {
  const answer = await app.inject({ url, headers: { accept: 'text/html', ...headers, host } });
  const isProblem = String(answer.headers['content-type']).startsWith('application/problem+json');
  return [answer.statusCode, isProblem ? answer.json().code : undefined];
};

const REFUSED = [421, 'host_unknown'];
const FOREIGN = [
  'evil.test',
  'evil.test:8080',
  'localhost.evil.test',
  '127.0.0.1.evil.test',
  'localhost.',
  '[',
];

describe('a server with a PUBLIC_URL', () => {
  it('answers under that name and those of this machine, to nobody under another', async () => {
    const app = appWith({ publicUrl: 'https://sync.test' });
    for (const host of [
      'sync.test',
      'SYNC.test',
      'sync.test:443',
      'localhost:8080',
      '127.0.0.1',
      '[::1]:1',
    ]) {
      expect([host, (await statusOf(app, host))[0]]).toEqual([host, 200]);
    }
    for (const host of [...FOREIGN, 'sync.test:80', 'sync.test:8443', 'x.sync.test', '10.0.0.5:8080']) {
      expect([host, ...(await statusOf(app, host))]).toEqual([host, ...REFUSED]);
      expect([host, ...(await statusOf(app, host, '/no-such-thing'))]).toEqual([host, ...REFUSED]);
      const bearer = { authorization: `Bearer ${token}` };
      expect([host, ...(await statusOf(app, host, '/v1/tenants', bearer))]).toEqual([host, ...REFUSED]);
    }
  });

  it('takes signed events under it alone', async () => {
    const app = appWith({ publicUrl: 'https://sync.test', allowedHosts: ['server:8080', '10.0.0.5'] });
    const send = async (host: string) => {
      const payload = JSON.stringify({ sku: 'CHAIR-01', quantity: 1, updatedAt: '2026-06-01T10:00:00Z' });
      const headers = { ...api.signed(payload), host };
      return (await app.inject({ method: 'POST', url: eventsPath(), headers, payload })).statusCode;
    };
    expect(await send('sync.test')).toBe(202);
    expect(await send('evil.test')).toBe(421);
    expect([await send('server:8080'), await send('server:8081'), await send('10.0.0.5:9')]).toEqual([
      202, 421, 202,
    ]);
  });

  it('says how it is, whatever name it is asked by', async () => {
    const app = appWith({ publicUrl: 'https://sync.test' });
    for (const url of ['/healthz', '/readyz']) {
      expect([url, (await statusOf(app, '10.9.8.7:8080', url))[0]]).toEqual([url, 200]);
      expect([url, (await statusOf(app, 'evil.test', `${url}?x=1`))[0]]).toEqual([url, 200]);
    }
    expect((await statusOf(app, 'evil.test', '/healthz/../session'))[0]).toBe(421);
  });

  it('takes changes of a session from its own pages alone', async () => {
    const app = appWith({ publicUrl: 'https://sync.test' });
    const from = (headers: Record<string, string>) =>
      signIn({ app }, { token }, { ...headers }).then(({ statusCode }) => statusCode);
    const site = { 'sec-fetch-site': 'same-origin' };
    expect(await from({ ...site, host: 'sync.test', origin: 'https://sync.test' })).toBe(201);
    expect(await from({ ...site, host: 'localhost:1', origin: 'http://localhost:1' })).toBe(201);
    // A proxy that asks by its own name for us.
    expect(await from({ ...site, host: '127.0.0.1:8080', origin: 'https://sync.test' })).toBe(201);
    for (const origin of ['http://sync.test', 'https://sync.test:8443', 'https://evil.test', 'null', 'x']) {
      expect([origin, await from({ ...site, host: 'sync.test', origin })]).toEqual([origin, 403]);
    }
    expect(await from({ ...site, host: 'localhost:1', origin: 'http://localhost:2' })).toBe(403);
    expect(await from({ ...FROM_OUR_PAGE, host: 'evil.test', origin: 'http://evil.test' })).toBe(421);
  });
});

describe('a server without one', () => {
  it('answers under the names of this machine, where no rebound name leads', async () => {
    const app = appWith({});
    expect((await statusOf(app, 'localhost:1234'))[0]).toBe(200);
    for (const host of FOREIGN) expect([host, ...(await statusOf(app, host))]).toEqual([host, ...REFUSED]);
    expect(await signIn({ app }, { token }).then((answer) => answer.json().code)).toBe('host_unknown');
  });

  it('lets programs in under any name, for they bring what no page has; what they bring is looked at', async () => {
    const app = appWith({});
    const asked = (authorization: string) => statusOf(app, 'sync.internal', '/v1/tenants', { authorization });
    expect((await asked(`Bearer ${token}`))[0]).toBe(200);
    expect((await asked('Bearer x'))[0]).toBe(401);
    const payload = JSON.stringify({ sku: 'CHAIR-02', quantity: 1, updatedAt: '2026-06-01T10:00:00Z' });
    const headers = { ...api.signed(payload), host: 'sync.internal' };
    expect((await app.inject({ method: 'POST', url: eventsPath(), headers, payload })).statusCode).toBe(202);
  });
});

it('a request without a Host is none', async () => {
  const port = await api.listen();
  const answer = await new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end('GET / HTTP/1.0\r\n\r\n'));
    let text = '';
    socket.on('data', (chunk) => (text += String(chunk)));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
  expect(answer).toMatch(/^HTTP\/1\.1 421 /);
});
