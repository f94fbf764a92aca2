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
import { serve } from '../../storefront/http-stub.ts';
import { faultyReceiver, type FaultyReceiver } from './faulty-receiver.ts';
import { SKU, stockShop } from './stock-shops.ts';

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
  await add('shop', 'webhook', { url: shop.url, limits: { itemsPerCall: 50, callsAtOnce: 4 } }).then(
    ({ secret }) => parseSecret(secret).copy(shop.secret),
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

/** A cache in which nothing is, that asks for a token or does not. */
async function guarded(asks: boolean) {
  const url = await serve(({ headers }, response) => {
    response.writeHead(asks && headers['x-token'] !== 'token' ? 403 : 404).end();
  });
  const requests = [{ path: '/{sku}', headers: { 'x-token': '{secret}' }, nothing: { status: [404] } }];
  return { url, config: { requests, page: { path: '/{sku}', quantity: { css: 'b' } } } };
}

const addCache = (name: string, path: string) =>
  add(name, 'purge', {
    url: `http://127.0.0.1:${(cache.address() as AddressInfo).port}`,
    place: 2,
    requests: [{ path, nothing: { status: [404] } }],
    page: { path: '/products/{sku}', quantity: { css: 'b' } },
  });

const ok = (promise: string) => [promise, 'ok'];

async function check(name: string, ...more: string[]) {
  const { code, stdout, stderr } = await shell.run([...CHECK, name, ...more, '--json']);
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
      [
        ...[ok('answers'), ok('takes-purges'), ['refuses-other-secrets', 'skipped'], ok('takes-again')],
        ...[ok('tells-nothing'), ok('throws-pages-away'), ok('answers-in-time'), ok('shows-published')],
      ],
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

  it('finds a cache that lets anybody throw pages away, where it is to ask for a token', async () => {
    const { url, config } = await guarded(false);
    await add('edge', 'purge', { url, place: 3, secret: 'token', ...config });
    const open = await check('edge');
    expect([open.code, open.of('failed').map(({ promise }) => promise)]).toEqual([
      1,
      ['refuses-other-secrets'],
    ]);
    await add('guarded', 'purge', { url: (await guarded(true)).url, ...config, place: 3, secret: 'token' });
    const { code, of } = await check('guarded');
    expect([code, of('failed')]).toEqual([0, []]);
    expect(of('ok').map(({ promise }) => promise)).toContain('refuses-other-secrets');
  });

  it('tries a shop on the item that is named, within its limits, and puts back what it had', async () => {
    const medusa = await stockShop('medusa', { answersAfterMs: 2 });
    await add('medusa', 'medusa', {
      ...{ url: medusa.storefront.url, email: 'sync@example.com', secret: 'right', place: 4 },
      limits: { callsPerSecond: 200, callsAtOnce: 2, itemsPerCall: 3 },
    });
    const { code, of, rows } = await check('medusa', '--sku', SKU);
    expect([code, of('failed'), rows.length]).toEqual([0, [], 15]);
    expect(rows.find(({ promise }) => promise === 'bears-its-limits')?.detail).toBe('6 calls, 2 at a time');
    expect(medusa.kept).toEqual({ quantity: 5, version: 0 });
    expect(await test.sql('SELECT calls_until_us FROM storefront WHERE name = $$medusa$$')).toEqual([
      { calls_until_us: [] },
    ]);
  });

  it('tries a shop on no item but one that was made for it', async () => {
    const refused = async (...more: string[]) => {
      const { code, stdout, stderr } = await shell.run([...CHECK, ...more]);
      return [code, stdout, stderr.replaceAll(/\s+/g, ' ').trim()];
    };
    expect(await refused('medusa')).toEqual([2, '', expect.stringContaining('name its SKU by --sku')]);
    expect(await refused('medusa', '--sku', 'chair-01')).toEqual([
      ...[1, '', expect.stringContaining(`${ITEM} is an item of the catalog`)],
    ]);
    expect(await refused('shop', '--sku', SKU)).toEqual([
      ...[2, '', expect.stringContaining('needs no item: leave out --sku')],
    ]);
  });

  it('of one that is not there says so', async () => {
    expect(await shell.run([...CHECK, 'nobody'])).toMatchObject({
      code: 1,
      stderr: 'error: Tenant canary has no storefront nobody.\n',
    });
  });
});
