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

describe('a body whose events are of the moment of its receipt', () => {
  const SECOND = 1_000_000n;
  const NOW_OF = { columns: { sku: '/sku', quantity: '/available' }, times: { of: 'received' } };
  const stock = (sku: string, available: number, more: object = {}) =>
    JSON.stringify({ sku, available, ...more });
  const later = (by: bigint) => {
    api.clock.now += by * SECOND;
    return api.clock.now;
  };
  const fateOf = async (answer: ReturnType<typeof post>) => {
    const { statusCode, json } = await answer;
    return `${statusCode} ${json().results?.[0]?.status ?? json().code}`;
  };
  const moments = async (sku: string) =>
    (
      await api.sql<{ quantity: number; at: string }>(
        'SELECT quantity, updated_at_us AS at FROM supplier_event WHERE tenant_id = $1 AND sku = $2 ORDER BY seq',
        [TENANT, sku],
      )
    ).map(({ quantity, at }) => [quantity, BigInt(at)]);
  const senderOf = async (supplier: string) => {
    const sender = SENDERS.find((one) => one.supplier === supplier);
    if (!sender) throw new Error(supplier);
    await setFeed(`now-${supplier}`, { supplier, ...NOW_OF });
    return sender;
  };

  it('counts once by the id that its sender signs, however late it comes again', async () => {
    await setFeed('now', NOW_OF);
    const send = (quantity: number, id: string) => {
      const content = stock('NOW-1', quantity);
      return fateOf(post('now/events', content, api.signed(content, { id })));
    };
    const first = api.clock.now;
    expect(await send(5, 'now-1')).toBe('202 accepted');
    const second = later(60n);
    expect(await send(4, 'now-2')).toBe('202 accepted');
    later(7_200n);
    expect(await send(5, 'now-1')).toBe('202 duplicate');
    const third = later(60n);
    expect(await send(5, 'now-3')).toBe('202 accepted');
    expect(await moments('NOW-1')).toEqual([
      [5, first],
      [4, second],
      [5, third],
    ]);
  });

  it('counts once by the id that the feed names, and another content is a conflict', async () => {
    await setFeed('now-id', { ...NOW_OF, columns: { ...NOW_OF.columns, id: '/id' } });
    const send = (quantity: number) =>
      fateOf(deliver('now-id', stock('NOW-2', quantity, { id: 'change-7' })));
    const first = api.clock.now;
    expect(await send(5)).toBe('202 accepted');
    later(60n);
    expect(await send(5)).toBe('202 duplicate');
    expect(await send(6)).toBe('409 event_id_reused');
    expect(await moments('NOW-2')).toEqual([[5, first]]);
  });

  it('counts once by the time that is signed with it, whatever came between', async () => {
    const timed = await senderOf('timed');
    const send = (quantity: number, at = api.clock.now) => {
      const content = stock('NOW-3', quantity);
      return fateOf(post('now-timed/events', content, timed.sign(content, at)));
    };
    const first = api.clock.now;
    expect(await send(5)).toBe('202 accepted');
    const second = later(10n);
    expect(await send(4)).toBe('202 accepted');
    later(10n);
    expect(await send(5, first)).toBe('202 duplicate');
    const third = later(10n);
    expect(await send(5)).toBe('202 accepted');
    expect(await moments('NOW-3')).toEqual([
      [5, first],
      [4, second],
      [5, third],
    ]);
  });

  it.each(['github', 'bearer'])(
    'counts once, from %s, where it is the one before, and that came within the hour',
    async (supplier) => {
      const sender = await senderOf(supplier);
      const sku = `NOW-${supplier}`;
      const send = (quantity: number) => {
        const content = stock(sku, quantity);
        return fateOf(post(`now-${supplier}/events`, content, sender.sign(content, api.clock.now)));
      };
      const first = api.clock.now;
      expect(await send(5)).toBe('202 accepted');
      later(3_000n);
      expect(await send(5)).toBe('202 duplicate');
      const second = later(1_000n);
      expect(await send(5)).toBe('202 accepted');
      const third = later(10n);
      expect(await send(4)).toBe('202 accepted');
      const fourth = later(10n);
      expect(await send(5)).toBe('202 accepted');
      expect(await moments(sku)).toEqual([
        [5, first],
        [5, second],
        [4, third],
        [5, fourth],
      ]);
    },
  );
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

  it('counts once where its sender names what he sends, whatever came between', async () => {
    const timed = SENDERS.find(({ supplier }) => supplier === 'timed');
    const ofTimed = await sheetsOf(timed ?? { supplier: '' });
    const states: Record<string, string[]> = {};
    const send = async (path: string, content: string, proof: Proof) => {
      const { state, runId } = (await post(path, content, proof, 'text/csv')).json();
      (states[path] ??= []).push(state);
      await api.sql(`UPDATE feed_run SET state = 'completed' WHERE id = $1 AND state = 'reading'`, [runId]);
    };
    const [one, other] = ['6', '7'].map((figure) => file.replace('4', figure)) as [string, string];
    await api.sql(`UPDATE feed_run SET state = 'completed'`);
    for (const [path, proofOf] of [
      ['sheets/files', (content: string, no: number) => api.signed(content, { id: `file-${no}` })],
      [
        ofTimed,
        (content: string, no: number) => timed?.sign(content, api.clock.now + BigInt(no) * 1_000_000n) ?? {},
      ],
    ] as const) {
      await send(path, one, proofOf(one, 1));
      await send(path, other, proofOf(other, 2));
      await send(path, one, proofOf(one, 1));
      await send(path, one, proofOf(one, 3));
    }
    const once = ['reading', 'reading', 'unchanged', 'reading'];
    expect(states).toEqual({ 'sheets/files': once, [ofTimed]: once });
  });

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
