import { createServer, type Server } from 'node:http';
import { mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { requestDueRuns } from '../../../src/feed/run/request-due-runs.ts';
import type { RunStatus } from '../../../src/feed/run/told-run.ts';
import { nameFits } from '../../../src/feed/source/name-fits.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { until } from '../../support/until.ts';
import { feedOf, openShop } from '../run/run-world.ts';
import { carryOnFetch, fetchNow, type Try } from './fetching.ts';

const COLUMNS = 'columns: { sku: sku, quantity: qty, updatedAt: at }\n';
const stock = (quantity: number): string => `sku,qty,at\nA,${quantity},2026-11-20T06:00:00Z\n`;
let test: TestDatabase;

beforeEach(async () => {
  test = await testDatabase();
  await openShop(test);
});
afterEach(() => test?.drop());

const fetch = (feed: string, once?: Try): Promise<RunStatus> => fetchNow(test, feed, once);
const go = (runId: string, once?: Try): Promise<RunStatus> => carryOnFetch(test, runId, once);

describe('a file behind an address', () => {
  let server: Server;
  let answer: { status: number; etag?: string; body: string; cut?: boolean };
  const asked: (string | undefined)[] = [];
  const source = () =>
    `{ http: { url: 'http://127.0.0.1:${(server.address() as AddressInfo).port}/out/stock.csv', headers: { Authorization: Bearer x } } }`;

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.headers['if-none-match']);
      if (request.headers.authorization !== 'Bearer x') return response.writeHead(401).end();
      if (answer.etag !== undefined && request.headers['if-none-match'] === answer.etag)
        return response.writeHead(304).end();
      const { status, etag, body, cut } = answer;
      response.writeHead(status, {
        ...(etag !== undefined && { etag }),
        'content-length': Buffer.byteLength(body),
      });
      if (!cut) return response.end(body);
      response.write(body.slice(0, 20));
      return setTimeout(() => response.destroy(), 50);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('is fetched once for each of its states', async () => {
    await feedOf(test, 'web', COLUMNS, source());
    answer = { status: 200, etag: '"1"', body: stock(1) };
    expect(await fetch('web')).toMatchObject({
      state: 'completed',
      file: { name: 'stock.csv' },
      events: { accepted: 1 },
    });
    expect((await fetch('web')).state).toBe('unchanged');
    expect(asked.at(-1)).toBe('"1"');
    // Another name of the same bytes.
    answer = { status: 200, etag: '"2"', body: stock(1) };
    expect((await fetch('web')).state).toBe('unchanged');
    answer = { status: 200, etag: '"3"', body: stock(2) };
    expect(await fetch('web')).toMatchObject({ state: 'completed', events: { accepted: 1 } });
  });

  it('fails where it is not given, or is cut, and says why', async () => {
    await feedOf(test, 'web', COLUMNS, source());
    answer = { status: 404, body: 'gone' };
    expect(await fetch('web', { attempt: 1 })).toMatchObject({
      state: 'failed',
      failure: expect.stringContaining('404'),
    });
    answer = { status: 503, body: 'busy' };
    await expect(fetch('web', { attempt: 1 })).rejects.toThrow('503');
    const [{ id } = { id: '' }] = await test.database.feedRun.findMany({ where: { state: 'fetching' } });
    expect(await go(id, { attempt: 5 })).toMatchObject({ state: 'failed' });
    answer = { status: 200, etag: '"4"', body: stock(1), cut: true };
    expect(await fetch('web')).toMatchObject({
      state: 'failed',
      failure: expect.stringContaining('cut on its way'),
    });
    answer = { status: 200, etag: '"4"', body: stock(1) };
    expect((await fetch('web')).state).toBe('completed');
  });
});

