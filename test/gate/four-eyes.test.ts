import { randomBytes } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import { createSignInLink } from '../../src/access/tickets.ts';
import { createToken } from '../../src/access/tokens.ts';
import { missingFourEyes, type Somebody } from '../../src/domain/four-eyes.ts';
import type { Origin } from '../../src/domain/origin.ts';
import { createServer } from '../../src/http/create-server.ts';
import { cli, type Cli } from '../cli/run.ts';
import { ORIGIN, signedIn, ticketOf } from '../http/signed-in.ts';
import { testProduct, type Product } from '../support/product.ts';
import { closedTenant, confirmAll } from './launch.ts';

let product: Product;
let app: FastifyInstance;
let shell: Cli;
let tenant: string;
let no = 0;

beforeAll(async () => {
  product = await testProduct();
  await product.startWorker({ gate: { sampleSeconds: 120, fourEyes: true } });
  const { client: temporal } = product;
  const secretsKeys = ringOf(randomBytes(32));
  app = createServer({
    ...{ databases: product.pools(), temporal, secretsKeys, publicUrl: ORIGIN },
    log: pino({ level: 'silent' }),
  });
  shell = await cli({
    DATABASE_URL: product.url,
    TEMPORAL_ADDRESS: inject('temporalAddress'),
    TEMPORAL_NAMESPACE: temporal.options.namespace,
  });
});
afterAll(async () => {
  await shell?.close();
  await app?.close();
  await product?.close();
});
beforeEach(async () => {
  tenant = `shop-${(no += 1)}`;
  await closedTenant(product.database, tenant, ['acme']);
  await confirmAll(product.database, tenant);
  // Those were confirmed by somebody who is not known; the last one counts.
  await product.sql('UPDATE checklist_item SET at_us = 1 WHERE tenant_id = $1', [tenant]);
});

async function token(name: string): Promise<string> {
  const { id, token: text, hash } = createToken();
  await product.database.apiToken.create({ data: { id, name, role: 'operator', tokenHash: hash } });
  return text;
}

async function by(bearer: string, method: 'POST' | 'PUT', path: string, payload: object) {
  const url = `/v1/tenants/${tenant}/gate${path}`;
  const answer = await app.inject({ method, url, headers: { authorization: `Bearer ${bearer}` }, payload });
  return { status: answer.statusCode, body: answer.json() };
}
const evidence = { reference: 'https://grafana.example.com/d/1' };
const opening = { suppliers: ['acme'], reason: 'release 12' };
const confirmBy = async (bearer: string): Promise<void> => {
  expect((await by(bearer, 'PUT', '/checklist/dashboard', evidence)).status).toBe(200);
};
const refused = (name: string) => ({
  code: 'gate_refused',
  detail: expect.stringContaining(
    `Four eyes: ${name} confirmed "dashboard shows queue lag and publish errors"`,
  ),
  missing: [
    { condition: 'four_eyes', detail: expect.stringContaining('somebody else has to open the canary') },
  ],
});

