import type { Response } from 'light-my-request';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mayAct, ROLES, type Role } from '../../src/domain/roles.ts';
import { saveItem, startApi, SUPPLIER, TENANT, type Api } from './api.ts';
import { signedIn, type SignedIn } from './signed-in.ts';

const OTHER = 'other';
const RIVAL = 'rival';

interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As OpenAPI writes it: `/v1/tenants/{tenant}`. */
  path: string;
  url: string;
  hasBody: boolean;
}

let api: Api;
let replayId: string;
let sweepId: string;
let runId: string;
/** By `METHOD path`, what the route declared. */
const declared = new Map<string, { public?: true; role?: Role; orSupplier?: true }>();
let operations: Operation[];
let sessionOfOther: SignedIn;

beforeAll(async () => {
  api = await startApi();
  // Before the first request: until then no route is registered.
  api.app.addHook('onRoute', ({ method, url, config }) => {
    for (const one of [method].flat()) declared.set(`${one} ${openApiPath(url)}`, config ?? {});
  });
  await api.database.tenant.create({ data: { id: OTHER, state: 'open' } });
  await api.database.supplier.create({ data: { tenantId: OTHER, id: SUPPLIER, state: 'open' } });
  await api.database.supplier.create({ data: { tenantId: TENANT, id: RIVAL, state: 'open' } });
  await saveItem(api, {
    id: 'secret-event',
    sku: 'CHAIR-01',
    quantity: 5,
    updatedAt: '2026-06-01T09:59:00Z',
  });
  const started = await ask('POST', `/v1/tenants/${TENANT}/replays`, await api.token('admin'));
  replayId = started.json().replayId;
  const swept = await ask('POST', `/v1/tenants/${TENANT}/sweeps`, await api.token('admin'));
  sweepId = swept.json().sweepId;
  await api.app.inject({
    ...{ method: 'PUT', url: `/v1/tenants/${TENANT}/feeds/night`, payload: FEED },
    headers: { authorization: `Bearer ${await api.token('admin')}` },
  });
  const handedIn = await ask('POST', `/v1/tenants/${TENANT}/feeds/night/files`, await api.token('admin'));
  runId = handedIn.json().runId;
  const { paths } = (await api.get('/openapi.json', await api.token('viewer'))).json<{
    paths: Record<string, Record<string, { requestBody?: unknown }>>;
  }>();
  operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { requestBody }]) => ({
      method: method.toUpperCase() as Operation['method'],
      path,
      url: urlOf(path),
      hasBody: requestBody !== undefined,
    })),
  );
  sessionOfOther = await signedIn(api, { token: await api.token('admin', OTHER) });
});
afterAll(() => api?.close());

function openApiPath(url: string): string {
  return url.replaceAll(/:(\w+)/g, '{$1}');
}

/** The address of something that tenant canary really has. */
function urlOf(path: string, tenant = TENANT): string {
  const values: Record<string, string> = {
    tenant,
    supplier: SUPPLIER,
    sku: 'CHAIR-01',
    event: 'secret-event',
    replay: replayId,
    sweep: sweepId,
    feed: 'night',
    run: runId,
    name: 'dashboard',
    code: '4711',
  };
  const url = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? `some-${name}`);
  if (path.endsWith('/search')) return `${url}?q=CHAIR-01`;
  if (path.endsWith('{supplier}/event')) return `${url}?event=secret-event`;
  return path.endsWith('{tenant}/trace') ? `${url}?sku=CHAIR-01` : url;
}

