import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/domain/time.ts';
import { traceItem } from '../../src/trace/find-trace.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { until } from '../support/until.ts';
import { shopAt } from '../support/shop-at.ts';

let product: Product;
const at = seconds(1_780_000_000);

beforeAll(async () => {
  product = await testProduct();
  await openTenant(product.database, 'inward', ['acme']);
  // As a name does that leads elsewhere since it was set.
  await shopAt(product.sql, 'http://169.254.169.254/latest', 'inward');
  await product.startWorker();
});
afterAll(() => product?.close());

const attempts = () => product.database.publishAttempt.findMany({ orderBy: { id: 'asc' } });

describe('a storefront that is not called', () => {
  it('is a failed attempt that says why and what to do, tried again until another address is set', async () => {
    await record(product.database, 'inward', 'acme', [
      { eventId: 'e-1', sku: 'CHAIR-01', quantity: 7, updatedAt: at },
    ]);
    const [first] = await until(async () => {
      const made = await attempts();
      return made.length >= 2 && made;
    });
    expect(first).toMatchObject({ status: 'failed', httpStatus: null });
    expect(first?.reason).toMatch(
      /^not called \[169\.254\.169\.254 is not a public address: .*tenant set.*OUTGOING_ALLOW\]$/,
    );
    const found = await traceItem(
      product.database,
      { tenant: 'inward', sku: 'CHAIR-01' },
      { temporalUiUrl: 'http://ui.test', namespace: 'test' },
    );
    expect(found?.trace.answer).toMatch(/could not be told of version 1: .*not called \[.*tenant set/);
    expect(found?.trace.events[0]?.failureMode).toBe('storefront_unreachable');

    await shopAt(product.sql, product.storefrontUrl, 'inward');
    await until(async () => (await attempts()).at(-1)?.status === 'accepted');
  });
});

describe("a workflow's summary", () => {
  it('shows a SKU as it is, and no link or picture of it', async () => {
    const sku = '![x](https://evil.example/p.png) **b** <b>';
    await record(product.database, 'inward', 'acme', [{ eventId: 'e-md', sku, quantity: 7, updatedAt: at }]);
    const { workflowId } = await until(async () => {
      const row = await product.database.supplierEvent.findFirst({ where: { eventId: 'e-md' } });
      return row !== null && row.startCount > 0 && row.startDueUs === null && row;
    });
    const { staticSummary } = await product.client.workflow.getHandle(workflowId).describe();
    expect(await staticSummary()).toContain(
      'acme: \\!\\[x\\]\\(https\\://evil.example/p.png\\) \\*\\*b\\*\\* \\<b\\> has 7 at',
    );
  });
});
