import { randomBytes } from 'node:crypto';
import { request, type IncomingMessage } from 'node:http';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import getPort from 'get-port';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addToken } from '../../src/access/issue-tokens.ts';
import { cli, type Cli } from '../cli/run.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let test: TestDatabase;
let shell: Cli;
let port: number;

beforeAll(async () => {
  test = await testDatabase();
  shell = await cli();
  port = await getPort();
  const secret = path.join(shell.folder, 'oidc-secret');
  await writeFile(secret, 'hush\n');
  const env = {
    DATABASE_URL: test.url,
    SECRETS_KEY: randomBytes(32).toString('base64'),
    // Only the launch gate's commands ask it.
    TEMPORAL_ADDRESS: '127.0.0.1:9',
    PORT: String(port),
    METRICS_PORT: String(await getPort()),
    PUBLIC_URL: 'https://sync.test/',
    ALLOWED_HOSTS: 'server:8080',
    SESSION_IDLE_MINUTES: '7',
    OIDC_ISSUER: 'http://127.0.0.1:9',
    OIDC_CLIENT_ID: 'catalog-sync',
    OIDC_CLIENT_SECRET_FILE: secret,
    OIDC_GROUPS: 'admins=admin',
  };
  shell.start(['server'], env);
});
afterAll(async () => {
  await shell?.close();
  await test?.drop();
});

async function ask(
  url: string,
  host: string,
  { headers = {}, body }: { headers?: Record<string, string>; body?: string } = {},
) {
  const options = { port, host: '127.0.0.1', path: url, headers: { ...headers, host } };
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ ...options, method: body === undefined ? 'GET' : 'POST' }, resolve)
      .on('error', reject)
      .end(body);
  });
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return { status: answer.statusCode, headers: answer.headers, text: Buffer.concat(chunks).toString() };
}

it('goes by what the environment says of its names, its sessions and single sign-on', async () => {
  const isReady = async () => (await ask('/readyz', 'sync.test').catch(() => undefined))?.status;
  await expect.poll(isReady, { timeout: 60_000 }).toBe(200);
  for (const [host, status] of [
    ['sync.test', 401],
    ['server:8080', 401],
    [`127.0.0.1:${port}`, 401],
    ['evil.test', 421],
  ] as const) {
    expect([host, (await ask('/session', host)).status]).toEqual([host, status]);
  }

  expect(JSON.parse((await ask('/sign-in/methods', 'sync.test')).text)).toEqual({
    singleSignOn: '/sign-in/oidc',
  });
  const begun = await ask('/sign-in/oidc', 'sync.test');
  expect([begun.status, begun.headers.location]).toEqual([303, '/sign-in?refused=unavailable']);

  const { token } = await addToken(test.database, { role: 'viewer', name: 'vera', actor: 'test' });
  const signedIn = await ask('/session', 'sync.test', {
    headers: { origin: 'https://sync.test', 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  });
  expect(signedIn.status).toBe(201);
  expect(signedIn.headers['set-cookie']).toEqual([
    expect.stringMatching(/^__Host-catalog_sync_session=.*; Secure; SameSite=Strict$/),
  ]);
  expect(signedIn.headers['strict-transport-security']).toBeDefined();
  const rows = await test.sql(
    'SELECT round((idle_until_us - created_at_us) / 60000000.0)::integer AS minutes FROM console_session',
  );
  expect(rows).toEqual([{ minutes: 7 }]);
});

it('has its links lead to where people reach it', async () => {
  const { stdout } = await shell.run(['console'], {
    env: { DATABASE_URL: test.url, PUBLIC_URL: 'https://sync.test' },
  });
  expect(stdout).toMatch(/^https:\/\/sync\.test\/sign-in#ticket=csk_/);
});
