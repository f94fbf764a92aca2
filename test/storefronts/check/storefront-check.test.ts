import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ringOf, textOf } from '../../../src/access/secrets/key-ring.ts';
import { parseSecret } from '../../../src/standard-webhooks/secret.ts';
import { cli, type Cli } from '../../cli/run.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { openTenant } from '../../support/flags.ts';
import { storyTeller } from '../../trace/story.ts';
import { faultyReceiver, type FaultyReceiver } from './faulty-receiver.ts';

const ITEM = 'canary:CHAIR-01';
const CHECK = ['storefront', 'check', '--tenant', 'canary'];
let test: TestDatabase;
let shell: Cli;
let shop: FaultyReceiver;
let cache: Server;
/** What the cache keeps, and what it fetches when it keeps nothing. */
const pages = new Map<string, string>();
let origin: string;

beforeAll(async () => {
  test = await testDatabase();
  await openTenant(test.database, 'canary', ['acme']);
  shell = await cli({ DATABASE_URL: test.urlOf('operator'), SECRETS_KEYS: textOf(ringOf(randomBytes(32))) });
  shop = await faultyReceiver();
  origin = '<b>7</b>';
  cache = createServer(({ method, url = '' }, response) => {
    if (method === 'PURGE') return void response.writeHead(pages.delete(url) ? 200 : 404).end();
    if (!url.endsWith('CHAIR-01')) return void response.writeHead(404).end();
    pages.set(url, pages.get(url) ?? origin);
    response.end(pages.get(url));
  });
  await new Promise<void>((resolve) => cache.listen(0, '127.0.0.1', resolve));
  await add('shop', 'webhook', { url: shop.url, limits: { itemsPerCall: 50 } }).then(({ secret }) =>
    parseSecret(secret).copy(shop.secret),
  );
});
afterAll(async () => {
  await shell?.close();
  await shop?.close();
  cache?.closeAllConnections();
  cache?.close();
  await test?.drop();
});

async function add(name: string, kind: string, document: object): Promise<{ secret: string }> {
  const { stdout, stderr } = await shell.run(
    ['storefront', 'add', name, '--tenant', 'canary', '--kind', kind, '--config', '-', '--json'],
    { input: JSON.stringify(document) },
  );
  return JSON.parse(stdout || stderr) as { secret: string };
}

const addCache = (name: string, path: string) =>
  add(name, 'purge', {
    url: `http://127.0.0.1:${(cache.address() as AddressInfo).port}`,
    place: 2,
    requests: [{ path, nothing: { status: [404] } }],
    page: { path: '/products/{sku}', quantity: { css: 'b' } },
  });

async function check(name: string) {
  const { code, stdout, stderr } = await shell.run([...CHECK, name, '--json']);
  const rows = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as { promise: string; status: string; detail: string; todo?: string });
  return { code, stderr, rows, of: (status: string) => rows.filter((row) => row.status === status) };
}

describe('storefront check', () => {
  it('passes a webhook, reads what was published, and ends with 0', async () => {
    const before = await check('shop');
    expect([before.code, before.of('failed')]).toEqual([0, []]);
    expect(before.of('skipped').map(({ promise }) => promise)).toEqual(['shows-published']);

    const seq = await storyTeller(test).save({ id: 'e-1' });
    await storyTeller(test).publish(seq, ITEM, 1, ['accepted', 200]);
    shop.shelf.set(ITEM, { version: 1, quantity: 7 });
    const { code, of, stderr, rows } = await check('shop');
    expect([code, of('failed'), of('skipped')]).toEqual([0, [], []]);
    expect(rows.at(-1)).toMatchObject({
      promise: 'shows-published',
      detail: `the page of ${ITEM} shows 7 in version 1`,
    });
    expect(stderr).toBe('19 kept, 0 broken, 0 skipped.\n');
    expect(shop.shelf.get(ITEM), 'left alone').toEqual({ version: 1, quantity: 7 });
  });

  it('shows a table of 80 columns, says what to implement, and ends with 1', async () => {
    shop.shelf.set(ITEM, { version: 1, quantity: 9 });
    const { code, stdout, stderr } = await shell.run([...CHECK, 'shop']);
    expect([code, stderr]).toEqual([1, '18 kept, 1 broken, 0 skipped.\n']);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(stdout).toMatch(/^✓ keeps the highest version +a lower one was answered "superseded"$/m);
    expect(stdout).toMatch(/^✗ shows what was published +the page of canary:CHAIR-01 shows 9/m);
    expect(stdout).toMatch(/^ +→ Find out what stands between/m);
  });

  it('passes a cache that throws away the page that was read', async () => {
    await addCache('cache', '/products/{sku}');
    const [seq] = await test.sql<{ seq: bigint }>('SELECT seq FROM supplier_event');
    await storyTeller(test).publish(BigInt(seq?.seq ?? 0), ITEM, 1, ['accepted', 200]);
    const { code, rows } = await check('cache');
    expect([code, rows.map(({ promise, status }) => [promise, status])]).toEqual([
      0,
      ['answers', 'takes-purges', 'tells-nothing', 'throws-pages-away', 'shows-published'].map((id) => [
        id,
        'ok',
      ]),
    ]);
  });

  it('finds a cache that keeps it: the request names another page', async () => {
    await test.sql(
      `UPDATE storefront SET config = jsonb_set(config, '{requests,0,path}', '"/product/{sku}"') WHERE name = 'cache'`,
    );
    origin = '<b>8</b>';
    pages.set('/products/CHAIR-01', '<b>3</b>');
    const { code, of } = await check('cache');
    expect([code, of('failed').map(({ promise }) => promise)]).toEqual([
      1,
      ['throws-pages-away', 'shows-published'],
    ]);
  });

  it('of one that is not there says so', async () => {
    expect(await shell.run([...CHECK, 'nobody'])).toMatchObject({
      code: 1,
      stderr: 'error: Tenant canary has no storefront nobody.\n',
    });
  });
});