const BODIES = {
  '/codec/decode': { payloads: [] },
  '/replays': { since: '2026-01-01T00:00:00Z' },
  '/gate/open': { suppliers: [SUPPLIER], reason: 'test' },
  '/gate/widen': { supplier: SUPPLIER, reason: 'test' },
  '/gate/approve-trace': { supplier: SUPPLIER, eventId: 'secret-event', explanation: 'test' },
  '/gate/rollback': { reason: 'test' },
  '/gate/checklist': { reference: 'https://dashboards.test/1' },
  '/approve': { reason: 'test' },
  '/refuse': { reason: 'test' },
  '/corrections': { sku: 'CHAIR-01', quantity: 3, reason: 'test' },
  '/voids': { eventId: 'secret-event', reason: 'test' },
  '/aliases': { aliases: [{ code: '4711', sku: 'CHAIR-01' }] },
  '/feed-previews': { supplier: SUPPLIER, sample: 'c2t1LHF0eSxhdAo=' },
};

const FEED = {
  supplier: SUPPLIER,
  source: { upload: {} },
  columns: { sku: 'sku', quantity: 'qty', updatedAt: 'at' },
};

function bodyOf(url: string): object {
  return Object.entries(BODIES).find(([part]) => url.includes(part))?.[1] ?? {};
}

/** Bodies that pass their schema, so that nothing is refused for its shape before the answer that counts. */
function ask(method: Operation['method'], url: string, token?: string): Promise<Response> {
  const body = bodyOf(url);
  return api.app.inject({
    method,
    url,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(method !== 'GET' && method !== 'DELETE' && { 'content-type': 'application/json' }),
    },
    ...(method !== 'GET' && method !== 'DELETE' && { payload: JSON.stringify(body) }),
  });
}

/** Those that a role guards. */
function guarded(): (Operation & { role: Role })[] {
  return operations.flatMap((operation) => {
    const role = declared.get(`${operation.method} ${operation.path}`)?.role;
    return role === undefined ? [] : [{ ...operation, role }];
  });
}

const ofTenants = () => guarded().filter(({ path }) => path.includes('{tenant}'));

