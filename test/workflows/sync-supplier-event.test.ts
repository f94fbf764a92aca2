import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WorkflowFailedError } from '@temporalio/client';
import { seconds } from '../../src/domain/time.ts';
import { openTenant } from '../support/flags.ts';
import { testProduct, type Product } from '../support/product.ts';
import { record } from '../support/record.ts';
import { until } from '../support/until.ts';

let product: Product;
const at = seconds(1_780_000_000);

beforeAll(async () => {
  product = await testProduct();
  await openTenant(product.database, 'shop', ['acme', 'globex']);
  await product.startWorker();
});
afterAll(() => product.close());
afterEach(() => {
  Object.assign(product.storefront.control, {
    failStatus: null,
    rejectReason: null,
    retryAfterSeconds: null,
  });
});

const event = (eventId: string, sku: string, quantity = 7, updatedAt = at) => ({
  eventId,
  sku,
  quantity,
  updatedAt,
});

const ledger = (eventId: string) => product.database.supplierEvent.findFirstOrThrow({ where: { eventId } });

const ended = (eventId: string) =>
  until(async () => {
    const row = await ledger(eventId);
    return row.startDueUs === null && row.heldAtUs === null && row.startCount > 0 && row;
  });

/** One that is only begun may still be accepted. */
const untilOneFailed = (itemId: string) =>
  until(
    async () => (await product.database.publishAttempt.count({ where: { itemId, status: 'failed' } })) > 0,
  );

const history = async (workflowId: string) => {
  const { events } = await product.client.workflow.getHandle(workflowId).fetchHistory();
  return events ?? [];
};

