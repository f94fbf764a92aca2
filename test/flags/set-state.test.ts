import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import { activeSecrets } from '../../src/access/supplier-secrets.ts';
import { findPrincipal } from '../../src/access/tokens.ts';
import { microsOf, seconds } from '../../src/domain/time.ts';
import { setTenantState, withTenantLock } from '../../src/flags/set-state.ts';
import { addSupplier, changeSupplier, rotateSecret } from '../../src/flags/suppliers.ts';
import { addTenant, changeTenant } from '../../src/flags/tenants.ts';
import { addToken, revokeToken } from '../../src/access/issue-tokens.ts';
import { decryptSecret } from '../../src/access/secrets/encryption.ts';
import { formatSecret } from '../../src/standard-webhooks/secret.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

const key = ringOf(randomBytes(32));
const by = { actor: 'ada', reason: 'release 12' };
let test: TestDatabase;

beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test?.drop());

const audits = (subject: string) =>
  test.sql('SELECT actor, action, reason, before, after FROM audit_entry WHERE subject = $1 ORDER BY id', [
    subject,
  ]);

describe('a tenant', () => {
  it('starts closed, and every change of its state is audited with who, why, before and after', async () => {
    expect((await addTenant(test.database, { tenant: 'one', actor: 'ada' })).state).toBe('closed');
    await changeTenant(test.database, { tenant: 'one', state: 'canary', ...by });
    expect(await audits('tenant/one')).toEqual([
      {
        actor: 'ada',
        action: 'tenant.add',
        reason: null,
        before: null,
        after: { state: 'closed', storefrontUrl: null, timeZone: 'UTC' },
      },
      {
        actor: 'ada',
        action: 'tenant.state',
        reason: 'release 12',
        before: { state: 'closed' },
        after: { state: 'canary' },
      },
    ]);
  });

  it('that is set to the state it has changes nothing and adds no audit entry', async () => {
    await addTenant(test.database, { tenant: 'same', actor: 'ada' });
    await changeTenant(test.database, { tenant: 'same', state: 'closed', ...by });
    expect(await audits('tenant/same')).toHaveLength(1);
  });

  it('is not added twice', async () => {
    await addTenant(test.database, { tenant: 'twice', actor: 'ada' });
    await expect(addTenant(test.database, { tenant: 'twice', actor: 'ada' })).rejects.toThrow(/already/);
    expect(await audits('tenant/twice')).toHaveLength(1);
  });

  it('gets a storefront secret that is stored encrypted and never audited', async () => {
    const storefront = { url: 'https://shop.example.com', secretsKeys: key };
    const { storefrontSecret } = await addTenant(test.database, { tenant: 'shop', storefront, ...by });
    const [row] = await test.database.storefront.findMany();
    const stored = decryptSecret(key, row?.secret ?? new Uint8Array(), 'shop');
    expect(formatSecret(stored)).toBe(storefrontSecret);

    const next = await changeTenant(test.database, { tenant: 'shop', storefront, ...by });
    expect(next.storefrontSecret).not.toBe(storefrontSecret);
    await changeTenant(test.database, { tenant: 'shop', storefront: null, ...by });
    expect(await test.database.storefront.count()).toBe(0);
    expect(JSON.stringify(await audits('tenant/shop'))).not.toContain('whsec_');
  });

  it('keeps its shop where each of its other storefronts is closed', async () => {
    const storefront = { url: 'https://shop.example.com', secretsKeys: key };
    await addTenant(test.database, { tenant: 'two', storefront, ...by });
    await test.sql(
      `INSERT INTO storefront (tenant_id, name, kind, place, url, state)
       VALUES ('two', 'web', 'webhook', 2, 'https://web.example.com', 'closed')`,
    );
    const without = () => changeTenant(test.database, { tenant: 'two', storefront: null, ...by });
    await expect(without()).rejects.toThrow(
      'Without shop, no storefront of two would be open: web is closed. Open one first: ' +
        '`catalog-sync storefront set web --tenant two --state open`.',
    );
    await test.sql("UPDATE storefront SET state = 'open' WHERE name = 'web'");
    await without();
    expect(await test.database.storefront.findMany({ where: { tenantId: 'two' } })).toMatchObject([
      { name: 'web' },
    ]);
  });

  it('moves by compare-and-set: from another state than expected, nothing changes', async () => {
    await addTenant(test.database, { tenant: 'cas', actor: 'ada' });
    const move = withTenantLock(test.database, 'cas', (transaction) =>
      setTenantState(transaction, { tenant: 'cas', state: 'open', expected: 'canary', ...by }),
    );
    await expect(move).rejects.toThrow(/is closed, not canary/);
    expect(await audits('tenant/cas')).toHaveLength(1);
  });

  it('waits with its change until whoever reads its flags has committed, and keeps later readers waiting', async () => {
    await addTenant(test.database, { tenant: 'locked', actor: 'ada' });
    let changed: Promise<unknown> | undefined;
    await test.database.$transaction(
      async (reader) => {
        await reader.$executeRaw`SELECT pg_advisory_xact_lock_shared(tenant_lock('locked'))`;
        changed = changeTenant(test.database, { tenant: 'locked', state: 'open', ...by });
        await expect.poll(() => waitingLocks()).toBe(1);
        const row = await reader.tenant.findUniqueOrThrow({ where: { id: 'locked' } });
        expect(row.state).toBe('closed');
      },
      { timeout: 20_000 },
    );
    await changed;
    expect((await test.database.tenant.findUniqueOrThrow({ where: { id: 'locked' } })).state).toBe('open');
  });

  async function waitingLocks(): Promise<number> {
    const rows = await test.sql<{ count: number }>(
      `SELECT count(*)::integer AS count FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE l.locktype = 'advisory' AND NOT l.granted AND d.datname = current_database()`,
    );
    return rows[0]?.count ?? 0;
  }
});

