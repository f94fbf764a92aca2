import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import { findSupplierAccess } from '../../src/access/supplier-secrets.ts';
import { microsOf } from '../../src/domain/time.ts';
import { addSupplier, changeSupplier, listSuppliers, rotateSecret } from '../../src/flags/suppliers.ts';
import { addTenant } from '../../src/flags/tenants.ts';
import { PRESETS } from '../../src/schemes/presets.ts';
import { schemeSchema, type Scheme } from '../../src/schemes/scheme.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

const key = ringOf(randomBytes(32));
const by = { actor: 'ada', reason: 'agreed on' };
const GIVEN = 'the secret that they gave us';
const MTLS = schemeSchema.parse({ scheme: 'mtls', certificates: ['ab'.repeat(32)] });

let test: TestDatabase;
let tenant: string;
let tenants = 0;

beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test?.drop());
beforeEach(async () => {
  tenants += 1;
  tenant = `shop-${tenants}`;
  await addTenant(test.database, { tenant, actor: 'ada' });
});

const preset = (name: string): Scheme => PRESETS[name] as Scheme;
const add = (supplier: string, more: object = {}) =>
  addSupplier(test.database, key, { ...by, tenant, supplier, ...more });
const set = (supplier: string, scheme: Scheme, givenSecret?: string) => {
  const proof = { scheme, secretsKeys: key, ...(givenSecret !== undefined && { givenSecret }) };
  return changeSupplier(test.database, { ...by, tenant, supplier, proof });
};
const access = async (supplier: string) => {
  const found = await findSupplierAccess(test.database, key)(tenant, supplier, microsOf(new Date()));
  return { scheme: found?.scheme, secrets: found?.secrets.map(String) };
};
const audits = () =>
  test.database.auditEntry.findMany({ where: { tenantId: tenant }, orderBy: { id: 'asc' } });

describe('a supplier that is added with a scheme', () => {
  it('gets a secret that fits it, told once, or has its own, which is told to nobody', async () => {
    const made = await add('made', { scheme: preset('github') });
    expect(made).toMatchObject({ scheme: preset('github'), secret: expect.stringMatching(/^[\w-]{43}$/) });
    expect(await access('made')).toEqual({ scheme: preset('github'), secrets: [made.secret] });

    const given = await add('given', { scheme: preset('shopify'), givenSecret: `${GIVEN}\n` });
    expect(given.secret).toBe('');
    expect(await access('given')).toEqual({ scheme: preset('shopify'), secrets: [GIVEN] });

    expect((await add('cert', { scheme: MTLS })).secret).toBe('');
    expect(await access('cert')).toEqual({ scheme: MTLS, secrets: [] });

    await add('plain', { scheme: preset('basic') });
    expect((await access('plain')).scheme).toEqual({ scheme: 'basic', user: 'plain' });
    expect(JSON.stringify((await audits()).map(({ after }) => after))).not.toContain(GIVEN);
    expect((await listSuppliers(test.database, tenant)).map(({ scheme }) => scheme.scheme)).toEqual([
      ...['mtls', 'hmac', 'hmac', 'basic'],
    ]);
  });

  it('is not added with a secret that is none', async () => {
    await expect(add('short', { scheme: preset('bearer'), givenSecret: 'short' })).rejects.toThrow(
      'The secret cannot be used: a secret has 16 to 512 bytes, this one 5.',
    );
    await expect(add('whsec', { givenSecret: GIVEN })).rejects.toThrow(/whsec_/);
    await expect(add('cert', { scheme: MTLS, givenSecret: GIVEN })).rejects.toThrow(/needs no secret/);
    expect(await listSuppliers(test.database, tenant)).toEqual([]);
  });
});

describe('another scheme', () => {
  it('of another kind takes the secrets of the one before it away', async () => {
    await add('acme');
    const changed = await set('acme', preset('bearer'));
    expect(await access('acme')).toEqual({ scheme: { scheme: 'bearer' }, secrets: [changed.secret] });
    await set('acme', MTLS);
    expect(await access('acme')).toEqual({ scheme: MTLS, secrets: [] });
    const back = await set('acme', preset('standard'));
    expect(back.secret).toMatch(/^whsec_/);
    const [row] = await test.database.supplier.findMany({ where: { tenantId: tenant } });
    expect(row?.scheme).toBeNull();
    expect((await access('acme')).secrets).toHaveLength(1);
  });

  it('of the same kind keeps them, unless another one is given', async () => {
    await add('acme', { scheme: preset('github'), givenSecret: GIVEN });
    expect((await set('acme', preset('shopify'))).secret).toBe('');
    expect(await access('acme')).toEqual({ scheme: preset('shopify'), secrets: [GIVEN] });
    await set('acme', preset('shopify'), `${GIVEN} now`);
    expect((await access('acme')).secrets).toEqual([`${GIVEN} now`]);
  });

  it('is audited with what was and is, and with no secret', async () => {
    const { secret } = await add('acme');
    const changed = await set('acme', preset('bearer'));
    await rotateSecret(test.database, key, {
      ...by,
      ...{ tenant, supplier: 'acme', overlapSeconds: 60, givenSecret: 'an-own-token-of-theirs' },
    });
    const entries = await audits();
    expect(entries.map(({ action }) => action)).toEqual([
      ...['tenant.add', 'supplier.add', 'supplier.scheme', 'supplier.rotate_secret'],
    ]);
    expect(entries[2]).toMatchObject({
      ...{ actor: 'ada', reason: 'agreed on', subject: `supplier/${tenant}/acme` },
      before: { scheme: '{"scheme":"standard"}' },
      after: { scheme: '{"scheme":"bearer"}', secrets: 'replaced' },
    });
    for (const told of [secret, changed.secret, 'an-own-token-of-theirs']) {
      expect(JSON.stringify(entries.map(({ before, after }) => [before, after]))).not.toContain(told);
    }
    expect((await access('acme')).secrets).toEqual(['an-own-token-of-theirs', changed.secret]);
  });

  it('changes nothing when its secret is none', async () => {
    const before = await add('acme');
    await expect(set('acme', preset('bearer'), 'short')).rejects.toThrow(/16 to 512/);
    expect((await access('acme')).scheme).toEqual(before.scheme);
    expect((await access('acme')).secrets).toHaveLength(1);
  });
});
