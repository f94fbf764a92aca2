import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createServer } from '../../src/http/create-server.ts';
import { itemIdOf } from '../../src/domain/identity.ts';
import { closeGently } from '../../src/process/close-gently.ts';
import { startApi, TENANT, type Api } from '../http/api.ts';
import { record } from '../support/record.ts';
import { openTenant } from '../support/flags.ts';
import { until } from '../support/until.ts';

const base = `/v1/tenants/${TENANT}`;
const STREAMS = { streamsPerToken: 2, streamsPerTenant: 3, streamsAtOnce: 4 };

let api: Api;
let pool: pg.Pool;

beforeAll(async () => {
  api = await startApi({ limits: STREAMS });
  pool = new pg.Pool({ connectionString: api.url, max: 20 });
  await openTenant(api.database, 'other', ['acme']);
  // As a worker does before it claims anything.
  await api.sql('SELECT settle_ledger()');
});
afterAll(async () => {
  await pool?.end();
  await api?.close();
});

interface Told {
  sku: string;
  version: number;
  cursor: string;
}
interface Page {
  changes: Told[];
  next: string;
  more: boolean;
  behindMs: number;
}

const named = ({ sku, version }: { sku: string; version: number }): string => `${sku}/${version}`;

/** A server on the tests' database, to be restarted on the same port. */
async function serve(port = 0, limits = {}): Promise<{ app: FastifyInstance; port: number }> {
  const app = createServer({
    databases: api.pools(),
    secretsKeys: api.secretsKeys,
    log: api.app.log,
    limits: { ...STREAMS, readsPerToken: 4, readsPerTenant: 8, readsAtOnce: 8, ...limits },
  });
  await app.listen({ host: '127.0.0.1', port });
  return { app, port: (app.server.address() as AddressInfo).port };
}

interface ServerEvent {
  id?: string;
  event?: string;
  data?: string;
}

/** Server-sent events of a connection until it ends, comments left out; `gone` fires when it does. */
async function* eventsOf(answer: Response): AsyncGenerator<ServerEvent> {
  let text = '';
  for await (const bytes of answer.body!.pipeThrough(new TextDecoderStream())) {
    text += bytes;
    const parts = text.split('\n\n');
    text = parts.pop() ?? '';
    for (const part of parts) {
      const lines = part.split('\n').map((line) => /^(\w+): (.*)$/.exec(line));
      const event = Object.fromEntries(lines.flatMap((found) => (found ? [[found[1], found[2]]] : [])));
      if ('data' in event) yield event;
    }
  }
}

const stream = (
  port: number,
  token: string,
  more: { query?: string; lastEventId?: string; signal?: AbortSignal } = {},
) =>
  fetch(`http://127.0.0.1:${port}${base}/changes${more.query ?? ''}`, {
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'text/event-stream',
      ...(more.lastEventId !== undefined && { 'last-event-id': more.lastEventId }),
    },
    ...(more.signal && { signal: more.signal }),
  });

/** A page once nothing waits: other tests' databases are in the same PostgreSQL, and have transactions of their own. */
const pageOf = (url: string, token: string): Promise<Page> =>
  until(
    async () => {
      const page = (await api.get(url, token)).json<Page>();
      return page.behindMs === 0 && page;
    },
    undefined,
    10,
  );

/** Where the feed ends. */
async function headOf(token: string): Promise<Page> {
  let page = await pageOf(`${base}/changes?limit=500`, token);
  while (page.more) page = await pageOf(`${base}/changes?limit=500&after=${page.next}`, token);
  return page;
}

let made = 0;
async function save(sku: string): Promise<void> {
  made += 1;
  const eventId = `one-${made}`;
  await record(api.database, TENANT, 'acme', [{ eventId, sku, quantity: 1, updatedAt: BigInt(made) }]);
  await pool.query(
    `SELECT save_catalog_item(seq, $1, $2, NULL) FROM supplier_event WHERE tenant_id = $3 AND event_id = $4`,
    [itemIdOf(TENANT, sku), sku, TENANT, eventId],
  );
}

