import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ringOf } from '../../../src/access/secrets/key-ring.ts';
import { decryptSecret } from '../../../src/access/secrets/encryption.ts';
import { answers, freePort, loopback } from '../../../src/process/ports.ts';
import { prepareDemoCache } from '../../../src/start/demo-cache/demo-cache.ts';
import { noteDemoAddresses } from '../../../src/start/demo-cache/demo-storefronts.ts';
import { storefrontContext } from '../../../src/storefront/of-tenant.ts';
import { openForTest, scratchFolder } from '../../embedded/scratch.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { openTenant } from '../../support/flags.ts';
import { shopAt } from '../../support/shop-at.ts';
import { until } from '../../support/until.ts';

/** Answers by its name, as the VCL has a real one do. Starts once, and never again, in the folder of its own program. */
const FAKE_VARNISH = `#!${process.execPath}
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const given = (flag) => process.argv[process.argv.indexOf(flag) + 1];
const [host, port] = given('-a').split(':');
const [, name] = /x-start-instance = "(.*)"/.exec(readFileSync(given('-f'), 'utf8'));
const mark = __dirname + '/died';
if (existsSync(mark)) process.exit(1);
require('node:http').createServer((request, response) => {
  if (request.method === 'PUT') { writeFileSync(mark, ''); process.exit(1); }
  response.setHeader('x-start-instance', name).end();
}).listen(Number(port), host);
`;

const KEYS = ringOf(Buffer.alloc(32, 7));
/** Varnish's own; a start beside may take it, too. */
const USUAL_PORT = 6081;
const TENANTS = ['demo-a', 'demo-b'];
let db: TestDatabase;
let dataDir: string;

beforeAll(async () => {
  db = await testDatabase();
  for (const tenant of TENANTS) await openTenant(db.database, tenant, ['acme']);
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.sql('DELETE FROM storefront');
  dataDir = scratchFolder();
  const programs = scratchFolder();
  writeFileSync(path.join(programs, 'varnishd'), FAKE_VARNISH, { mode: 0o755 });
  vi.stubEnv('PATH', `${programs}${path.delimiter}${process.env['PATH']}`);
});

async function machine() {
  const supervisor = await openForTest(dataDir);
  const said: string[] = [];
  const signal = new AbortController().signal;
  const prepare = (
    shopPort: number,
    { isWanted = true, secret = Buffer.alloc(32, 1), ports = [USUAL_PORT] } = {},
  ) =>
    prepareDemoCache({ supervisor, signal, say: (line) => said.push(line) }, db.database, KEYS, {
      ...{ tenants: TENANTS, isWanted, secret, ports },
      shopUrl: `http://${loopback}:${shopPort}`,
    });
  return { prepare, said };
}

const rows = () =>
  db.sql<{ tenant_id: string; name: string; url: string; secret: Buffer | null }>(
    'SELECT tenant_id, name, url, secret FROM storefront ORDER BY tenant_id, name DESC',
  );
const places = async () => (await rows()).map(({ tenant_id, name, url }) => `${tenant_id} ${name} ${url}`);
const atShop = (shopPort: number, cacheUrl: string, tenants = TENANTS) =>
  tenants.flatMap((tenant) => [
    `${tenant} shop http://${loopback}:${shopPort}`,
    `${tenant} cache ${cacheUrl}`,
  ]);
const isNoted = () => existsSync(path.join(dataDir, 'demo-cache.json'));

describe('the cache before the demo storefront', () => {
  it('knows its storefronts again after a start that was killed before it moved them', async () => {
    const { prepare } = await machine();
    const first = await prepare(7001);
    expect(await places()).toEqual(atShop(7001, first?.url ?? ''));
    await noteDemoAddresses(dataDir, {
      shopUrl: `http://${loopback}:7002`,
      cacheUrl: `http://${loopback}:7003`,
    });
    await db.sql(`UPDATE storefront SET url = $1 WHERE tenant_id = 'demo-b' AND name = 'shop'`, [
      `http://${loopback}:7002`,
    ]);
    const secret = Buffer.alloc(32, 2);
    const third = await prepare(7004, { secret });
    expect(await places()).toEqual(atShop(7004, third?.url ?? ''));
    for (const { tenant_id, secret: sealed } of (await rows()).filter(({ name }) => name === 'shop'))
      expect(decryptSecret(KEYS, sealed ?? Buffer.alloc(0), storefrontContext(tenant_id, 'shop'))).toEqual(
        secret,
      );
    await prepare(7005, { isWanted: false });
    expect(await rows()).toEqual([]);
    expect(isNoted()).toBe(false);
  });

  it("leaves a tenant with somebody else's storefront alone, and takes it once that is gone", async () => {
    const { prepare } = await machine();
    const first = await prepare(7001);
    await shopAt(db.sql, 'http://elsewhere.example', 'demo-b', { name: 'other', place: 3 });
    const second = await prepare(7002);
    const left = atShop(7001, first?.url ?? '', ['demo-b']);
    expect(second?.tenants).toEqual(['demo-a']);
    await prepare(7003, { isWanted: false });
    expect((await places()).filter((place) => !place.includes('other'))).toEqual(left);
    expect(isNoted()).toBe(true);
    await db.sql(`DELETE FROM storefront WHERE name = 'other'`);
    await prepare(7003, { isWanted: false });
    expect(await rows()).toEqual([]);
    expect(isNoted()).toBe(false);
  });

  it('leaves alone the ports that others are about to take', async () => {
    const { prepare } = await machine();
    const cache = await prepare(7001);
    expect(new URL(cache?.url ?? '').port).not.toBe(String(USUAL_PORT));
  });

  it('is gone before another try, which has a folder of its own', async () => {
    const { prepare } = await machine();
    const first = await prepare(7001);
    expect(await first?.start()).toBe(true);
    const folders = () => readdirSync(path.join(dataDir, 'varnish'));
    const [folder] = folders();
    await first?.stop();
    expect(await answers(loopback, Number(new URL(first?.url ?? '').port))).toBe(false);
    const second = await prepare(await freePort());
    const starting = second?.start();
    await second?.stop();
    expect(await starting).toBe(false);
    expect(await answers(loopback, Number(new URL(second?.url ?? '').port))).toBe(false);
    const third = await prepare(7003);
    expect(await third?.start()).toBe(true);
    expect(folders()).not.toContain(folder);
    expect(folders()).toHaveLength(1);
    expect(await places()).toEqual(atShop(7003, third?.url ?? ''));
  });

  it('that ends again and again leaves its tenants to the default storefront', async () => {
    const { prepare, said } = await machine();
    const cache = await prepare(7001);
    expect(await cache?.start()).toBe(true);
    await fetch(cache?.url ?? '', { method: 'PUT' }).catch(() => undefined);
    await until(async () => (await rows()).length === 0);
    await until(() => Promise.resolve(!isNoted()));
    expect(said.at(-1)).toContain('has no cache before it: Varnish ended 5 times within a minute');
    await cache?.take('demo-a');
    expect(await rows()).toEqual([]);
  });
});
