import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOOPBACK } from '../../src/config/address-ranges.ts';
import { addSender, CERTIFICATE_HEADER, SENDERS, type Sender } from '../support/schemes.ts';
import { startApi, SUPPLIER, TENANT, type Api } from './api.ts';

const SHAPE = { sku: '/variant/code', quantity: '/available', updatedAt: '/at' };
const body = (available: unknown = 6, code: unknown = 'chair-01') => ({
  ...{ variant: { code }, available, at: '2026-06-01T09:59:00Z', note: 'counted' },
});

let api: Api;
let operator: string;

beforeAll(async () => {
  api = await startApi({ limits: { trustedProxies: LOOPBACK }, certificateHeader: CERTIFICATE_HEADER });
  operator = await api.token('operator', TENANT);
  for (const sender of SENDERS) {
    await addSender(api.database, api.secretsKeys, TENANT, sender);
    await setFeed(`of-${sender.supplier}`, { supplier: sender.supplier });
  }
  await setFeed('usual', {});
  await setFeed('lists', { rows: '/items' });
  await setFeed('sheets', {
    format: 'csv',
    columns: { sku: 'Artikel', quantity: 'Bestand' },
    times: { of: 'received' },
  });
  await setFeed('all', { kind: 'snapshot' });
});
afterAll(() => api?.close());

async function setFeed(feed: string, more: object): Promise<void> {
  const answer = await api.app.inject({
    ...{ method: 'PUT', url: `/v1/tenants/${TENANT}/feeds/${feed}` },
    headers: { authorization: `Bearer ${operator}` },
    payload: { supplier: SUPPLIER, source: { upload: {} }, columns: SHAPE, ...more },
  });
  if (answer.statusCode !== 200) throw new Error(answer.body);
}

type Proof = Record<string, string>;
const post = (path: string, payload: string | Buffer, proof: Proof, type = 'application/json') =>
  api.app.inject({
    ...{ method: 'POST', url: `/v1/tenants/${TENANT}/feeds/${path}`, payload },
    headers: { 'content-type': type, ...proof },
  });
const textOf = (content: unknown) => (typeof content === 'string' ? content : JSON.stringify(content));
const deliver = (feed: string, content: unknown, type?: string) =>
  post(`${feed}/events`, textOf(content), api.signed(textOf(content)), type);
const standing = (sku: string) =>
  api.sql<{ supplier: string; quantity: number }>(
    'SELECT supplier_id AS supplier, quantity FROM supplier_event WHERE tenant_id = $1 AND sku = $2 ORDER BY seq',
    [TENANT, sku],
  );

describe('a body of a shape of its own', () => {
  it.each(SENDERS.map((sender) => [sender.supplier, sender] as const))(
    'is taken of a supplier with %s',
    async (_, sender) => {
      const content = JSON.stringify(body(7, `by-${sender.supplier}`));
      const proof = sender.sign(content, api.clock.now);
      const answers = [
        await post(`of-${sender.supplier}/events`, content, proof),
        await post(`of-${sender.supplier}/events`, content, proof),
      ];
      expect(answers.map((answer) => [answer.statusCode, answer.json().results?.[0]?.status])).toEqual([
        [202, 'accepted'],
        [202, 'duplicate'],
      ]);
      expect(await standing(`by-${sender.supplier}`)).toEqual([{ supplier: sender.supplier, quantity: 7 }]);
    },
  );

  it('may be a list, another format, or nothing', async () => {
    const list = { sent: 'x', items: [body(1, 'list-1'), body(2, 'list-2')] };
    expect((await deliver('lists', list)).json().results).toHaveLength(2);
    const table = await deliver('sheets', 'Artikel;Bestand\ntable-1;4\ntable-2;5\n', 'text/csv');
    expect([table.statusCode, table.json().results?.length]).toEqual([202, 2]);
    expect(await standing('table-2')).toEqual([{ supplier: SUPPLIER, quantity: 5 }]);
    expect((await deliver('lists', { items: [] })).json()).toEqual({ results: [] });
  });

  it('is taken whole or not at all, and every fault is named by its element', async () => {
    const answer = await deliver('lists', { items: [body(1, 'whole'), body('many'), body(2.5)] });
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'invalid_shape']);
    expect(answer.json().errors.map(({ detail }: { detail: string }) => detail)).toEqual([
      expect.stringMatching(/^element 2: quantity /),
      expect.stringMatching(/^element 3: quantity /),
    ]);
    expect(await standing('whole')).toEqual([]);
    const cut = await deliver('usual', '{"variant": {"code"');
    expect([cut.statusCode, cut.json().code]).toEqual([422, 'invalid_shape']);
    const many = await deliver('lists', {
      items: Array.from({ length: 501 }, (_, no) => body(no, `m-${no}`)),
    });
    expect(many.json().errors[0].detail).toMatch(/more than 500 events/);
  });

  it('is refused where the feed takes files only, or is paused', async () => {
    expect((await deliver('all', body())).json()).toMatchObject({ status: 409, code: 'feed_refused' });
    await api.sql(`UPDATE feed SET paused = true WHERE id = 'usual'`);
    expect((await deliver('usual', body())).json()).toMatchObject({ status: 409, code: 'feed_refused' });
    await api.sql(`UPDATE feed SET paused = false WHERE id = 'usual'`);
  });

  it('is refused without the proof, in the same words whether or not there is such a feed', async () => {
    const content = JSON.stringify(body());
    const wrong = api.signed(content, { secret: Buffer.alloc(32, 1) });
    const answers = [
      await post('usual/events', content, wrong),
      await post('nowhere/events', content, wrong),
    ];
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([401, 401]);
    expect(answers[0]?.json()).toEqual(answers[1]?.json());
    // A token is no proof of a supplier's.
    expect((await post('usual/events', content, { authorization: `Bearer ${operator}` })).statusCode).toBe(
      401,
    );
  });

  it('that is refused is noted for its supplier', async () => {
    await deliver('usual', body('few'));
    const noted = () =>
      api.sql<{ code: string; signed: boolean }>(
        'SELECT code, signed FROM refused_delivery WHERE supplier_id = $1 ORDER BY id DESC LIMIT 1',
        [SUPPLIER],
      );
    await expect.poll(noted).toEqual([{ code: 'invalid_shape', signed: true }]);
  });
});

