import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import type { Role } from '../../src/domain/roles.ts';
import { createToken } from '../../src/access/tokens.ts';
import { createServer } from '../../src/http/create-server.ts';
import { gateStatusSchema, rollbackAnswerSchema } from '../../src/http/routes/gate-schema.ts';
import { testProduct, type Product } from '../support/product.ts';
import { until } from '../support/until.ts';
import { closedTenant, confirmAll, samplesSay, watchedEnough } from './launch.ts';

let product: Product;
let app: FastifyInstance;
let alone: FastifyInstance;
let tenant: string;
let no = 0;

beforeAll(async () => {
  product = await testProduct();
  await closedTenant(product.database, 'other', []);
  // Its own samples come too late to disturb those of the tests.
  await product.startWorker({ gate: { sampleSeconds: 120, businessDaySeconds: 60 } });
  const shared = {
    databases: product.pools(),
    secretsKeys: ringOf(randomBytes(32)),
    log: pino({ level: 'silent' }),
  };
  app = createServer({ ...shared, temporal: product.client });
  alone = createServer(shared);
});
afterAll(async () => {
  await app?.close();
  await alone?.close();
  await product?.close();
});
beforeEach(async () => {
  tenant = `shop-${(no += 1)}`;
  await closedTenant(product.database, tenant, ['acme', 'globex']);
});

async function token(role: Role, of?: string): Promise<string> {
  const { id, token: text, hash } = createToken();
  await product.database.apiToken.create({
    data: { id, name: `${role} of the tests`, role, tokenHash: hash, tenantId: of ?? null },
  });
  return text;
}

async function ask(
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  options: { role?: Role; of?: string; body?: object; server?: FastifyInstance; tenant?: string } = {},
) {
  const { role = 'operator', of, body, server = app } = options;
  const answer = await server.inject({
    method,
    url: `/v1/tenants/${options.tenant ?? tenant}/gate${path}`,
    headers: { authorization: `Bearer ${await token(role, of)}` },
    ...(body && { payload: body }),
  });
  return { status: answer.statusCode, body: answer.json() };
}

const conditions = (body: { missing: { condition: string }[] }): string[] =>
  body.missing.map(({ condition }) => condition);
const opening = { suppliers: ['acme'], reason: 'release 12' };

