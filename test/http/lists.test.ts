import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FAILURE_MODES } from '../../src/domain/failure-modes.ts';
import type { Events } from '../../src/http/routes/events-schema.ts';
import type { FailureModes } from '../../src/http/routes/failure-modes-schema.ts';
import { addTenant } from '../../src/flags/tenants.ts';
import { addToken } from '../../src/access/issue-tokens.ts';
import { NOW, saveItem, startApi, TENANT, type Api } from './api.ts';
import { shopAt } from '../support/shop-at.ts';

const NEWEST_RULE = {
  stockRule: { rule: 'newest', supplierOrder: [], supplierReserves: {}, reserve: 0, maxShown: null },
  stockRuleChange: null,
};
const base = `/v1/tenants/${TENANT}`;

let api: Api;
let viewer: string;

beforeAll(async () => {
  api = await startApi({ temporalUiUrl: 'http://ui.test', namespace: 'shop' });
  viewer = await api.token('viewer');
  await saveItem(api, { id: 'e-1', sku: 'CHAIR-01', quantity: 5, updatedAt: '2026-06-01T09:59:00Z' });
  await saveItem(api, { id: 'e-2', sku: 'CHAIR-01', quantity: 7, updatedAt: '2026-06-01T09:58:00Z' });
  await saveItem(api, { id: 'CHAIR-01', sku: 'LAMP-1', quantity: 1, updatedAt: '2026-06-01T09:58:00Z' });
  await api.send({ id: 'bad', sku: 'chair 01', quantity: 1, updatedAt: '2026-06-01T09:58:00Z' });
  await api.sql(
    `SELECT record_event_failure(seq, 'malformed_sku', 'a space', 0) FROM supplier_event WHERE event_id = 'bad'`,
  );
  await api.send({ id: 'e-1', sku: 'CHAIR-01', quantity: 5, updatedAt: '2026-06-01T09:59:00Z' });
  await api.send({ id: 'e-2', sku: 'CHAIR-01', quantity: 8, updatedAt: '2026-06-01T09:58:00Z' });
  await api.send({
    ...{ id: 'waits', sku: 'DESK-1', quantity: -1, updatedAt: '2026-06-01T09:58:00.0000009Z' },
    ...{ location: 'WH-1', colour: 'red' },
  });
});
afterAll(() => api?.close());

const get = async <T>(url: string, token = viewer): Promise<T> => {
  const answer = await api.get(url, token);
  expect([url, answer.statusCode, answer.statusCode === 200 ? '' : answer.body]).toEqual([url, 200, '']);
  return answer.json<T>();
};

/** Follows the Link headers to the last page. */
async function allPages<T>(url: string, listOf: (page: never) => T[]): Promise<T[][]> {
  const pages: T[][] = [];
  for (let next: string | undefined = url; next !== undefined;) {
    const answer = await api.get(next, viewer);
    expect([next, answer.statusCode]).toEqual([next, 200]);
    pages.push(listOf(answer.json<never>()));
    next = /<(.*)>; rel="next"/.exec(String(answer.headers.link ?? ''))?.[1];
  }
  return pages;
}

describe('a tenant', () => {
  it('is told with whether it has a storefront of its own, without where', async () => {
    expect(await get(base)).toEqual({
      ...{ tenant: TENANT, state: 'open', ownStorefront: false, unknownSkus: 'take', ...NEWEST_RULE },
      suppliers: [
        {
          ...{ supplier: 'acme', figureExpiresSeconds: null, scheme: 'standard' },
          replayProtection: expect.stringMatching(/^a delivery is good for 5 min /),
        },
      ],
    });
    await api.database.tenant.create({ data: { id: 'with-shop', state: 'closed' } });
    await shopAt(api.sql, 'https://shop.example.com', 'with-shop');
    expect(await get('/v1/tenants/with-shop')).toEqual({
      ...{ tenant: 'with-shop', state: 'closed', ownStorefront: true, unknownSkus: 'take', ...NEWEST_RULE },
      suppliers: [],
    });
    for (const unknown of ['nobody', 'NO', '%00']) {
      expect((await api.get(`/v1/tenants/${unknown}`, viewer)).statusCode).toBe(404);
    }
    await api.sql('DELETE FROM storefront');
    await api.database.tenant.delete({ where: { id: 'with-shop' } });
  });
});

