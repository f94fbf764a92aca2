import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { decryptSecret } from '../../src/access/secrets/encryption.ts';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import {
  createDemoStorefront,
  type DemoStorefront,
} from '../../src/demo-storefront/create-demo-storefront.ts';
import { seconds } from '../../src/domain/time.ts';
import { rotateStorefrontSecret } from '../../src/flags/rotate-storefront-secret.ts';
import { addSupplier } from '../../src/flags/suppliers.ts';
import { addTenant, changeTenant } from '../../src/flags/tenants.ts';
import { closeGently } from '../../src/process/close-gently.ts';
import { parseSecret } from '../../src/standard-webhooks/secret.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { until } from '../support/until.ts';

const keys = ringOf(randomBytes(32));
const BY = { actor: 'ada', reason: 'test' };

let product: Product;
const shops: DemoStorefront[] = [];
let no = 0;

beforeAll(async () => {
  product = await testProduct();
  await product.startWorker({ openSecret: (sealed, context) => decryptSecret(keys, sealed, context) });
});
afterEach(async () => {
  await Promise.all(shops.splice(0).map((shop) => closeGently(shop)));
});
afterAll(() => product?.close());

/** A tenant with a shop of its own, which knows one secret at a time. */
async function tenantWithShop() {
  const tenant = `shop-${(no += 1)}`;
  const secrets: Record<string, Buffer> = {};
  const shop = createDemoStorefront({ secrets, readItem: async () => undefined });
  await shop.listen({ host: '127.0.0.1', port: 0 });
  shops.push(shop);
  const url = `http://127.0.0.1:${(shop.server.address() as AddressInfo).port}`;
  const change = { ...BY, tenant, storefront: { url, secretsKeys: keys } };
  const { storefrontSecret = '' } = await addTenant(product.database, { ...change, state: 'open' });
  await addSupplier(product.database, keys, { ...BY, tenant, supplier: 'acme', state: 'open' });
  secrets['*'] = parseSecret(storefrontSecret);
  let sent = 0;
  return {
    tenant,
    url,
    change,
    first: storefrontSecret,
    knows: (secret: string) => {
      secrets['*'] = parseSecret(secret);
    },
    rotate: (overlapSeconds: number) =>
      rotateStorefrontSecret(product.database, keys, { ...BY, tenant, overlapSeconds }),
    /** How the shop answers the next event. */
    tell: async (): Promise<string> => {
      sent += 1;
      const sku = `CHAIR-${sent}`;
      const event = { eventId: `e-${sent}`, sku, quantity: 1, updatedAt: seconds(1_780_000_000) };
      await record(product.database, tenant, 'acme', [event]);
      return until(async () => {
        const [attempt] = await product.sql<{ status: string }>(
          `SELECT status FROM publish_attempt WHERE item_id = $1 AND status <> 'sending' ORDER BY id`,
          [`${tenant}:${sku}`],
        );
        return attempt?.status;
      });
    },
  };
}

describe('a storefront’s new secret', () => {
  it('signs beside the old one while they overlap, and then alone', async () => {
    const shop = await tenantWithShop();
    expect(await shop.tell()).toBe('accepted');
    const next = await shop.rotate(3600);
    expect(await shop.tell()).toBe('accepted');
    shop.knows(next);
    expect(await shop.tell()).toBe('accepted');
    await product.sql(`UPDATE storefront SET secret_before_until_us = now_us() - 1 WHERE tenant_id = $1`, [
      shop.tenant,
    ]);
    expect(await shop.tell()).toBe('accepted');
    shop.knows(shop.first);
    expect(await shop.tell()).not.toBe('accepted');
  });

  it('signs alone at once without an overlap', async () => {
    const shop = await tenantWithShop();
    const next = await shop.rotate(0);
    expect(await shop.tell()).not.toBe('accepted');
    shop.knows(next);
    expect(await shop.tell()).toBe('accepted');
  });

  it('overlaps with the one before it only, and not with that of another address', async () => {
    const shop = await tenantWithShop();
    const second = await shop.rotate(3600);
    const third = await shop.rotate(3600);
    shop.knows(shop.first);
    expect(await shop.tell()).not.toBe('accepted');
    for (const secret of [second, third]) {
      shop.knows(secret);
      expect(await shop.tell()).toBe('accepted');
    }
    await changeTenant(product.database, shop.change);
    const [row] = await product.database.storefront.findMany({ where: { tenantId: shop.tenant } });
    expect([row?.secretBefore, row?.secretBeforeUntilUs]).toEqual([null, null]);
  });

  it('is audited, without the secret; a tenant without a storefront has none', async () => {
    const shop = await tenantWithShop();
    const secret = await shop.rotate(90);
    const [entry] = await product.database.auditEntry.findMany({
      where: { tenantId: shop.tenant, action: 'tenant.rotate_secret' },
    });
    expect(entry).toMatchObject({ actor: 'ada', after: { overlapSeconds: 90 } });
    expect(
      JSON.stringify(entry, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    ).not.toContain(secret);
    await addTenant(product.database, { ...BY, tenant: 'without' });
    const change = { ...BY, tenant: 'without', overlapSeconds: 0 };
    await expect(rotateStorefrontSecret(product.database, keys, change)).rejects.toThrow(
      /no storefront of its own/,
    );
    await expect(
      rotateStorefrontSecret(product.database, keys, { ...change, tenant: 'nobody' }),
    ).rejects.toThrow(/no tenant nobody/);
  });
});