describe('every route', () => {
  it('is described, and declares a role or that it is public', () => {
    const hidden = new Set(['/openapi.json', '/api-docs', '/assets/*', '/', 'OPTIONS /codec/decode']);
    const undescribed = [...declared.keys()].filter((name) => {
      const [method = '', path = ''] = name.split(' ');
      return (
        method !== 'HEAD' &&
        !hidden.has(path) &&
        !hidden.has(name) &&
        !operations.some((one) => `${one.method} ${one.path}` === name)
      );
    });
    expect(undescribed).toEqual([]);
    for (const { method, path } of operations) {
      const { role, public: open } = declared.get(`${method} ${path}`) ?? {};
      expect([method, path, role !== undefined, open === true]).toEqual([
        method,
        path,
        open !== true,
        role === undefined,
      ]);
    }
  });

  it('that is open to everybody is one of a few', () => {
    const open = [...declared].filter(([, config]) => config.public).map(([name]) => name);
    expect(open.filter((name) => !name.startsWith('HEAD ')).toSorted()).toEqual([
      'GET /',
      'GET /api-docs',
      'GET /assets/*',
      'GET /healthz',
      'GET /openapi.json',
      'GET /readyz',
      'GET /sign-in/methods',
      'OPTIONS /codec/decode',
      'POST /session',
      'POST /v1/tenants/{tenant}/feeds/{feed}/events',
      'POST /v1/tenants/{tenant}/suppliers/{supplier}/events',
    ]);
  });

  it('has been looked at: the list is not empty, and shows the owner what is there', async () => {
    expect(ofTenants().length).toBeGreaterThan(10);
    const owner = await api.token('admin', TENANT);
    for (const { method, url, role } of ofTenants()) {
      const answer = await ask(method, url, owner);
      // Done, or refused for a reason that has nothing to do with who asks.
      const seen =
        answer.statusCode < 300 ||
        [409, 422].includes(answer.statusCode) ||
        answer.json().code === 'gate_unavailable';
      expect([method, url, role, seen]).toEqual([method, url, role, true]);
    }
  });

  it('is a 401 without a token', async () => {
    for (const { method, path, url } of guarded()) {
      const { orSupplier } = declared.get(`${method} ${path}`) ?? {};
      const answer = await ask(method, url);
      expect([method, url, answer.statusCode, answer.json().code]).toEqual([
        method,
        url,
        401,
        orSupplier ? 'not_signed' : 'token_missing',
      ]);
    }
  });

  it('is a 403 for each role that is too weak', async () => {
    for (const held of ROLES) {
      const token = await api.token(held);
      for (const { method, url, role } of guarded().filter((one) => !mayAct(held, one.role))) {
        const answer = await ask(method, url, token);
        expect([held, role, method, url, answer.statusCode]).toEqual([held, role, method, url, 403]);
      }
    }
  });

  it('shows nothing of another tenant: a 404, the same as for a tenant that is not there', async () => {
    const token = await api.token('admin', OTHER);
    for (const { method, path, url } of ofTenants()) {
      const nowhere = await ask(method, urlOf(path, 'nowhere'), token);
      for (const answer of [await ask(method, url, token), await askBySession(method, url)]) {
        expect([method, url, answer.statusCode, answer.body]).toEqual([method, url, 404, nowhere.body]);
        expect(answer.body).not.toMatch(/secret-event|CHAIR-01/);
      }
    }
  });

  it("shows nothing of another tenant in one's own answers", async () => {
    const token = await api.token('admin', OTHER);
    // A void that is refused says back which event was asked for.
    const writing = (path: string) => /\/(?:replays|cancel|voids)$/.test(path);
    for (const { method, path } of guarded().filter((one) => one.method === 'GET' || !writing(one.path))) {
      const answer = await ask(method, urlOf(path, OTHER), token);
      expect([method, path, /secret-event|canary:|"canary"/.test(answer.body)]).toEqual([
        method,
        path,
        false,
      ]);
    }
  });

  it('of a supplier is one of a few, and names whose it is', () => {
    const own = guarded().filter(({ role }) => role === 'supplier');
    expect(own.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual([
      'DELETE /session',
      'GET /session',
      'GET /v1/tenants/{tenant}/suppliers/{supplier}/deliveries',
      'GET /v1/tenants/{tenant}/suppliers/{supplier}/event',
      'GET /v1/tenants/{tenant}/suppliers/{supplier}/events',
    ]);
  });

  it('shows nothing of another supplier, by token and by session: a 404, as for one that is not there', async () => {
    const token = await api.token('supplier', TENANT, RIVAL);
    const session = await signedIn(api, { token });
    const named = guarded().filter(({ path }) => path.includes('{supplier}'));
    expect(named.length).toBeGreaterThan(3);
    for (const { method, path, url } of named) {
      const nowhere = await ask(method, url.replace(`/${SUPPLIER}/`, '/nobody/'), token);
      const bySession = await session.ask(method as Exclude<typeof method, 'PATCH'>, url);
      for (const answer of [await ask(method, url, token), bySession]) {
        expect([method, path, answer.statusCode, answer.body]).toEqual([method, path, 404, nowhere.body]);
      }
    }
  });

  it('shows a supplier its own, and a 403 or 404 of everything else', async () => {
    const token = await api.token('supplier');
    for (const { method, path, url, role } of guarded()) {
      if (method === 'DELETE' && path === '/session') continue;
      const { statusCode } = await ask(method, url, token);
      expect([method, path, statusCode]).toEqual([method, path, role === 'supplier' ? 200 : 403]);
    }
  });

  it('of a tenant that is not there is a 404 for those who may see all', async () => {
    const token = await api.token('admin');
    for (const { method, path } of ofTenants()) {
      const answer = await ask(method, urlOf(path, 'nowhere'), token);
      expect([method, path, answer.statusCode]).toEqual([method, path, 404]);
    }
  });
});

function askBySession(method: Operation['method'], url: string): Promise<Response> {
  return method === 'GET' || method === 'DELETE'
    ? sessionOfOther.ask(method, url)
    : sessionOfOther.ask(method === 'PUT' ? 'PUT' : 'POST', url, bodyOf(url));
}