describe('under 16 writers', () => {
  const WRITERS = 16;
  const ITEMS = 12;
  const EVENTS = 480;

  it('each version comes once, and in order per item, by pages and as a stream, over a restart', async () => {
    let server = await serve();
    const { port } = server;
    const chance = Math.random;
    const events = Array.from({ length: EVENTS }, (_, no) => ({
      ...{ eventId: `w-${no}`, sku: `W-${no % ITEMS}`, quantity: no % 7 },
      updatedAt: BigInt(1_000_000 + Math.floor(chance() * 1_000)),
    }));
    await record(api.database, TENANT, 'acme', events);
    const waiting = [...events];

    /** Some transactions are slow, have their number early, are of two items, or are given up and tried again. */
    const write = async (): Promise<void> => {
      const client = await pool.connect();
      try {
        for (let next = waiting.shift(); next; next = waiting.shift()) {
          const all = [next, ...(chance() < 0.2 ? waiting.splice(0, 1) : [])].toSorted((a, b) =>
            a.sku < b.sku ? -1 : 1,
          );
          await client.query('BEGIN');
          if (chance() < 0.3) await client.query('SELECT pg_current_xact_id()');
          if (chance() < 0.1) await sleep(chance() * 100);
          for (const { eventId, sku } of all)
            await client.query(
              `SELECT save_catalog_item(seq, $1, $2, NULL) FROM supplier_event WHERE tenant_id = $3 AND event_id = $4`,
              [itemIdOf(TENANT, sku), sku, TENANT, eventId],
            );
          if (chance() < 0.1) await sleep(chance() * 150);
          if (chance() < 0.15) {
            await client.query('ROLLBACK');
            waiting.push(...all);
          } else await client.query('COMMIT');
        }
      } finally {
        client.release();
      }
    };

    let isDone = false;
    const page = async (limit: number): Promise<string[]> => {
      const token = await api.token('viewer', TENANT);
      const told: string[] = [];
      let after: string | undefined;
      for (;;) {
        const wasDone = isDone;
        const query = `?limit=${limit}${after === undefined ? '' : `&after=${after}`}`;
        const url = `http://127.0.0.1:${port}${base}/changes${query}`;
        const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } }).catch(
          () => undefined,
        );
        if (answer?.status !== 200) {
          await sleep(20);
          continue;
        }
        const { changes, next, more, behindMs } = (await answer.json()) as Page;
        told.push(...changes.map(named));
        after = next;
        if (wasDone && !more && behindMs === 0) return told;
      }
    };
    const listen = async (total: Promise<number>): Promise<string[]> => {
      const token = await api.token('viewer', TENANT);
      const told: string[] = [];
      let last: string | undefined;
      let known = Infinity;
      const enough = new AbortController();
      void total.then((count) => {
        known = count;
        if (told.length >= known) enough.abort();
      });
      while (told.length < known) {
        const answer = await stream(port, token, {
          ...(last !== undefined && { lastEventId: last }),
          signal: enough.signal,
        }).catch(() => undefined);
        if (answer?.status !== 200) {
          await sleep(20);
          continue;
        }
        try {
          for await (const { id, data } of eventsOf(answer)) {
            last = id;
            told.push(named(JSON.parse(data!) as Told));
            if (told.length >= known) break;
          }
        } catch {
          // The server went away; on from the last.
        }
      }
      enough.abort();
      return told;
    };

    const written = Promise.all(Array.from({ length: WRITERS }, write)).then(async () => {
      const { rows } = await pool.query<{ count: number }>(
        'SELECT count(*)::integer AS count FROM catalog_item_version WHERE item_id LIKE $1',
        [`${TENANT}:W-%`],
      );
      isDone = true;
      return rows[0]!.count;
    });
    const reading = Promise.all([page(3), page(7), listen(written)]);
    await until(async () => waiting.length < EVENTS / 2, 30_000, 5);
    await closeGently(server.app);
    server = await serve(port);
    const total = await written;
    const readers = await reading;

    const { rows } = await pool.query<{ sku: string; version: number }>(
      `SELECT split_part(item_id, ':', 2) AS sku, version FROM catalog_item_version WHERE item_id LIKE $1`,
      [`${TENANT}:W-%`],
    );
    expect(rows).toHaveLength(total);
    expect(total).toBeGreaterThan(ITEMS);
    for (const told of readers) {
      expect(told.toSorted()).toEqual(rows.map(named).toSorted());
      for (const sku of new Set(rows.map((row) => row.sku))) {
        const own = told.flatMap((name) => (name.startsWith(`${sku}/`) ? [Number(name.split('/')[1])] : []));
        expect([sku, own]).toEqual([sku, own.toSorted((a, b) => a - b)]);
      }
    }
    expect(readers[1]).toEqual(readers[0]);
    expect(readers[2]).toEqual(readers[0]);
    await closeGently(server.app);
  }, 60_000);
});

