import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSignInLink } from '../../src/access/tickets.ts';
import { addToken } from '../../src/access/issue-tokens.ts';
import type { Sessions } from '../../src/http/routes/sessions-schema.ts';
import type { AuditList } from '../../src/http/routes/audit-schema.ts';
import { saveItem, startApi, TENANT, type Api } from './api.ts';
import { ORIGIN, signedIn, ticketOf, type SignedIn } from './signed-in.ts';

let api: Api;
let ada: SignedIn;

beforeAll(async () => {
  api = await startApi();
  await saveItem(api, { id: 'e-1', sku: 'CHAIR-01', quantity: 7, updatedAt: '2026-06-01T10:00:00Z' });
  ada = await signedIn(api, { ticket: ticketOf(await createSignInLink(api.database, ORIGIN, 'ada')) });
});
afterAll(() => api?.close());

const since = '2026-01-01T00:00:00Z';
const sweeps = `/v1/tenants/${TENANT}/sweeps`;
const replays = `/v1/tenants/${TENANT}/replays`;
const feeds = `/v1/tenants/${TENANT}/feeds`;
const aliases = `/v1/tenants/${TENANT}/suppliers/acme/aliases`;
const corrections = `/v1/tenants/${TENANT}/corrections`;
const gate = `/v1/tenants/${TENANT}/gate`;

/** Makes a feed. */
async function feed(name: string, source: object = { upload: {} }) {
  const columns = { sku: 'sku', quantity: 'qty', updatedAt: 'at' };
  return ada.ask('PUT', `${feeds}/${name}`, { supplier: 'acme', source, columns });
}

/** Puts a run of such a feed into a state. @returns the address of the run */
async function runIn(name: string, state: string): Promise<string> {
  await feed(name);
  await api.sql(
    `INSERT INTO feed_run (id, tenant_id, feed_id, feed_version, trigger, requested_by, state)
     VALUES ($1, $2, $1, 1, 'upload', 'x', $3)`,
    [name, TENANT, state],
  );
  return `${feeds}/${name}/runs/${name}`;
}

/** Every route that changes something, how it is asked, and what it says of itself in the audit list; null: nothing. */
const CHANGES: Record<
  string,
  { action: string | null; ask(): Promise<{ statusCode: number; body: string }> }
