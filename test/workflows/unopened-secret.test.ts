import { afterAll, beforeAll, expect, it } from 'vitest';
import { DecryptionError } from '../../src/access/secrets/encryption.ts';
import { seconds } from '../../src/domain/time.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { shopAt } from '../support/shop-at.ts';
import { until } from '../support/until.ts';

const SECRET = Buffer.alloc(32, 7);
let product: Product;
let opens = false;

beforeAll(async () => {
  product = await testProduct();
  await openTenant(product.database, 'sealed', ['acme']);
  await shopAt(product.sql, product.storefrontUrl, 'sealed');
  await product.startWorker({
    openSecret: () => {
      if (opens) return SECRET;
      throw new DecryptionError('the stored secret of sealed was encrypted with the secrets key 0a1b');
    },
  });
});
afterAll(() => product?.close());

it('a secret that does not open is a failed attempt that says so, and is tried again', async () => {
  const attempts = () => product.database.publishAttempt.findMany({ orderBy: { id: 'asc' } });
  await record(product.database, 'sealed', 'acme', [
    { eventId: 'e-1', sku: 'CHAIR-01', quantity: 7, updatedAt: seconds(1_780_000_000) },
  ]);
  const failed = await until(async () => {
    const made = await attempts();
    return made.length >= 2 && made.every(({ status }) => status !== 'sending') && made;
  });
  for (const one of failed) {
    expect(one).toMatchObject({
      ...{ status: 'failed', httpStatus: null },
      reason: "the storefront's secret does not open with the secrets key of this worker",
    });
  }
  opens = true;
  await until(async () => (await attempts()).at(-1)?.status === 'accepted');
});