describe('a file that is handed in by a supplier', () => {
  const file = 'Artikel;Bestand\nfile-1;4\n';
  const sheetsOf = async ({ supplier }: Pick<Sender, 'supplier'>) => {
    await setFeed(`sheets-${supplier}`, {
      ...{
        supplier,
        format: 'csv',
        columns: { sku: 'Artikel', quantity: 'Bestand' },
        times: { of: 'received' },
      },
    });
    return `sheets-${supplier}/files?name=stock.csv`;
  };

  it.each(SENDERS.map((sender) => [sender.supplier, sender] as const))(
    'is taken by %s',
    async (supplier, sender) => {
      const path = await sheetsOf(sender);
      const taken = await post(path, file, sender.sign(file, api.clock.now), 'text/csv');
      expect([taken.statusCode, taken.json().state]).toEqual([202, 'reading']);
      const [run] = await api.sql<{ asked: string; bytes: string }>(
        'SELECT requested_by AS asked, file_bytes::integer AS bytes FROM feed_run WHERE id = $1',
        [taken.json().runId],
      );
      expect(run).toEqual({ asked: `supplier ${supplier}`, bytes: file.length });
      const [entry] = await api.sql(
        `SELECT principal_kind AS kind, principal_name AS name FROM audit_entry WHERE action = 'feed.run' AND actor = $1`,
        [`supplier ${supplier}`],
      );
      expect(entry).toEqual({ kind: 'supplier', name: supplier });
    },
  );

  it('is not taken without proof, of another, or when it is larger than what is signed may be', async () => {
    const [one] = SENDERS;
    const path = await sheetsOf(one ?? { supplier: '' });
    const runs = async () => (await api.sql('SELECT id FROM feed_run')).length;
    const before = await runs();
    for (const proof of [{}, api.signed(file), { authorization: 'Bearer x' }]) {
      const answer = await post(path, file, proof, 'text/csv');
      expect([answer.statusCode, answer.json().code]).toEqual([401, 'not_signed']);
    }
    const large = Buffer.alloc(10 * 1024 * 1024 + 1, 'x');
    const answer = await post('sheets/files', large, api.signed(large), 'text/csv');
    expect([answer.statusCode, answer.json()]).toMatchObject([
      413,
      { code: 'payload_too_large', detail: expect.stringMatching(/^It may have 10 MiB\./) },
    ]);
    expect(await runs()).toBe(before);
    const mebibytes = Buffer.alloc(3 * 1024 * 1024, `${file}\n`);
    expect((await post('sheets/files', mebibytes, api.signed(mebibytes), 'text/csv')).statusCode).toBe(202);
  });
});