describe('the gate over HTTP', () => {
  it('tells viewers where a launch stands', async () => {
    const { status, body } = await ask('GET', '', { role: 'viewer' });
    expect(status).toBe(200);
    const read = gateStatusSchema.parse(body);
    expect(read).toMatchObject({
      tenant,
      state: 'closed',
      verdict: 'inconclusive',
      sampledAt: null,
      watch: null,
    });
    expect(read.toOpen).toHaveLength(5);
    expect(read.signals.map(({ title }) => title)).toHaveLength(5);
  });

  it('shows nobody another tenant, and none that is not there', async () => {
    expect((await ask('GET', '', { role: 'admin', of: 'other' })).status).toBe(404);
    expect((await ask('GET', '', { tenant: 'nobody' })).status).toBe(404);
    for (const [method, path, body] of [
      ['POST', '/open', opening],
      ['POST', '/rollback', { reason: 'why' }],
      ['PUT', '/checklist/canary-approved', { reference: 'ada' }],
    ] as const) {
      const unknown = await ask(method, path, { tenant: 'nobody', body });
      expect(unknown).toMatchObject({ status: 404, body: { code: 'not_found' } });
      expect((await ask(method, path, { role: 'admin', of: 'other', body })).status).toBe(404);
    }
    const supplier = await ask('POST', '/rollback', { body: { supplier: 'nobody', reason: 'why' } });
    expect(supplier.status).toBe(404);
  });

  it.each([
    ['POST', '/open', 'support', opening],
    ['POST', '/widen', 'support', { supplier: 'acme', reason: 'green' }],
    ['POST', '/rollback', 'support', { reason: 'why' }],
    ['PUT', '/checklist/dashboard', 'support', { reference: 'https://example.com' }],
    ['POST', '/approve-trace', 'viewer', { supplier: 'acme', eventId: 'e-1', explanation: 'newer' }],
  ] as const)('%s %s is not for the role %s', async (method, path, role, body) => {
    expect(await ask(method, path, { role, body })).toMatchObject({ status: 403 });
  });

  it('refuses with every missing condition', async () => {
    const { status, body } = await ask('POST', '/open', { body: { ...opening, suppliers: ['acme', 'x'] } });
    expect([status, body.code]).toEqual([409, 'gate_refused']);
    expect(conditions(body)).toEqual([
      'checklist_replay_tested',
      'checklist_dashboard',
      'checklist_canary_approved',
      'checklist_rollback_note',
      'checklist_support_macro',
      'supplier_known',
    ]);
  });

  it('takes a launch from the checklist to a rollback, by tokens with a name', async () => {
    const { database } = product;
    await database.replay.create({
      data: {
        id: `staging-${tenant}`,
        tenantId: tenant,
        sinceUs: 0n,
        untilUs: 1n,
        requestedBy: 'ada',
        eventsTotal: 1,
        state: 'completed',
        items: { create: { itemId: `${tenant}:CHAIR-01`, outcome: 'already_current' } },
      },
    });
    for (const [name, reference] of [
      ['replay-tested', `staging-${tenant}`],
      ['dashboard', 'https://grafana.example.com/d/1'],
      ['canary-approved', 'Ada, release meeting'],
      ['rollback-note', 'https://tickets.example.com/12#rollback'],
      ['support-macro', 'http://help.example.com/macro'],
    ]) {
      const done = await ask('PUT', `/checklist/${name}`, { body: { reference } });
      expect(done.status).toBe(200);
    }
    const opened = await ask('POST', '/open', { body: opening });
    expect(opened).toMatchObject({ status: 200, body: { tenant, state: 'canary', toOpen: [] } });
    const given = await database.gateRequest.findFirstOrThrow({ where: { tenantId: tenant } });
    expect(given).toMatchObject({
      actor: 'token operator of the tests',
      origin: { role: 'operator', tokenId: expect.any(String), requestId: expect.any(String) },
    });
    expect(await ask('POST', '/widen', { body: { supplier: 'globex', reason: 'green' } })).toMatchObject({
      status: 409,
      body: { code: 'gate_refused' },
    });
    const approved = await ask('POST', '/approve-trace', {
      role: 'support',
      body: { supplier: 'acme', eventId: 'unheard-of', explanation: 'newer' },
    });
    expect([approved.status, conditions(approved.body)]).toEqual([409, ['event_sampled']]);
    const closed = await ask('POST', '/rollback', { body: { reason: 'wrong prices' }, server: alone });
    expect(closed.status).toBe(200);
    expect(rollbackAnswerSchema.parse(closed.body)).toMatchObject({
      before: 'canary',
      after: 'closed',
      sending: [],
    });
    const entries = await database.auditEntry.findMany({
      where: { tenantId: tenant, action: { startsWith: 'gate.' } },
    });
    expect(new Set(entries.map(({ actor }) => actor))).toEqual(new Set(['token operator of the tests']));
  });

  it('widens a green, watched and explained canary', async () => {
    await confirmAll(product.database, tenant);
    await ask('POST', '/open', { body: opening });
    // The gate samples by itself after each command, which can come in between: by then, or by before the opening.
    const missing = await until(async () => {
      await samplesSay(product.database, tenant);
      await watchedEnough(product.database, tenant);
      const { body } = await ask('POST', '/widen', { body: { supplier: 'globex', reason: 'green' } });
      return !conditions(body).some((one) => /^(signal|sample)_/.test(one)) && conditions(body);
    });
    expect(missing).toEqual(['traces_explained']);
  });

  it.each([
    ['replay-tested', 'no-such-replay'],
    ['dashboard', 'the usual one'],
    ['dashboard', 'ftp://example.com/dashboard'],
    ['rollback-note', 'https://ada:hunter2@example.com/'],
    ['support-macro', 'javascript:alert(1)'],
  ])('takes no %s that says %j', async (name, reference) => {
    const { status, body } = await ask('PUT', `/checklist/${name}`, { body: { reference } });
    expect([status, body.code]).toEqual([422, 'evidence_refused']);
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(await product.database.checklistItem.count({ where: { tenantId: tenant } })).toBe(0);
  });

  it('refuses words that the database cannot keep, and nothing is done', async () => {
    for (const text of ['ada\u0000', 'ada\ud800', ' ']) {
      for (const [method, path, body] of [
        ['PUT', '/checklist/canary-approved', { reference: text }],
        ['POST', '/rollback', { reason: text }],
        ['POST', '/open', { ...opening, reason: text }],
      ] as const) {
        const answer = await ask(method, path, { body });
        expect([path, answer.status, answer.body.code]).toEqual([path, 422, 'invalid_shape']);
      }
    }
  });

  it('takes no replay that did not end well, nor another tenant’s from a token of one tenant', async () => {
    const replay = (id: string, more: object) =>
      product.database.replay.create({
        data: {
          id: `${id}-${tenant}`,
          tenantId: tenant,
          sinceUs: 0n,
          untilUs: 1n,
          requestedBy: 'ada',
          ...more,
        },
      });
    await replay('running', { eventsTotal: 3 });
    await replay('cancelled', { eventsTotal: 3, state: 'cancelled' });
    await replay('empty', { state: 'completed' });
    await replay('held', {
      eventsTotal: 3,
      state: 'completed',
      items: { create: { itemId: `${tenant}:CHAIR-01`, outcome: 'held', touched: false } },
    });
    await replay('good', {
      eventsTotal: 3,
      state: 'completed',
      items: { create: { itemId: `${tenant}:CHAIR-01`, outcome: 'already_current' } },
    });
    const confirm = (id: string, of?: string, whose = tenant) =>
      ask('PUT', '/checklist/replay-tested', {
        role: 'operator',
        ...(of !== undefined && { of }),
        tenant: whose,
        body: { reference: `${id}-${tenant}` },
      });
    for (const id of ['running', 'cancelled', 'empty', 'held']) expect((await confirm(id)).status).toBe(422);
    const other = `${tenant}-two`;
    await closedTenant(product.database, other, []);
    expect((await confirm('good', other, other)).status).toBe(422);
    expect((await confirm('good', undefined, other)).status).toBe(200);
    expect((await confirm('good', tenant)).status).toBe(200);
  });

  it('without Temporal shows, confirms and rolls back, and says why it cannot open', async () => {
    await confirmAll(product.database, tenant);
    const { status, body } = await ask('POST', '/open', { body: opening, server: alone });
    expect([status, body.code]).toEqual([503, 'gate_unavailable']);
    expect((await ask('GET', '', { server: alone })).status).toBe(200);
    expect((await ask('POST', '/rollback', { body: { reason: 'why' }, server: alone })).status).toBe(200);
  });

  it.each([
    ['POST', '/open', { suppliers: [], reason: 'why' }],
    ['POST', '/open', { suppliers: ['acme'] }],
    ['POST', '/widen', { supplier: 'acme', reason: ' ' }],
    ['POST', '/approve-trace', { supplier: 'acme', eventId: 'e-1', explanation: '' }],
    ['POST', '/rollback', {}],
    ['PUT', '/checklist/dashboard', { reference: '' }],
    ['POST', '/open', { ...opening, more: 1 }],
  ] as const)('%s %s with the body %j has not the right shape', async (method, path, body) => {
    expect(await ask(method, path, { body })).toMatchObject({ status: 422, body: { code: 'invalid_shape' } });
  });

  it('knows no other item of the checklist', async () => {
    expect((await ask('PUT', '/checklist/coffee', { body: { reference: 'hot' } })).status).toBe(404);
  });
});