describe('tenants', () => {
  it('are those that the asker may see, with what there is of each', async () => {
    await addTenant(api.database, { tenant: 'asleep', actor: 'ada' });
    const all = await get<{ tenants: unknown[] }>('/v1/tenants');
    expect(all.tenants).toEqual([
      {
        tenant: 'asleep',
        state: 'closed',
        timeZone: 'UTC',
        ...NEWEST_RULE,
        suppliers: [],
        items: 0,
        eventsLastDay: 0,
        pendingEvents: 0,
        heldEvents: 0,
      },
      {
        tenant: TENANT,
        state: 'open',
        timeZone: 'UTC',
        ...NEWEST_RULE,
        suppliers: [
          {
            supplier: 'acme',
            state: 'open',
            figureExpiresSeconds: null,
            lastHeard: { at: expect.stringMatching(/^20\d\d-.*Z$/), by: 'event' },
            ignored: [{ field: 'colour', count: 1, lastSeen: expect.stringMatching(/^20\d\d-.*Z$/) }],
          },
        ],
        items: 2,
        eventsLastDay: 5,
        pendingEvents: expect.any(Number),
        heldEvents: 0,
      },
    ]);
    const own = await get<typeof all>('/v1/tenants', await api.token('admin', TENANT));
    expect(own.tenants).toEqual(all.tenants.slice(1));
    const pages = await allPages('/v1/tenants?limit=1', ({ tenants }: typeof all) => tenants);
    expect(pages.flat()).toEqual(all.tenants);
  });
});

describe('the search', () => {
  const search = (q: string) =>
    get<{ items: unknown[]; near: unknown[] }>(`${base}/search?q=${encodeURIComponent(q)}`);

  it('finds an item by its SKU and by its id, and events that have the same text as their id', async () => {
    expect(await search(' chair-01')).toEqual({
      items: [{ itemId: 'canary:CHAIR-01', sku: 'CHAIR-01', events: [] }],
      near: [],
      archived: [],
    });
    expect((await search('canary:CHAIR-01')).items).toMatchObject([{ sku: 'CHAIR-01' }]);
    expect((await search('CHAIR-01')).items).toEqual([
      { itemId: 'canary:CHAIR-01', sku: 'CHAIR-01', events: [] },
      { itemId: 'canary:LAMP-1', sku: 'LAMP-1', events: [{ supplier: 'acme', eventId: 'CHAIR-01' }] },
    ]);
    expect((await search('e-2')).items).toEqual([
      { itemId: 'canary:CHAIR-01', sku: 'CHAIR-01', events: [{ supplier: 'acme', eventId: 'e-2' }] },
    ]);
    expect((await search('bad')).items).toMatchObject([{ events: [{ eventId: 'bad' }] }]);
  });

  it('names what looks like it when nothing is it', async () => {
    expect(await search('CHAIR-10')).toEqual({
      items: [],
      near: [{ itemId: 'canary:CHAIR-01', sku: 'CHAIR-01' }],
      archived: [],
    });
  });

  it.each(['', ' ', '\u0000', '\ud800', '%', '..', '日本', "'; DROP TABLE x", '<script>', 'x'.repeat(512)])(
    'of %j finds nothing, and breaks nothing',
    async (q) => {
      const url = q === '\ud800' ? `${base}/search?q=%ED%A0%80` : `${base}/search?q=${encodeURIComponent(q)}`;
      expect((await get<{ items: unknown[] }>(url)).items).toEqual([]);
    },
  );

  it('refuses what is no question', async () => {
    for (const query of ['', '?q=a&q=b', `?q=${'x'.repeat(513)}`]) {
      expect([query, (await api.get(`${base}/search${query}`, viewer)).statusCode]).toEqual([query, 422]);
    }
  });
});

