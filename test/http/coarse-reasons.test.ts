import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveItem, startApi, TENANT, type Api } from './api.ts';

let api: Api;

beforeAll(async () => {
  // Nobody listens there.
  api = await startApi({ defaultStorefrontUrl: 'http://127.0.0.1:9' });
  await saveItem(api, { id: 'e-1', sku: 'CHAIR-01', quantity: 7, updatedAt: '2026-06-01T09:59:05Z' });
});
afterAll(() => api?.close());

const traceFor = async (role: 'viewer' | 'support' | 'operator' | 'admin'): Promise<string> => {
  const answer = await api.get(`/v1/tenants/${TENANT}/items/CHAIR-01/trace`, await api.token(role, TENANT));
  expect(answer.statusCode).toBe(200);
  return answer.body;
};

describe('why a storefront cannot be reached', () => {
  it.each(['viewer', 'support'] as const)('is told to %s without addresses and ports', async (role) => {
    const trace = await traceFor(role);
    expect(trace).not.toMatch(/127\.0\.0\.1:9|ECONNREFUSED/);
    expect(JSON.parse(trace)).toMatchObject({
      answer: expect.stringContaining('the storefront cannot be reached.') as string,
      storefront: { kind: 'no answer', error: 'read back item: the storefront cannot be reached' },
    });
  });

  it.each(['operator', 'admin'] as const)('is told to %s in full', async (role) => {
    expect(JSON.parse(await traceFor(role))).toMatchObject({
      storefront: { error: 'read back item: the connection failed [connect ECONNREFUSED 127.0.0.1:9]' },
    });
  });
});