> = {
  'POST /v1/tenants/{tenant}/corrections': {
    action: 'item.correct',
    ask: () => ada.ask('POST', corrections, { sku: 'CHAIR-01', quantity: 3, reason: 'recounted' }),
  },
  'POST /v1/tenants/{tenant}/suppliers/{supplier}/voids': {
    action: 'event.void',
    ask: async () => {
      const { eventId } = (
        await ada.ask('POST', corrections, { sku: 'CHAIR-01', quantity: 3, reason: 'recounted' })
      ).json();
      return ada.ask('POST', `/v1/tenants/${TENANT}/suppliers/manual/voids`, { eventId, reason: 'wrong' });
    },
  },
  'POST /v1/tenants/{tenant}/replays': {
    action: 'replay.start',
    ask: () => ada.ask('POST', replays, { since }),
  },
  'POST /v1/tenants/{tenant}/replays/{replay}/cancel': {
    action: 'replay.cancel',
    ask: async () => {
      const { replayId } = (await ada.ask('POST', replays, { since })).json();
      return ada.ask('POST', `${replays}/${replayId}/cancel`);
    },
  },
  'POST /v1/tenants/{tenant}/replays/prediction': {
    action: null,
    ask: () => ada.ask('POST', `${replays}/prediction`, { since }),
  },
  'POST /v1/tenants/{tenant}/sweeps': {
    action: 'sweep.start',
    ask: () => ada.ask('POST', sweeps, {}),
  },
  'POST /v1/tenants/{tenant}/sweeps/{sweep}/cancel': {
    action: 'sweep.cancel',
    ask: async () => {
      const { sweepId } = (await ada.ask('POST', sweeps, {})).json();
      return ada.ask('POST', `${sweeps}/${sweepId}/cancel`);
    },
  },
  'PUT /v1/tenants/{tenant}/feeds/{feed}': { action: 'feed.set', ask: () => feed('night') },
  'POST /v1/tenants/{tenant}/feeds/{feed}/pause': {
    action: 'feed.pause',
    ask: async () => {
      await feed('paused');
      return ada.ask('POST', `${feeds}/paused/pause`);
    },
  },
  'POST /v1/tenants/{tenant}/feeds/{feed}/resume': {
    action: 'feed.resume',
    ask: () => ada.ask('POST', `${feeds}/paused/resume`),
  },
  'POST /v1/tenants/{tenant}/feeds/{feed}/files': {
    action: 'feed.run',
    ask: async () => {
      await feed('handed');
      return ada.ask('POST', `${feeds}/handed/files`, {});
    },
  },
  'POST /v1/tenants/{tenant}/feeds/{feed}/runs': {
    action: 'feed.run',
    ask: async () => {
      await feed('fetched', { http: { url: 'https://files.example.com/stock.csv' } });
      return ada.ask('POST', `${feeds}/fetched/runs`);
    },
  },
  'POST /v1/tenants/{tenant}/feeds/{feed}/runs/{run}/approve': {
    action: 'feed.approve',
    ask: async () => ada.ask('POST', `${await runIn('approved', 'held')}/approve`, { reason: 'test' }),
  },
  'POST /v1/tenants/{tenant}/feeds/{feed}/runs/{run}/refuse': {
    action: 'feed.refuse',
    ask: async () => ada.ask('POST', `${await runIn('refused', 'held')}/refuse`, { reason: 'test' }),
  },
  'POST /v1/tenants/{tenant}/feeds/{feed}/runs/{run}/cancel': {
    action: 'feed.cancel',
    ask: async () => ada.ask('POST', `${await runIn('cancelled', 'reading')}/cancel`),
  },
  'POST /v1/tenants/{tenant}/feed-previews': {
    action: null,
    ask: () =>
      ada.ask('POST', `/v1/tenants/${TENANT}/feed-previews`, {
        supplier: 'acme',
        sample: 'c2t1LHF0eSxhdAo=',
      }),
  },
  'POST /v1/tenants/{tenant}/suppliers/{supplier}/aliases': {
    action: 'alias.import',
    ask: () => ada.ask('POST', aliases, { aliases: [{ code: '4711', sku: 'CHAIR-01' }] }),
  },
  'DELETE /v1/tenants/{tenant}/suppliers/{supplier}/aliases/{code}': {
    action: 'alias.remove',
    ask: async () => {
      await ada.ask('POST', aliases, { aliases: [{ code: '0815', sku: 'CHAIR-01' }] });
      return ada.ask('DELETE', `${aliases}/0815`);
    },
  },
  'DELETE /v1/sessions/{session}': {
    action: 'session.revoke',
    ask: async () => {
      const { token } = await addToken(api.database, {
        role: 'viewer',
        name: 'vera',
        tenant: TENANT,
        actor: 'test',
      });
      await signedIn(api, { token });
      const { sessions } = (await ada.ask('GET', '/v1/sessions')).json<Sessions>();
      return ada.ask('DELETE', `/v1/sessions/${sessions[0]?.id}`);
    },
  },
  'PUT /v1/tenants/{tenant}/gate/checklist/{name}': {
    action: 'gate.checklist',
    ask: () => ada.ask('PUT', `${gate}/checklist/dashboard`, { reference: 'https://dashboards.test/1' }),
  },
  'POST /v1/tenants/{tenant}/gate/rollback': {
    action: 'gate.rollback',
    ask: () => ada.ask('POST', `${gate}/rollback`, { reason: 'test' }),
  },
};

/** Not for sessions, or about the session itself. */
const OTHERS = [
  'POST /session',
  'DELETE /session',
  'POST /v1/tenants/{tenant}/feeds/{feed}/events',
  'POST /v1/tenants/{tenant}/suppliers/{supplier}/events',
  // It changes nothing.
  'POST /codec/decode',
];

/** Carried out by the gate's workflow; test/gate says who they name. */
const BY_WORKFLOW = ['open', 'widen', 'approve-trace'].map(
  (command) => `POST /v1/tenants/{tenant}/gate/${command}`,
);

it('each route that changes something is asked below', async () => {
  const { paths } = (await ada.ask('GET', '/openapi.json')).json<{ paths: Record<string, object> }>();
  const writing = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => method !== 'get')
      .map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(writing.toSorted()).toEqual([...Object.keys(CHANGES), ...OTHERS, ...BY_WORKFLOW].toSorted());
});

it.each(Object.entries(CHANGES))(
  '%s stands in the audit list with the name',
  async (_route, { action, ask }) => {
    const before = await audit();
    const answer = await ask();
    expect([answer.statusCode, answer.statusCode < 300 ? '' : answer.body]).toEqual([answer.statusCode, '']);
    const added = (await audit()).slice(0, -before.length || undefined);
    if (action === null) expect(added).toEqual([]);
    else {
      const by = { actor: 'console ada', principal: { kind: 'console', name: 'ada' }, tokenId: null };
      expect(added[0]).toMatchObject({ ...by, action, tenant: TENANT, address: '127.0.0.1' });
      // What the test itself does came by no request.
      for (const { requestId } of added.filter(({ actor }) => actor === by.actor))
        expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
    }
  },
);

async function audit(): Promise<AuditList['entries']> {
  return (await ada.ask('GET', `/v1/tenants/${TENANT}/audit?limit=500`)).json<AuditList>().entries;
}