describe('the way of an event', () => {
  it('ends as version, publication and workflow result, in eight history events', async () => {
    await record(product.database, 'shop', 'acme', [event('e-1', ' chair-01 ')]);
    const row = await ended('e-1');
    expect(row).toMatchObject({ decision: 'won', rule: 'first', version: 1, itemId: 'shop:CHAIR-01' });
    const result: unknown = await product.client.workflow.getHandle(row.workflowId).result();
    expect(result).toEqual({
      itemId: 'shop:CHAIR-01',
      outcome: 'won',
      rule: 'first',
      version: 1,
      publication: 'accepted',
    });
    expect((await history(row.workflowId)).length).toBeLessThanOrEqual(8);
    const version = await product.database.catalogItemVersion.findFirstOrThrow({
      where: { eventSeq: row.seq },
    });
    expect(version.publication).toBe('accepted');
    const answer = await fetch(`${product.storefrontUrl}/items/${encodeURIComponent('shop:CHAIR-01')}`);
    expect(await answer.json()).toEqual({ quantity: 7, version: 1 });
  });

  it('names the winner to the loser, and tells the storefront nothing', async () => {
    await record(product.database, 'shop', 'acme', [event('e-2', 'DESK-01', 7, at + 5n)]);
    await ended('e-2');
    await record(product.database, 'shop', 'globex', [event('e-3', 'DESK-01', 3, at)]);
    const row = await ended('e-3');
    expect(row).toMatchObject({
      decision: 'superseded',
      rule: 'older',
      failureMode: 'stale_catalog_version',
    });
    expect(row.lostToSeq).toBe((await ledger('e-2')).seq);
    expect(await product.client.workflow.getHandle(row.workflowId).result()).toMatchObject({
      outcome: 'superseded',
      lostTo: 'acme/e-2',
    });
    expect(await product.database.publishAttempt.count({ where: { eventSeq: row.seq } })).toBe(0);
  });

  it.each([
    ['malformed_sku', event('bad-sku', '=1+1'), /does not match the supplier's rule/],
    ['clock_drift', event('bad-clock', 'LAMP-01', 7, seconds(4_000_000_000)), /ahead of receivedAt/],
  ])('fails for good with %s, and the ledger says the same', async (mode, bad, words) => {
    await record(product.database, 'shop', 'acme', [bad]);
    const row = await ended(bad.eventId);
    expect(row).toMatchObject({ decision: 'rejected', rule: mode, failureMode: mode });
    expect(row.failureDetail).toMatch(words);
    const handle = product.client.workflow.getHandle(row.workflowId);
    const failure: unknown = await handle.result().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(WorkflowFailedError);
    expect((failure as WorkflowFailedError).cause).toMatchObject({
      type: mode,
      message: expect.stringMatching(words) as string,
    });
    const { typedSearchAttributes } = await handle.describe();
    expect(JSON.stringify(typedSearchAttributes)).toContain(mode);
  });

  it('does not retry what the storefront rejected', async () => {
    product.storefront.control.rejectReason = 'discontinued';
    await record(product.database, 'shop', 'acme', [event('e-rejected', 'SOFA-01')]);
    const row = await ended('e-rejected');
    expect(row).toMatchObject({ decision: 'won', failureMode: 'publish_rejected' });
    expect(row.failureDetail).toContain('discontinued');
    const attempts = await product.database.publishAttempt.findMany({ where: { eventSeq: row.seq } });
    expect(attempts).toMatchObject([{ status: 'rejected', reason: 'discontinued' }]);
    const version = await product.database.catalogItemVersion.findFirstOrThrow({
      where: { eventSeq: row.seq },
    });
    expect(version.publication).toBe('rejected');
    await expect(product.client.workflow.getHandle(row.workflowId).result()).rejects.toBeInstanceOf(
      WorkflowFailedError,
    );
  });

  it('shows a publish that waits as a pending activity with its last failure, and obeys Retry-After', async () => {
    Object.assign(product.storefront.control, { failStatus: 503, retryAfterSeconds: 3 });
    await record(product.database, 'shop', 'acme', [event('e-waits', 'BED-01')]);
    const handle = await until(async () => {
      const row = await ledger('e-waits');
      const found = product.client.workflow.getHandle(row.workflowId);
      const { raw } = await found.describe();
      const pending = raw.pendingActivities?.[0];
      return pending?.lastFailure?.message?.includes('503') &&
        pending.activityType?.name === 'publishCatalogItem'
        ? found
        : undefined;
    });
    product.storefront.control.failStatus = null;
    const row = await ended('e-waits');
    const attempts = await product.database.publishAttempt.findMany({
      where: { eventSeq: row.seq },
      orderBy: { id: 'asc' },
    });
    expect(attempts.map(({ status }) => status)).toEqual(['failed', 'accepted']);
    expect(new Set(attempts.map(({ messageId }) => messageId)).size).toBe(1);
    const [first, second] = attempts;
    expect(Number((second?.startedAtUs ?? 0n) - (first?.finishedAtUs ?? 0n))).toBeGreaterThanOrEqual(
      2_900_000,
    );
    expect((await history(handle.workflowId)).length).toBeLessThanOrEqual(14);
  });

  it('starts no attempt for a version that a newer one has overtaken', async () => {
    product.storefront.control.failStatus = 503;
    await record(product.database, 'shop', 'acme', [event('e-old', 'RUG-01', 5, at)]);
    await untilOneFailed('shop:RUG-01');
    await record(product.database, 'shop', 'acme', [event('e-new', 'RUG-01', 4, at + 1n)]);
    await until(async () => (await ledger('e-new')).decision === 'won');
    const known = await product.database.publishAttempt.count({
      where: { itemId: 'shop:RUG-01', version: 1 },
    });
    product.storefront.control.failStatus = null;
    await ended('e-new');
    const old = await ended('e-old');
    expect(await product.client.workflow.getHandle(old.workflowId).result()).toMatchObject({
      publication: 'overtaken',
    });
    expect(
      await product.database.publishAttempt.count({ where: { itemId: 'shop:RUG-01', version: 1 } }),
    ).toBe(known);
  });
});

describe('closed flags', () => {
  it('hold events, and withhold versions, until they are open again', async () => {
    const close = (state: string) =>
      product.database.supplier.update({
        where: { tenantId_id: { tenantId: 'shop', id: 'globex' } },
        data: { state },
      });
    product.storefront.control.failStatus = 503;
    await record(product.database, 'shop', 'globex', [event('e-withheld', 'TABLE-01')]);
    await untilOneFailed('shop:TABLE-01');
    await close('closed');
    product.storefront.control.failStatus = null;
    await record(product.database, 'shop', 'globex', [event('e-held', 'TABLE-02')]);
    await until(async () => (await ledger('e-held')).heldAtUs !== null);
    await until(async () => (await ledger('e-withheld')).heldAtUs !== null);
    const versions = () =>
      product.database.catalogItemVersion.findMany({ where: { itemId: 'shop:TABLE-01' } });
    expect(await versions()).toMatchObject([{ publication: 'withheld' }]);
    expect(await ledger('e-held')).toMatchObject({ decision: null, itemId: 'shop:TABLE-02' });

    await close('open');
    expect(await ended('e-held')).toMatchObject({ decision: 'won', heldAtUs: null });
    await ended('e-withheld');
    expect(await versions()).toMatchObject([{ publication: 'accepted' }]);
  });
});

describe('looking after events', () => {
  it('starts a terminated workflow again', async () => {
    product.storefront.control.failStatus = 503;
    await record(product.database, 'shop', 'acme', [event('e-terminated', 'VASE-01')]);
    await untilOneFailed('shop:VASE-01');
    const { workflowId, seq } = await ledger('e-terminated');
    await product.client.workflow.getHandle(workflowId).terminate('by hand');
    product.storefront.control.failStatus = null;
    await product.sql('UPDATE supplier_event SET start_due_us = now_us() WHERE seq = $1', [seq]);
    expect(await ended('e-terminated')).toMatchObject({ decision: 'won' });
    expect(await product.client.workflow.getHandle(workflowId).result()).toMatchObject({
      publication: 'accepted',
    });
  });
});

describe('a worker that died after the storefront had answered', () => {
  const again = async (eventId: string): Promise<string> => {
    const { workflowId, seq } = await ledger(eventId);
    await product.sql('UPDATE supplier_event SET start_due_us = now_us() WHERE seq = $1', [seq]);
    await ended(eventId);
    return workflowId;
  };

  it('leaves a workflow that says the version was accepted, without telling the storefront again', async () => {
    await record(product.database, 'shop', 'acme', [event('e-crash', 'STOOL-01')]);
    await ended('e-crash');
    const workflowId = await again('e-crash');
    expect(await product.client.workflow.getHandle(workflowId).result()).toMatchObject({
      publication: 'accepted',
    });
    expect(await product.database.publishAttempt.count({ where: { itemId: 'shop:STOOL-01' } })).toBe(1);
  });

  it('leaves a workflow that fails as the ledger says', async () => {
    product.storefront.control.rejectReason = 'discontinued';
    await record(product.database, 'shop', 'acme', [event('e-crash-no', 'STOOL-02')]);
    await ended('e-crash-no');
    const workflowId = await again('e-crash-no');
    await expect(product.client.workflow.getHandle(workflowId).result()).rejects.toBeInstanceOf(
      WorkflowFailedError,
    );
    expect(await ledger('e-crash-no')).toMatchObject({ failureMode: 'publish_rejected' });
  });
});
