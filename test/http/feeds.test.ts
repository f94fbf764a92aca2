import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { feedSchema, runStatusSchema } from '../../src/http/routes/feeds-schema.ts';
import { startApi, SUPPLIER, TENANT, type Api } from './api.ts';

let api: Api;
let operator: string;

beforeAll(async () => {
  api = await startApi();
  operator = await api.token('operator', TENANT);
});
afterAll(() => api?.close());

const path = `/v1/tenants/${TENANT}/feeds`;
const headers = () => ({ authorization: `Bearer ${operator}` });
const FEED = {
  supplier: SUPPLIER,
  source: { http: { url: 'https://files.example.com/a.csv', headers: { Authorization: 'Bearer sesame' } } },
  columns: { sku: 'sku', quantity: 'qty', updatedAt: 'at' },
};
const put = (name: string, payload: object) =>
  api.app.inject({ method: 'PUT', url: `${path}/${name}`, headers: headers(), payload });

describe('feeds over HTTP', () => {
  it('are set, shown without secrets, and set again as they were shown', async () => {
    const set = await put('night', FEED);
    expect([set.statusCode, set.body.includes('sesame')]).toEqual([200, false]);
    const shown = feedSchema.parse((await api.get(`${path}/night`, operator)).json());
    expect(shown).toMatchObject({ version: 1, source: 'http', document: { feed: 'night' } });
    const again = await put('night', { ...(shown.document as object), kind: 'snapshot' });
    expect([again.statusCode, again.json().version]).toEqual([200, 2]);
    const [{ count } = { count: 0 }] = await api.sql<{ count: number }>(
      'SELECT count(*)::integer AS count FROM feed_version WHERE secrets IS NOT NULL',
    );
    expect(count).toBe(2);
  });

  it('are refused with a pointer to every fault', async () => {
    const { columns: _columns, ...lacking } = FEED;
    const answer = await put('bad', { ...lacking, kind: 'all' });
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'invalid_shape']);
    expect(answer.json().errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(
      expect.arrayContaining(['/columns', '/kind']),
    );
  });

  it('take a file of any type as it comes, once, and say what is refused', async () => {
    await put('drop', { ...FEED, source: { upload: {} } });
    const send = (payload: Buffer) =>
      api.app.inject({
        ...{ method: 'POST', url: `${path}/drop/files?name=stock.csv.gz`, payload },
        headers: { ...headers(), 'content-type': 'application/gzip' },
      });
    const bytes = gzipSync('sku,qty,at\nA,1,2026-11-20T06:00:00Z\n'.repeat(1_000));
    const taken = await send(bytes);
    expect([taken.statusCode, taken.json().state]).toEqual([202, 'reading']);
    const run = runStatusSchema.parse((await api.get(String(taken.headers.location), operator)).json());
    expect(run).toMatchObject({ state: 'reading', file: { name: 'stock.csv.gz', bytes: bytes.length } });
    expect((await send(bytes)).json()).toMatchObject({ code: 'feed_refused' });

    await api.sql(
      `INSERT INTO feed_refusal (run_id, no, line, code, reason, text) VALUES ($1, 1, 7, 'bad_time', 'why', '=x')`,
      [run.runId],
    );
    const shown = (await api.get(String(taken.headers.location), operator)).json();
    expect(shown.refused).toEqual([{ code: 'bad_time', count: 0, reason: 'why', lines: [7] }]);
    const csv = await api.get(`${String(taken.headers.location)}/refused`, operator);
    expect([csv.headers['content-type'], csv.body]).toEqual([
      'text/csv; charset=utf-8',
      'line,code,reason,text\r\n"7","bad_time","why","\'=x"\r\n',
    ]);
  });

  it('preview a sample by a document that may not be one yet, or by its look', async () => {
    const preview = async (more: object) => {
      const sample = Buffer.from('Artikelnr;Bestand;Stand\nA-1;5;2026-11-22T06:00:00Z\n').toString('base64');
      const answer = await api.app.inject({
        ...{ method: 'POST', url: `/v1/tenants/${TENANT}/feed-previews`, headers: headers() },
        payload: { supplier: SUPPLIER, sample, ...more },
      });
      expect([answer.statusCode, answer.statusCode === 200 ? '' : answer.body]).toEqual([200, '']);
      return answer.json();
    };
    const guessed = await preview({});
    expect(guessed).toMatchObject({
      ...{ document: { columns: { sku: 'Artikelnr' } }, faults: [], open: [] },
      preview: { events: [{ line: 2, sku: 'A-1', quantity: 5 }], guards: { verdict: 'pass' } },
    });
    const { quantity: _quantity, ...columns } = guessed.document.columns;
    expect(await preview({ document: { ...guessed.document, columns } })).toMatchObject({
      ...{ faults: [{ path: 'columns.quantity' }], preview: null },
    });
  });

  it('preview what a sample holds, also by a document with faults, or without a sample', async () => {
    const preview = async (document: object, text: string) => {
      const sample = Buffer.from(text).toString('base64');
      const answer = await api.app.inject({
        ...{ method: 'POST', url: `/v1/tenants/${TENANT}/feed-previews`, headers: headers() },
        payload: { supplier: SUPPLIER, sample, document },
      });
      expect(answer.statusCode).toBe(200);
      return answer.json();
    };
    const columns = { sku: 'sku', quantity: 'qty', updatedAt: 'at' };
    const faulty = { feed: 'x', supplier: SUPPLIER, source: { upload: {} }, columns, kind: 'all' };
    expect(await preview(faulty, 'sku;qty;at\nA;1;2\n')).toMatchObject({
      ...{ faults: [{ path: 'kind' }], preview: null },
      sample: {
        columns: [{ column: 'sku', title: 'sku' }, { column: 'qty' }, { column: 'at' }],
        rows: [{ line: 2, cells: ['A', '1', '2'] }],
      },
    });
    expect(await preview(faulty, '')).toMatchObject({
      ...{ faults: [{ path: 'kind' }], sample: null, unreadable: expect.any(String) },
    });
    const source = {
      sftp: { host: 'h', path: '/a', user: 'u', key: '•••', hostKey: `SHA256:${'A'.repeat(43)}` },
    };
    const kept = { ...faulty, kind: 'delta', source, every: '15m' };
    expect(
      await preview(kept, 'sku;qty;at\nA;1;2026-11-22T06:00:00Z\nB;x;2026-11-22T06:00:00Z\n'),
    ).toMatchObject({
      faults: [],
      preview: { events: [{ line: 2, sku: 'A' }], refusedRows: [{ line: 3, code: 'bad_quantity' }] },
    });
    expect(await preview({ ...kept, columns: '•••' }, 'sku;qty;at\n')).toMatchObject({ preview: null });
  });

  it('are listed with their last run, and when their supplier was last heard from', async () => {
    const { feeds } = (await api.get(path, operator)).json();
    const of = (name: string) => feeds.find(({ feed }: { feed: string }) => feed === name);
    expect(of('drop')).toMatchObject({ lastRun: { state: 'reading' }, lastHeardAt: expect.any(String) });
    expect(of('night')).toMatchObject({ lastRun: null, lastHeardAt: null });
    const asked = await api.app.inject({ method: 'POST', url: `${path}/night/runs`, headers: headers() });
    expect(asked.statusCode).toBe(202);
    expect((await api.get(`${path}/night`, operator)).json()).toMatchObject({
      ...{ lastRun: { runId: asked.json().runId, state: 'fetching' }, lastHeardAt: null },
    });
  });

  it('list their runs page by page', async () => {
    const first = await api.get(`${path}/drop/runs?limit=1`, operator);
    expect(first.json().runs).toHaveLength(1);
    expect(String(first.headers.link)).toContain('rel="next"');
  });
});