describe('the events', () => {
  const ids = (page: Events) => page.events.map(({ eventId }) => eventId);

  it('come newest first, page by page, each with what it is now', async () => {
    const { events } = await get<Events>(`${base}/events`);
    expect(events.map(({ eventId, outcome }) => [eventId, outcome])).toEqual([
      ['waits', 'pending'],
      ['bad', 'rejected'],
      ['CHAIR-01', 'won'],
      ['e-2', 'superseded'],
      ['e-1', 'won'],
    ]);
    const sent = { quantity: -1, location: 'WH-1', updatedAtSent: '2026-06-01T09:58:00.0000009Z' };
    expect(events[0]).toMatchObject({ ...sent, updatedAt: '2026-06-01T09:58:00.000000Z' });
    expect(events[1]).toMatchObject({
      ...{ location: null, updatedAtSent: null },
      itemId: null,
      sku: 'chair 01',
      failureMode: 'malformed_sku',
      failureDetail: 'a space',
      workflowUrl: 'http://ui.test/namespaces/shop/workflows/sync%3Acanary%3Aacme%3Abad',
    });
    const pages = await allPages(`${base}/events?limit=2`, ids);
    expect(pages.map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(pages.flat()).toEqual(events.map(({ eventId }) => eventId));
  });

  it.each([
    ['failureMode=malformed_sku', ['bad']],
    ['failureMode=duplicate_event', ['e-1']],
    ['failureMode=conflicting_event', ['e-2']],
    ['failureMode=stale_catalog_version', ['e-2']],
    ['failureMode=publish_rejected', []],
    ['outcome=pending', ['waits']],
    ['outcome=won', ['CHAIR-01', 'e-1']],
    ['outcome=held', []],
    ['supplier=acme&outcome=rejected', ['bad']],
    ['supplier=nobody', []],
  ])('can be narrowed by %s', async (query, expected) => {
    expect(ids(await get<Events>(`${base}/events?${query}`))).toEqual(expected);
  });

  it.each(['failureMode=x', 'outcome=x', 'supplier=NO', 'limit=0', 'limit=501', 'before=1', 'before=x-1'])(
    'are refused for %s',
    async (query) => {
      expect((await api.get(`${base}/events?${query}`, viewer)).statusCode).toBe(422);
    },
  );
});

describe('the failure modes', () => {
  it('are all there, with counts, and what to do and to write', async () => {
    const { failureModes } = await get<FailureModes>(`${base}/failure-modes`);
    expect(failureModes.map(({ failureMode }) => failureMode)).toEqual(Object.keys(FAILURE_MODES));
    const seen = failureModes.filter(({ count }) => count > 0);
    expect(seen.map(({ failureMode, count }) => [failureMode, count])).toEqual([
      ['malformed_sku', 1],
      ['duplicate_event', 1],
      ['conflicting_event', 1],
      ['stale_catalog_version', 1],
    ]);
    for (const one of failureModes) {
      expect(one).toMatchObject(FAILURE_MODES[one.failureMode]);
      expect(one.macro.length).toBeGreaterThan(40);
      expect(one.lastSeenAt === null).toBe(one.count === 0);
    }
  });

  it('count what came since a moment, 24 hours ago unless given', async () => {
    const [row] = await api.sql<{ now: string }>(
      `SELECT to_char(now() + interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS now`,
    );
    const later = await get<FailureModes>(`${base}/failure-modes?since=${row?.now}`);
    expect(later.failureModes.every(({ count }) => count === 0)).toBe(true);
    expect((await get<FailureModes>(`${base}/failure-modes`)).since).toBe('2026-05-31T10:00:00.000000Z');
    expect(NOW).toBe(1_780_308_000_000_000n);
    expect((await api.get(`${base}/failure-modes?since=yesterday`, viewer)).statusCode).toBe(422);
  });

  it('count read-backs of the tenant alone, and events that nobody can trace', async () => {
    await api.sql(
      `INSERT INTO storefront_probe (item_id, probed_at_us, accepted_version, failure_mode)
       SELECT t || ':CHAIR-01', now_us(), 2, 'old_quantity_shown' FROM unnest('{canary,canaryx}'::text[]) AS t`,
    );
    const [before] = await api.sql<{ at: string }>(
      `SELECT received_at_us AS at FROM supplier_event WHERE event_id = 'waits'`,
    );
    await api.sql(
      `UPDATE supplier_event SET received_at_us = received_at_us - 91000000 WHERE event_id IN ('waits', 'e-2')`,
    );
    const { failureModes } = await get<FailureModes>(`${base}/failure-modes`);
    const count = (mode: string) => failureModes.find(({ failureMode }) => failureMode === mode)?.count;
    expect([count('old_quantity_shown'), count('untraceable_event')]).toEqual([1, 1]);
    const { events } = await get<Events>(`${base}/events?failureMode=untraceable_event`);
    expect(events.map(({ eventId }) => eventId)).toEqual(['waits']);
    await api.sql(`UPDATE supplier_event SET received_at_us = $1 WHERE event_id IN ('waits', 'e-2')`, [
      before?.at,
    ]);
  });
});

describe('the audit list', () => {
  it('has the newest first, page by page; what belongs to no tenant is for those who see all', async () => {
    await addToken(api.database, { role: 'viewer', name: 'desk', actor: 'ada', reason: 'new desk' });
    await addToken(api.database, { role: 'viewer', name: 'own', tenant: TENANT, actor: 'bob' });
    await addToken(api.database, { role: 'viewer', name: 'far', tenant: 'asleep', actor: 'eve' });
    const actors = ({ entries }: { entries: { actor: string }[] }) => entries.map(({ actor }) => actor);
    const all = await get<{ entries: { actor: string }[] }>(`${base}/audit`);
    expect(actors(all)).toEqual(['bob', 'ada']);
    expect(all.entries[1]).toMatchObject({
      tenant: null,
      action: 'token.add',
      subject: expect.stringMatching(/^token\//),
      reason: 'new desk',
      before: null,
      after: { name: 'desk', role: 'viewer' },
    });
    const own = await get<typeof all>(`${base}/audit`, await api.token('viewer', TENANT));
    expect(actors(own)).toEqual(['bob']);
    expect(await allPages(`${base}/audit?limit=1`, actors)).toEqual([['bob'], ['ada'], []]);
  });
});

describe('the trace by query', () => {
  it('is that of the path, also for ids that are steps of a path', async () => {
    const byPath = await get(`${base}/items/CHAIR-01/trace`);
    expect(await get(`${base}/trace?sku=chair-01`)).toEqual(byPath);
    const event = await get<{ answer: string }>(`${base}/trace?supplier=acme&event=e-2`);
    expect(event).toEqual(await get(`${base}/suppliers/acme/events/e-2/trace`));
    await api.send({ id: '..', sku: '..', quantity: 1, updatedAt: '2026-06-01T09:58:00Z' });
    const steps = await get<Events>(`${base}/trace?supplier=acme&event=..`);
    expect(steps.events).toMatchObject([{ eventId: '..' }]);
    const paged = await api.get(`${base}/trace?sku=chair-01&limit=1`, viewer);
    const next = /<(.*)>; rel="next"/.exec(String(paged.headers.link))?.[1] ?? '';
    expect((await get<Events>(next)).events).toMatchObject([{ eventId: 'e-1' }]);
  });

  it.each(['', 'sku=a&event=b', 'supplier=acme', 'event=e-1', 'sku=a&supplier=acme&event=b'])(
    'asks for one thing: not %j',
    async (query) => {
      expect((await api.get(`${base}/trace?${query}`, viewer)).statusCode).toBe(422);
    },
  );
});