describe('with four eyes, who confirmed the last condition', () => {
  it('cannot open the canary by the same token, a session of it, or another token of that name', async () => {
    const ann = await token('ann');
    await confirmBy(ann);
    expect(await by(ann, 'POST', '/open', opening)).toMatchObject({ status: 409, body: refused('ann') });
    expect(await by(await token('Ann '), 'POST', '/open', opening)).toMatchObject({
      status: 409,
      body: refused('ann'),
    });
    const session = await signedIn({ app }, { token: ann });
    const answer = await session.ask('POST', `/v1/tenants/${tenant}/gate/open`, opening);
    expect([answer.statusCode, answer.json()]).toMatchObject([409, refused('ann')]);
    const link = await createSignInLink(product.database, ORIGIN, 'ann');
    const linked = await signedIn({ app }, { ticket: ticketOf(link) });
    expect((await linked.ask('POST', `/v1/tenants/${tenant}/gate/open`, opening)).statusCode).toBe(409);
    expect(await product.database.tenant.findUnique({ where: { id: tenant } })).toMatchObject({
      state: 'closed',
    });
  });

  it('cannot open it by the token either when it was confirmed in a session', async () => {
    const ann = await token('ann');
    const session = await signedIn({ app }, { token: ann });
    const put = await session.ask('PUT', `/v1/tenants/${tenant}/gate/checklist/dashboard`, evidence);
    expect(put.statusCode).toBe(200);
    expect(await by(ann, 'POST', '/open', opening)).toMatchObject({ status: 409, body: refused('ann') });
    expect(await by(await token('bob'), 'POST', '/open', opening)).toMatchObject({ status: 200 });
  });

  it('cannot open it on the command line, under whatever name', async () => {
    const at = ['--tenant', tenant];
    const open = ['gate', 'open', ...at, '--supplier', 'acme', '--reason', 'release 12'];
    const confirm = ['gate', 'checklist', ...at, '--confirm', 'dashboard', '--reference', evidence.reference];
    expect((await shell.run([...confirm, '--actor', 'ann'])).code).toBe(0);
    const { code, stderr } = await shell.run([...open, '--actor', 'bob']);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/four_eyes: Four eyes: ann confirmed/)]);
    expect(await by(await token('ann'), 'POST', '/open', opening)).toMatchObject({ status: 409 });

    await confirmBy(await token('ann'));
    expect((await shell.run([...open, '--actor', 'ann'])).code).toBe(1);
    expect((await shell.run([...open, '--actor', 'bob'])).code).toBe(0);
  });

  it('leaves it to somebody else, whom the audit list names with token, request and address', async () => {
    await confirmBy(await token('ann'));
    const bob = await token('bob');
    expect(await by(bob, 'POST', '/open', opening)).toMatchObject({ status: 200, body: { state: 'canary' } });
    const entries = await product.database.auditEntry.findMany({
      where: { tenantId: tenant, action: { in: ['gate.open', 'tenant.state', 'supplier.state'] } },
    });
    expect(entries.map(({ action }) => action).toSorted()).toEqual([
      'gate.open',
      'supplier.state',
      'tenant.state',
    ]);
    for (const entry of entries) {
      expect(entry).toMatchObject({ principalKind: 'token', principalName: 'bob', address: '127.0.0.1' });
      expect([entry.tokenId, entry.requestId]).toEqual([
        bob.slice(4, 20),
        expect.stringMatching(/^[0-9a-f-]{36}$/),
      ]);
    }
  });

  it('has to confirm anew what was confirmed before it was written down by whose right', async () => {
    const { status, body } = await by(await token('bob'), 'POST', '/open', opening);
    expect([status, body.missing]).toEqual([
      409,
      [{ condition: 'four_eyes', detail: expect.stringContaining('Confirm it again.') }],
    ]);
  });
});

describe('two of whom one confirmed', () => {
  const title = 'dashboard';
  const somebody = (
    name: string,
    tokenId: string | null = null,
    kind: Origin['principal']['kind'] = 'token',
  ): Somebody => ({
    actor: kind === 'cli' ? name : `${kind} ${name}`,
    origin: { principal: { kind, name }, tokenId, requestId: null, address: null },
  });
  const may = (one: Somebody, other: Somebody): boolean =>
    missingFourEyes({ ...one, title }, other).length === 0;

  it('are two by another token and another name only', () => {
    expect(may(somebody('ann', 't1'), somebody('bob', 't2'))).toBe(true);
    expect(may(somebody('ann', 't1'), somebody('bob', 't1', 'console'))).toBe(false);
    expect(may(somebody('ann', 't1'), somebody('ＡNN', 't2', 'console'))).toBe(false);
    expect(may(somebody('ann', null, 'console'), somebody('bob', null, 'console'))).toBe(true);
    expect(may({ ...somebody('root', null, 'cli'), actor: 'ann' }, somebody('ann', 't1'))).toBe(false);
    expect(may(somebody('ann', 't1'), { actor: 'bob', origin: null })).toBe(false);
    expect(missingFourEyes(undefined, somebody('ann'))).toEqual([]);
  });
});