describe('the change feed', () => {
  it('answers a page, and where there is more', async () => {
    const viewer = await api.token('viewer', TENANT);
    await save('P');
    await save('P');
    await pageOf(`${base}/changes`, viewer);
    const first = await api.get(`${base}/changes?limit=1`, viewer);
    expect(first.statusCode).toBe(200);
    const page = first.json<Page>();
    expect(page).toMatchObject({ changes: [{ kind: 'update' }], more: true, behindMs: expect.any(Number) });
    expect(first.headers.link).toBe(`<${base}/changes?limit=1&after=${page.next}>; rel="next"`);
    expect((await pageOf(`${base}/changes?after=${page.next}&limit=500`, viewer)).more).toBe(false);
  });

  it('is a first copy: the items, and from their first page on what changes', async () => {
    const viewer = await api.token('viewer', TENANT);
    await save('I-1');
    const copy = new Map<string, number>();
    let url: string | undefined = `${base}/items?limit=2`;
    let after: string | undefined;
    while (url !== undefined) {
      const answer = await api.get(url, viewer);
      const { items, changesAfter } = answer.json<{ items: Told[]; changesAfter: string | null }>();
      after ??= changesAfter ?? undefined;
      for (const item of items) copy.set(item.sku, item.version);
      url = /<(.*)>; rel="next"/.exec(String(answer.headers.link ?? ''))?.[1];
      await save('A-0');
    }
    const { changes } = await pageOf(`${base}/changes?after=${after}&limit=500`, viewer);
    for (const { sku, version } of changes) copy.set(sku, Math.max(version, copy.get(sku) ?? 0));
    const rows = await api.sql<{ sku: string; version: number }>(
      'SELECT sku, version FROM catalog_item WHERE tenant_id = $1',
      [TENANT],
    );
    expect(copy).toEqual(new Map(rows.map(({ sku, version }) => [sku, version])));
  });

  it('says what is wrong with a cursor', async () => {
    const viewer = await api.token('viewer');
    const { next } = await pageOf(`${base}/changes`, viewer);
    for (const [url, status, code] of [
      [`${base}/changes?after=nonsense`, 400, 'cursor_refused'],
      [`/v1/tenants/other/changes?after=${next}`, 400, 'cursor_refused'],
      [`${base}/changes?limit=0`, 422, 'invalid_shape'],
      [`${base}/items?after=%00`, 422, 'invalid_shape'],
      ['/v1/tenants/nobody/changes', 404, 'not_found'],
    ] as const) {
      const answer = await api.get(url, viewer);
      expect([url, answer.statusCode, answer.json().code]).toEqual([url, status, code]);
    }
    await api.sql('UPDATE ledger_home SET began_at_us = began_at_us + 1');
    const gone = await api.get(`${base}/changes?after=${next}`, viewer);
    expect([gone.statusCode, gone.json()]).toEqual([
      410,
      expect.objectContaining({
        code: 'cursor_gone',
        detail: expect.stringContaining('Read `…/items` again'),
      }),
    ]);
  });
});

describe('a stream of changes', () => {
  let port: number;
  let app: FastifyInstance;
  beforeAll(async () => {
    ({ app, port } = await serve(0, { streamSeconds: 300 }));
  });
  afterAll(() => app && closeGently(app));

  it('goes on as they come, from the last that its client has seen', async () => {
    const viewer = await api.token('viewer', TENANT);
    const { next } = await headOf(viewer);
    const leave = new AbortController();
    const answer = await stream(port, viewer, {
      query: '?after=nonsense',
      lastEventId: next,
      signal: leave.signal,
    });
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('cache-control')]).toEqual([
      200,
      'text/event-stream',
      'no-store',
    ]);
    const events = eventsOf(answer);
    await save('S-1');
    const first = (await events.next()).value as ServerEvent;
    expect(JSON.parse(first.data!)).toMatchObject({ sku: 'S-1', version: 1, quantity: 1 });
    await save('S-1');
    expect(JSON.parse(((await events.next()).value as ServerEvent).data!)).toMatchObject({ version: 2 });
    leave.abort();
  });

  it('tells what is wrong at once, as a page does', async () => {
    const viewer = await api.token('viewer', TENANT);
    const answer = await stream(port, viewer, { lastEventId: 'nonsense' });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'cursor_refused' }),
    ]);
  });

  it('ends with the word when its cursor is worth nothing any more', async () => {
    const viewer = await api.token('viewer', TENANT);
    const { next } = await headOf(viewer);
    const events = eventsOf(await stream(port, viewer, { lastEventId: next }));
    await api.sql('UPDATE ledger_home SET began_at_us = began_at_us + 1');
    await save('S-2');
    const last = (await events.next()).value as ServerEvent;
    expect([last.event, JSON.parse(last.data!)]).toEqual(['gone', expect.objectContaining({ status: 410 })]);
    expect((await events.next()).done).toBe(true);
  });

  it('is one of a few: of a token, of a tenant, in all; a place is free when one leaves', async () => {
    const [ann, ben, cat] = await Promise.all([1, 2, 3].map(() => api.token('viewer', TENANT)));
    const leave = new AbortController();
    const open = async (token: string) => (await stream(port, token, { signal: leave.signal })).status;
    expect([await open(ann!), await open(ann!), await open(ann!)]).toEqual([200, 200, 429]);
    expect([await open(ben!), await open(cat!)]).toEqual([200, 429]);
    leave.abort();
    await until(async () => {
      const mine = new AbortController();
      const { status } = await stream(port, cat!, { signal: mine.signal });
      mine.abort();
      return status === 200;
    });
  });

  it('ends after its time', async () => {
    const short = await serve(0, { streamSeconds: 0.05 });
    const answer = await stream(short.port, await api.token('viewer', TENANT));
    for await (const event of eventsOf(answer)) expect(event.data).toBeDefined();
    await closeGently(short.app);
  });

  it('ends at once when the server stops', async () => {
    const stopping = await serve();
    const { next } = await headOf(await api.token('viewer'));
    const answer = await stream(stopping.port, await api.token('viewer', TENANT), { lastEventId: next });
    const closed = closeGently(stopping.app);
    // Not by force, which would be an error here.
    for await (const event of eventsOf(answer)) expect(event.data).toBeDefined();
    await closed;
  });
});
