import { createServer, type Server } from 'node:http';
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { formatTime } from '../../../src/domain/time.ts';
import { readLastHeard } from '../../../src/feed/health/last-heard.ts';
import { requestDueRuns } from '../../../src/feed/run/request-due-runs.ts';
import type { RunStatus } from '../../../src/feed/run/told-run.ts';
import { nameFits } from '../../../src/feed/file/name-fits.ts';
import { readFeed } from '../../../src/feed/store/read-feeds.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { until } from '../../support/until.ts';
import { feedOf, openShop, TENANT } from '../run/run-world.ts';
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
  let answer: { status: number; etag?: string; modified?: string; body: string; cut?: boolean };
  const asked: (string | undefined)[] = [];
  const source = () =>
    `{ http: { url: 'http://127.0.0.1:${(server.address() as AddressInfo).port}/out/stock.csv', headers: { Authorization: Bearer x } } }`;

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.headers['if-none-match']);
      if (request.headers.authorization !== 'Bearer x') return response.writeHead(401).end();
      const { status, etag, modified, body, cut } = answer;
      const said = {
        ...(etag !== undefined && { etag }),
        ...(modified !== undefined && { 'last-modified': modified }),
      };
      if (etag !== undefined && request.headers['if-none-match'] === etag)
        return response.writeHead(304, said).end();
      response.writeHead(status, {
        ...said,
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

  it('is new where it is again what it was before the last one, and a row says when', async () => {
    await feedOf(test, 'web', COLUMNS, source());
    const states = [];
    for (const [no, quantity] of [5, 4, 5, 5].entries()) {
      answer = { status: 200, etag: `"${quantity}"`, body: stock(quantity) };
      const { state, events } = await fetch('web');
      states.push([no, state, events.accepted]);
    }
    expect(states).toEqual([
      [0, 'completed', 1],
      [1, 'completed', 1],
      [2, 'completed', 0],
      [3, 'unchanged', 0],
    ]);
  });

  it.each([
    ['file', '"5"'],
    ['received', '"5"'],
    ['file', undefined],
  ])('counts by its time too where its rows have the time of the %s, with the ETag %s', async (of, etag) => {
    await feedOf(test, 'web', `columns: { sku: sku, quantity: qty }\ntimes: { of: ${of} }\n`, source());
    const states = [];
    for (const hour of ['06', '06', '07', '07']) {
      const modified = `Fri, 20 Nov 2026 ${hour}:00:00 GMT`;
      answer = { status: 200, ...(etag !== undefined && { etag }), modified, body: stock(5) };
      const { state, events } = await fetch('web');
      states.push([hour, state, events.accepted]);
    }
    expect(states).toEqual([
      ['06', 'completed', 1],
      ['06', 'unchanged', 0],
      ['07', 'completed', 1],
      ['07', 'unchanged', 0],
    ]);
  });

  it('says nothing of its supplier where it has no ETag, and is as it was', async () => {
    await feedOf(test, 'web', COLUMNS, source());
    answer = { status: 200, body: stock(1) };
    const { createdAt } = await fetch('web');
    expect((await fetch('web')).state).toBe('unchanged');
    const [heard] = (await readLastHeard(test.database, [TENANT])).values();
    expect((await readFeed(test.database, TENANT, 'web'))?.lastHeardAt).toBe(createdAt);
    expect(heard && formatTime(heard.at)).toBe(createdAt);
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

describe('a bucket', () => {
  it('gives an object again that is what it was before the last one, and counts one once', async () => {
    const objects = new Map<string, [quantity: number, hour: string]>();
    const server = createServer((request, response) => {
      const key = new URL(request.url ?? '', 'http://x').pathname.replace('/shop/', '');
      if (key !== '') return response.end(stock(objects.get(key)?.[0] ?? 0));
      const list = [...objects].map(
        ([name, [quantity, hour]]) =>
          `<Contents><Key>${name}</Key><LastModified>2026-11-20T${hour}:00:00.000Z</LastModified>` +
          `<ETag>&quot;${quantity}&quot;</ETag></Contents>`,
      );
      return response.end(`<ListBucketResult>${list.join('')}</ListBucketResult>`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const timed = 'columns: { sku: sku, quantity: qty }\ntimes: { of: file }\n';
    await feedOf(test, 'bucket', timed, `{ s3: { bucket: shop, endpoint: '${endpoint}' } }`);
    const states = [];
    for (const [quantity, hour] of [
      [5, '06'],
      [5, '06'],
      [4, '07'],
      [5, '08'],
      [5, '08'],
    ] as const) {
      objects.set('stock.csv', [quantity, hour]);
      const { state, events } = await fetch('bucket');
      states.push([quantity, hour, state, events.accepted]);
    }
    expect(states).toEqual([
      [5, '06', 'completed', 1],
      [5, '06', 'unchanged', 0],
      [4, '07', 'completed', 1],
      [5, '08', 'completed', 1],
      [5, '08', 'unchanged', 0],
    ]);
  });
});

describe('a folder on the worker', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'catalog-sync-feeds-'));
    await mkdir(path.join(folder, TENANT));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const put = async (name: string, content: string, secondsAgo: number): Promise<void> => {
    const file = path.join(folder, TENANT, name);
    await writeFile(file, content);
    const at = new Date(Date.now() - secondsAgo * 1000);
    await utimes(file, at, at);
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

  it.each([
    ['of its own', COLUMNS, ['completed 1', 'unchanged 0', 'completed 1', 'completed 0']],
    [
      'of the file',
      'columns: { sku: sku, quantity: qty }\ntimes: { of: file }\n',
      ['completed 1', 'completed 1', 'completed 1', 'completed 1'],
    ],
  ])('takes what was written again as it was, by rows with times %s', async (_, mapping, expected) => {
    await feedOf(test, 'drop', mapping, '{ folder: { path: . } }');
    const states = [];
    for (const [quantity, secondsAgo] of [
      [5, 400],
      [5, 300],
      [4, 200],
      [5, 100],
    ] as const) {
      await put('stock.csv', stock(quantity), secondsAgo);
      const { state, events } = await fetch('drop', { folder });
      states.push(`${state} ${events.accepted}`);
    }
    expect(states).toEqual(expected);
    expect((await fetch('drop', { folder })).state).toBe('unchanged');
  });

  it('goes on with the newest snapshot after one that is dated in the future', async () => {
    await feedOf(test, 'drop', `${COLUMNS}kind: snapshot\n`, "{ folder: { path: 'stock-*.csv' } }");
    const next = async () => {
      const { runId, state } = await fetch('drop', { folder });
      const run = state === 'fetching' ? await go(runId, { folder }) : { state };
      return [run.state, 'file' in run ? run.file.name : null];
    };
    await put('stock-old.csv', stock(1), 200);
    await put('stock-future.csv', stock(2), -86_400);
    expect(await next()).toEqual(['completed', 'stock-future.csv']);
    expect(await next()).toEqual(['unchanged', null]);
    await put('stock-next.csv', stock(3), 0);
    expect(await next()).toEqual(['completed', 'stock-next.csv']);
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

  it('gives one whose run has failed, or was cancelled, again to whoever asks, once there is no new one', async () => {
    await feedOf(test, 'drop', `every: 15m\n${COLUMNS}`, '{ folder: { path: . } }');
    await put('stock-1.csv', stock(1).repeat(2).slice(0, -10), 200);
    await writeFile(path.join(folder, TENANT, 'stock-1.csv.gz'), Buffer.from([0x1f, 0x8b, 8, 0]));
    await utimes(path.join(folder, TENANT, 'stock-1.csv.gz'), 1, 1);
    await put('stock-2.csv', stock(2), 100);
    const names = [];
    for (let no = 0; no < 4; no += 1) {
      const { state, file } = await fetch('drop', { folder });
      names.push([state, file.name]);
      if (no === 1) await test.sql(`UPDATE feed_run SET state = 'cancelled' WHERE file_name = 'stock-1.csv'`);
    }
    expect(names).toEqual([
      ['failed', 'stock-1.csv.gz'],
      [expect.any(String), 'stock-1.csv'],
      ['completed', 'stock-2.csv'],
      ['failed', 'stock-1.csv.gz'],
    ]);
    await rm(path.join(folder, TENANT, 'stock-1.csv.gz'));
    await requestDueRuns(test.as('worker'));
    const [{ id } = { id: '' }] = await test.database.feedRun.findMany({ where: { trigger: 'schedule' } });
    expect(await go(id, { folder })).toMatchObject({ state: 'unchanged' });
    expect((await fetch('drop', { folder })).file.name).toBe('stock-1.csv');
  });

  it("is the tenant's own, and no link leads out of it", async () => {
    await mkdir(path.join(folder, 'rival'));
    await writeFile(path.join(folder, 'rival', 'stock.csv'), stock(9));
    await writeFile(path.join(folder, 'stock.csv'), stock(9));
    await symlink(path.join(folder, 'rival', 'stock.csv'), path.join(folder, TENANT, 'linked.csv'));
    await feedOf(test, 'all', COLUMNS, '{ folder: { path: . } }');
    expect((await fetch('all', { folder })).state).toBe('unchanged');
    for (const [no, where] of ['..', '../rival', path.join(folder, 'rival/*.csv'), 'linked.csv'].entries()) {
      await feedOf(test, `out-${no}`, COLUMNS, `{ folder: { path: '${where}' } }`);
      expect((await fetch(`out-${no}`, { folder })).failure).toContain(
        "leads out of the tenant's own folder",
      );
    }
  });

  it('is below the one that the worker may read', async () => {
    await feedOf(test, 'drop', COLUMNS, '{ folder: { path: ../.. } }');
    expect((await fetch('drop', { folder })).failure).toContain('FEED_FOLDER');
    await symlink('/', path.join(folder, TENANT, 'out'));
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

  it('goes on for all others where the document of one can be read no more, which fails with the reason', async () => {
    const source = "{ http: { url: 'http://127.0.0.1:1/a.csv' } }";
    await feedOf(test, 'bad', `every: 15m\n${COLUMNS}`, source);
    await feedOf(test, 'good', `every: 15m\n${COLUMNS}`, source);
    await test.sql(`UPDATE feed_version SET document = document || '{"kind":"all"}' WHERE feed_id = 'bad'`);
    await test.sql(`UPDATE feed SET next_due_us = 1 WHERE id = 'bad'`);
    await requestDueRuns(test.as('worker'));
    const runs = await test.database.feedRun.findMany({ orderBy: { feedId: 'asc' } });
    expect(runs.map(({ feedId }) => feedId)).toEqual(['bad', 'good']);
    expect(await go(runs[0]?.id ?? '')).toMatchObject({
      state: 'failed',
      failure: expect.stringContaining('set it again: kind'),
    });
    expect(await test.database.feed.findFirstOrThrow({ where: { id: 'bad' } })).toMatchObject({
      nextDueUs: null,
    });
  });
});

describe('a pattern of names', () => {
  it.each([
    ['stock-*.csv', 'stock-1.csv', true],
    ['stock-*.csv', 'stock-1.csv.part', false],
    ['a?c', 'abc', true],
    ['a.c', 'abc', false],
    ['*', '', true],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['st?ck', 'st\u{1F4E6}ck', true],
    [`${'*a'.repeat(40)}b`, 'a'.repeat(200), false],
  ])('%s and %s: %s', (pattern, name, fits) => {
    expect(nameFits(pattern, name)).toBe(fits);
  });
});
