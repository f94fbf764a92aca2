import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Storefronts } from '../../src/http/routes/storefronts-schema.ts';
import { shopAt } from '../support/shop-at.ts';
import { saveItem, startApi, TENANT, type Api } from './api.ts';

const SKUS = ['CHAIR-01', 'LAMP-02'];

let api: Api;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.close());

beforeEach(async () => {
  await api.sql('DELETE FROM publish_attempt');
  await api.sql('DELETE FROM storefront');
  await shopAt(api.sql, 'https://hidden:password@shop.example', TENANT);
  await shopAt(api.sql, 'https://cache.example', TENANT, { name: 'cache', place: 2 });
  await api.sql(
    `UPDATE storefront SET limits = '{"callsPerSecond": 2, "itemsPerCall": 50}' WHERE name = 'cache'`,
  );
});

/** The next version of each item, which the storefronts are to be told of. */
async function due(): Promise<void> {
  for (const sku of SKUS) {
    round += 1;
    await saveItem(api, {
      ...{ id: `e-${round}`, sku, quantity: round },
      updatedAt: new Date(Date.parse('2026-06-01T09:00:00Z') + round * 1_000).toISOString(),
    });
  }
}
let round = 0;

/** Writes down a call that one of them was told an item's newest version by. */
async function told(sku: string, storefront: string, status: string, reason?: string): Promise<void> {
  await api.sql(
    `INSERT INTO publish_attempt (item_id, version, event_seq, workflow_id, storefront, message_id, status, finished_at_us,
                                  http_status, reason)
     SELECT i.item_id, i.version, i.winner_seq, 'w', $2, 'm', $3, CASE WHEN $3 <> 'sending' THEN now_us() END,
            CASE WHEN $3 = 'failed' THEN 503 ELSE 200 END, $4
       FROM catalog_item i WHERE i.tenant_id = $5 AND i.sku = $1`,
    [sku, storefront, status, reason ?? null, TENANT],
  );
}

/** By a token that may see nothing but this tenant. */
async function list(): Promise<Storefronts['storefronts']> {
  const answer = await api.get(`/v1/tenants/${TENANT}/storefronts`, await api.token('viewer', TENANT));
  expect(answer.statusCode).toBe(200);
  return answer.json<Storefronts>().storefronts;
}

it('tells the storefronts in their order with their limits, and nothing that says how to reach them', async () => {
  const [shop, cache] = await list();
  expect(shop).toEqual({
    ...{ name: 'shop', kind: 'webhook', state: 'open', place: 1 },
    ...{ callsPerSecond: null, itemsPerCall: null, callsAtOnce: null, waiting: 0, waitingForOthers: 0 },
    calls: {
      since: expect.any(String),
      ...{ accepted: 0, rejected: 0, failed: 0, underWay: 0, failedInARow: 0, last: null },
    },
  });
  expect(cache).toMatchObject({ name: 'cache', callsPerSecond: 2, itemsPerCall: 50, callsAtOnce: null });
  expect(JSON.stringify([shop, cache])).not.toMatch(/example|password|secret/);
});

it('says what waits for each, and what of it waits for one before it', async () => {
  await due();
  expect(await list()).toMatchObject([
    { waiting: 2, waitingForOthers: 0 },
    { waiting: 2, waitingForOthers: 2 },
  ]);
  await told('CHAIR-01', 'shop', 'accepted');
  await told('LAMP-02', 'shop', 'failed');
  expect(await list()).toMatchObject([
    { waiting: 1, waitingForOthers: 0 },
    { waiting: 2, waitingForOthers: 1 },
  ]);
  await api.sql("UPDATE storefront SET state = 'closed' WHERE name = 'shop'");
  expect(await list()).toMatchObject([
    { state: 'closed', waiting: null, waitingForOthers: null },
    { waiting: 2, waitingForOthers: 0 },
  ]);
});

it('counts the calls of the last 24 hours, those that failed since the last answer, and tells the last one', async () => {
  await due();
  await told('CHAIR-01', 'shop', 'failed', 'long ago');
  await api.sql('UPDATE publish_attempt SET started_at_us = started_at_us - 90000000000');
  await told('CHAIR-01', 'shop', 'failed', 'no answer');
  await told('CHAIR-01', 'shop', 'rejected', 'no such product');
  await told('LAMP-02', 'shop', 'failed', 'answered with HTTP 503');
  await told('LAMP-02', 'shop', 'failed', 'answered with HTTP 503');
  await told('LAMP-02', 'shop', 'sending');
  await told('LAMP-02', 'cache', 'unanswered');
  const [shop, cache] = await list();
  expect(shop?.calls).toMatchObject({
    ...{ accepted: 0, rejected: 1, failed: 3, underWay: 1, failedInARow: 2 },
    last: {
      ...{ itemId: `${TENANT}:LAMP-02`, status: 'failed', httpStatus: 503 },
      reason: 'answered with HTTP 503',
    },
  });
  expect(cache?.calls).toMatchObject({ accepted: 0, rejected: 0, failed: 0, underWay: 0, last: null });

  // Another address is another storefront of the same name.
  await api.sql('UPDATE storefront SET counts_from = (SELECT max(id) FROM publish_attempt), nos_from = 0');
  expect((await list())[0]?.calls).toMatchObject({ rejected: 0, failed: 0, last: null });
});

it('is empty for a tenant without any', async () => {
  await api.sql('DELETE FROM storefront');
  expect(await list()).toEqual([]);
});