describe('a supplier', () => {
  it('starts closed with a secret that signs for it, and its changes are audited', async () => {
    await addTenant(test.database, { tenant: 'sup', actor: 'ada' });
    const added = await addSupplier(test.database, key, { tenant: 'sup', supplier: 'acme', actor: 'ada' });
    expect(added.state).toBe('closed');
    const now = microsOf(new Date());
    expect((await activeSecrets(test.database, key, 'sup', 'acme', now)).map(formatSecret)).toEqual([
      added.secret,
    ]);

    const changed = await changeSupplier(test.database, {
      tenant: 'sup',
      supplier: 'acme',
      state: 'open',
      rateLimitPerMinute: 60,
      ...by,
    });
    expect(changed).toMatchObject({ state: 'open', rateLimitPerMinute: 60 });
    const entries = await audits('supplier/sup/acme');
    expect(entries.map(({ action }) => action)).toEqual(['supplier.add', 'supplier.state', 'supplier.set']);
    expect(entries[2]).toMatchObject({
      before: { rateLimitPerMinute: null },
      after: { rateLimitPerMinute: 60 },
    });
    expect(JSON.stringify(entries)).not.toContain('whsec_');
  });

  it('keeps its old secret for the overlap when it rotates', async () => {
    await addTenant(test.database, { tenant: 'rot', actor: 'ada' });
    const first = await addSupplier(test.database, key, { tenant: 'rot', supplier: 'acme', actor: 'ada' });
    const second = await rotateSecret(test.database, key, {
      tenant: 'rot',
      supplier: 'acme',
      overlapSeconds: 60,
      ...by,
    });
    const now = microsOf(new Date());
    const at = async (moment: bigint) =>
      (await activeSecrets(test.database, key, 'rot', 'acme', moment)).map(formatSecret);
    expect(await at(now)).toEqual([second, first.secret]);
    expect(await at(now + seconds(120))).toEqual([second]);
  });

  it('rotates and is audited in one transaction: when the secret cannot be made, neither happens', async () => {
    await addTenant(test.database, { tenant: 'atom', actor: 'ada' });
    await addSupplier(test.database, key, { tenant: 'atom', supplier: 'acme', actor: 'ada' });
    const rotation = { tenant: 'atom', supplier: 'acme', overlapSeconds: 0, ...by };
    await expect(rotateSecret(test.database, ringOf(Buffer.alloc(1)), rotation)).rejects.toThrow(/key/i);
    expect(await audits('supplier/atom/acme')).toHaveLength(1);
    const rows = await test.database.supplierSecret.findMany({ where: { tenantId: 'atom' } });
    expect(rows.map(({ expiresAtUs }) => expiresAtUs)).toEqual([null]);
  });

  it('is not added to an unknown tenant', async () => {
    const adding = addSupplier(test.database, key, { tenant: 'nobody', supplier: 'acme', actor: 'ada' });
    await expect(adding).rejects.toThrow(/no tenant nobody/);
  });
});

describe('a token', () => {
  it('works until it is revoked; both are audited without it', async () => {
    const { id, token } = await addToken(test.database, { role: 'support', name: 'desk', ...by });
    expect(await findPrincipal(test.database, token)).toMatchObject({ role: 'support', tenant: null });
    await revokeToken(test.database, { id, ...by });
    expect(await findPrincipal(test.database, token)).toBeUndefined();
    const entries = await audits(`token/${id}`);
    expect(entries.map(({ action }) => action)).toEqual(['token.add', 'token.revoke']);
    expect(JSON.stringify(entries)).not.toContain(token);
  });
});