describe('a try that was given up, and goes on', () => {
  it('takes nothing away of the file that another one has fetched', async () => {
    const answers: (() => void)[] = [];
    const server = createServer((_request, response) => {
      const answer = (): unknown => response.end(stock(1));
      // The first waits until the second has its answer.
      if (answers.push(answer) === 2) answer();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/stock.csv`;
    await feedOf(test, 'web', COLUMNS, `{ http: { url: '${url}' } }`);
    const first = fetch('web');
    await until(async () => answers.length === 1);
    const [{ id } = { id: '' }] = await test.database.feedRun.findMany();
    expect(await go(id, { attempt: 2 })).toMatchObject({ state: 'completed' });
    answers[0]?.();
    expect(await first).toMatchObject({ state: 'completed', events: { accepted: 1 } });
    expect(await test.database.feedFile.count()).toBe(1);
  });
});

describe('a worker that ends', () => {
  it('leaves a run that is fetched to the next one, however often it was tried', async () => {
    const abort = new AbortController();
    const server = createServer((_request, response) => {
      response.writeHead(200, { 'content-length': 1_000 }).write(stock(1));
      setTimeout(() => abort.abort(new Error('the worker ends')), 50);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/stock.csv`;
    await feedOf(test, 'web', COLUMNS, `{ http: { url: '${url}' } }`);
    await expect(fetch('web', { signal: abort.signal })).rejects.toThrow('the worker ends');
    expect(await test.database.feedRun.findMany()).toMatchObject([{ state: 'fetching', failure: null }]);
  });
});

describe('a folder on the worker', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'catalog-sync-feeds-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const put = async (name: string, content: string, secondsAgo: number): Promise<void> => {
    await writeFile(path.join(folder, name), content);
    const at = new Date(Date.now() - secondsAgo * 1000);
    await utimes(path.join(folder, name), at, at);
  };

  it('gives each of its files once, the oldest first, and leaves what others put there', async () => {
    await feedOf(test, 'drop', COLUMNS, "{ folder: { path: 'stock-*.csv' } }");
    await put('stock-2.csv', stock(2), 100);
    await put('stock-1.csv', stock(1), 200);
    await put('notes.txt', 'x', 300);
    const names = [];
    for (let no = 0; no < 3; no += 1) {
      const { state, file } = await fetch('drop', { folder });
      names.push([state, file.name]);
    }
    expect(names).toEqual([
      ['completed', 'stock-1.csv'],
      ['completed', 'stock-2.csv'],
      ['unchanged', null],
    ]);
  });

  it('waits for one that is still written', async () => {
    await feedOf(test, 'drop', COLUMNS, '{ folder: { path: . } }');
    await put('stock.csv', stock(1).slice(0, 20), 0);
    expect((await fetch('drop', { folder })).state).toBe('fetching');
    await put('stock.csv', stock(1), 1);
    const [{ id } = { id: '' }] = await test.database.feedRun.findMany();
    expect((await go(id, { attempt: 1, folder })).state).toBe('fetching');
    expect(await go(id, { attempt: 1, folder })).toMatchObject({
      state: 'completed',
      events: { accepted: 1 },
    });
  });

  it('is below the one that the worker may read', async () => {
    await feedOf(test, 'drop', COLUMNS, '{ folder: { path: ../.. } }');
    expect((await fetch('drop', { folder })).failure).toContain('FEED_FOLDER');
    await symlink('/', path.join(folder, 'out'));
    await feedOf(test, 'link', COLUMNS, '{ folder: { path: out/etc } }');
    expect((await fetch('link', { folder })).failure).toContain('FEED_FOLDER');
    expect((await fetch('link')).failure).toContain('FEED_FOLDER');
  });
});

describe('a schedule', () => {
  it('asks for a run when its time has come, and no other while one is under way', async () => {
    await feedOf(test, 'web', `every: 15m\n${COLUMNS}`, "{ http: { url: 'http://127.0.0.1:1/a.csv' } }");
    await Promise.all([requestDueRuns(test.as('worker')), requestDueRuns(test.as('worker'))]);
    await requestDueRuns(test.as('worker'));
    expect(await test.database.feedRun.findMany()).toMatchObject([
      { trigger: 'schedule', state: 'fetching' },
    ]);
    await test.sql('UPDATE feed SET next_due_us = 1');
    await requestDueRuns(test.as('worker'));
    expect(await test.database.feedRun.count()).toBe(1);
  });
});

describe('a pattern of names', () => {
  it.each([
    ['stock-*.csv', 'stock-1.csv', true],
    ['stock-*.csv', 'stock-1.csv.part', false],
    ['a?c', 'abc', true],
    ['a.c', 'abc', false],
  ])('%s and %s: %s', (pattern, name, fits) => {
    expect(nameFits(pattern, name)).toBe(fits);
  });
});
