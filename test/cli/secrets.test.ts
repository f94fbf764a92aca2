import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ringOf, textOf } from '../../src/access/secrets/key-ring.ts';
import { addSupplierSecret } from '../../src/access/supplier-secrets.ts';
import { parseSecret } from '../../src/standard-webhooks/secret.ts';
import { signMessage } from '../../src/standard-webhooks/sign-message.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { openTenant } from '../support/flags.ts';
import { until } from '../support/until.ts';
import { cli, type Cli } from './run.ts';

const [old, fresh, lost] = [randomBytes(32), randomBytes(32), randomBytes(32)];
const [oldId, freshId, lostId] = [old, fresh, lost].map((key) => ringOf(key)[0].id);
const only = (...keys: [Buffer, ...Buffer[]]) => ({ SECRETS_KEYS: textOf(ringOf(...keys)) });
const MISFIT = `The secrets keys do not fit the database: it was written with the key ${oldId}, and here is ${lostId}. Put the missing key beside it`;

let test: TestDatabase;
let shell: Cli;
let secret: Buffer;

beforeAll(async () => {
  test = await testDatabase();
  shell = await cli({
    DATABASE_URL: test.url,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    PORT: '0',
    METRICS_PORT: '0',
  });
  await openTenant(test.database, 'shop', ['acme']);
  const { stdout } = await shell.run(['supplier', 'rotate-secret', 'acme', '--tenant', 'shop', '--json'], {
    env: only(old),
  });
  secret = parseSecret((JSON.parse(stdout) as { secret: string }).secret);
});
afterAll(async () => {
  await shell?.close();
  await test?.drop();
});

/** Starts a process, and gives what it says until it ends or the test is done with it. */
function start(args: string[], env: Record<string, string>) {
  const child = shell.start(args, env);
  let [stdout, stderr] = ['', ''];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return { child, said: () => stdout + stderr };
}

async function send(port: string) {
  const body = JSON.stringify({ sku: 'CHAIR-01', quantity: 1, updatedAt: new Date().toISOString() });
  const id = `msg_${randomBytes(6).toString('hex')}`;
  const headers = signMessage({ id, timestampSeconds: Math.floor(Date.now() / 1000), body, secret });
  return fetch(`http://127.0.0.1:${port}/v1/tenants/shop/suppliers/acme/events`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  });
}

describe('with a wrong key', () => {
  it('a server says so in its log and at the first answer of /readyz, and tells suppliers to come again', async () => {
    const ports = { PORT: String(await getPort()), METRICS_PORT: String(await getPort()) };
    const { child, said } = start(['server'], { ...only(lost), ...ports });
    const url = `http://127.0.0.1:${ports.PORT}`;
    await until(async () => (await fetch(`${url}/healthz`)).ok, 30_000, 20);
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ code: 'not_ready', detail: expect.stringContaining(MISFIT) });
    await until(async () => said().includes(MISFIT));

    const refused = await send(ports.PORT);
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '30']);
    expect(await refused.json()).toMatchObject({ code: 'not_ready' });
    expect(await test.database.supplierEvent.count()).toBe(0);
    child.kill('SIGTERM');
    await once(child, 'close');
    for (const key of [lost, old]) expect(said()).not.toContain(key.toString('base64'));
  });

  it('a worker ends, and says so', async () => {
    const { code, stderr } = await shell.run(['worker'], { env: only(lost) });
    expect(code).toBe(1);
    expect(stderr).toContain(MISFIT);
  });

  it('a command that would write does nothing, and says so', async () => {
    const args = ['supplier', 'rotate-secret', 'acme', '--tenant', 'shop'];
    const { code, stdout, stderr } = await shell.run(args, { env: only(lost) });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(MISFIT);
    expect(await test.database.supplierSecret.count()).toBe(1);
  });

  it('doctor says so', async () => {
    const { code, stdout } = await shell.run(['doctor', '--json'], { env: only(lost) });
    expect(code).toBe(1);
    const checks = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string });
    expect(checks).toContainEqual(
      expect.objectContaining({
        name: 'secrets keys',
        status: 'failed',
        detail: expect.stringContaining(MISFIT),
      }),
    );
  });

  it('status shows what it needs, and fails', async () => {
    const { code, stdout, stderr } = await shell.run(['secrets', 'status', '--json'], { env: only(lost) });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual([
      { key: lostId, is: 'writing', suppliers: 0, storefronts: 0, feeds: 0, channels: 0 },
      { key: oldId, is: 'not here', suppliers: 1, storefronts: 0, feeds: 0, channels: 0 },
    ]);
    expect(stderr).toContain(MISFIT);
  });

  it('and with none at all, server and worker say what to set', async () => {
    for (const process of ['server', 'worker']) {
      const { code, stderr } = await shell.run([process]);
      expect(code).toBe(1);
      expect(stderr).toMatch(/There is no key for the secrets in the database: set SECRETS_KEYS/);
    }
  });
});

describe('secrets rotate', () => {
  it('says first how much it would do, does it, and says which key is needed no more', async () => {
    const both = only(fresh, old);
    const plan = await shell.run(['secrets', 'rotate', '--dry-run', '--json'], { env: both });
    expect(JSON.parse(plan.stdout)).toEqual({ dryRun: true, keyId: freshId, secrets: 1 });
    expect(plan.stderr).toContain('nothing was changed');
    expect(await test.sql(`SELECT id FROM secrets_key`)).toEqual([{ id: oldId }]);

    const done = await shell.run(['secrets', 'rotate', '--reason', 'yearly'], { env: both });
    expect([done.code, done.stdout]).toEqual([
      0,
      `under the key ${freshId} now: 1 secrets of suppliers, 0 of storefronts, 0 of feeds, 0 of channels\n`,
    ]);
    expect(done.stderr).toContain(`Nothing in the database needs ${oldId} any more.`);
    const status = await shell.run(['secrets', 'status'], { env: only(fresh) });
    expect([status.code, status.stdout]).toEqual([
      0,
      expect.stringMatching(`${freshId} +here, writes +1 +0 +0 +0\n`),
    ]);
    const doctor = await shell.run(['doctor', '--json'], { env: only(fresh) });
    expect(doctor.stdout).toContain(`{"name":"secrets keys","status":"ok","detail":"${freshId}"`);
  });
});

describe('secrets discard', () => {
  it('names what would be gone, and does it when it is told to', async () => {
    await addSupplierSecret(test.database, ringOf(lost), 'shop', 'acme');
    const wrong = await shell.run(['secrets', 'rotate'], { env: only(fresh) });
    expect([wrong.code, wrong.stdout]).toEqual([1, '']);
    expect(wrong.stderr).toContain(lostId);
    const plan = await shell.run(['secrets', 'discard'], { env: only(fresh) });
    expect(plan.stdout).toBe(
      '1 secrets that no key here opens would be gone; their owners get new ones by\n' +
        '  catalog-sync supplier rotate-secret acme --tenant shop\n',
    );
    const done = await shell.run(['secrets', 'discard', '--yes', '--json'], { env: only(fresh) });
    expect(JSON.parse(done.stdout)).toEqual({
      discarded: true,
      secrets: 1,
      renewBy: ['catalog-sync supplier rotate-secret acme --tenant shop'],
    });
    expect((await shell.run(['secrets', 'status'], { env: only(fresh) })).code).toBe(0);
  });
});
