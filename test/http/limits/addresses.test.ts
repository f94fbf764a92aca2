import { afterEach, describe, expect, it } from 'vitest';
import { LOOPBACK } from '../../../src/config/address-ranges.ts';
import type { ServerLimits } from '../../../src/http/limits/limits.ts';
import { eventsPath, startApi, TENANT, type Api } from '../api.ts';

const EVENT = { sku: 'A', quantity: 5, updatedAt: '2026-06-01T09:59:00Z' };
const STRANGER = Buffer.alloc(32, 1);

let api: Api;
afterEach(() => api?.close());

const start = async (limits: Partial<ServerLimits>): Promise<void> => {
  api = await startApi({ limits: { ...limits, trustedProxies: LOOPBACK } });
};

/** Through a proxy that is trusted. */
function ask(address: string, url: string, token?: string) {
  const headers = {
    'x-forwarded-for': address,
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  return api.app.inject({ method: 'GET', url, headers });
}

const deliver = (address: string, secret?: Buffer) =>
  api.send(EVENT, { headers: { 'x-forwarded-for': address }, ...(secret && { secret }) });

describe('requests of an address', () => {
  it('are bounded, each address for itself, and of IPv6 each network of 64 bits', async () => {
    await start({ addressRequestsPerMinute: 2 });
    const statuses = async (...addresses: string[]) => {
      const found = [];
      for (const address of addresses) found.push((await ask(address, '/v1/tenants')).statusCode);
      return found;
    };
    expect(await statuses('192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2')).toEqual([401, 401, 429, 401]);
    expect(await statuses('2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::1')).toEqual([
      401, 401, 429, 401,
    ]);
    const refused = await ask('192.0.2.1', '/nothing');
    expect([refused.json().code, refused.headers['retry-after']]).toEqual(['rate_limited', '30']);
  });

  it('are counted apart from its deliveries, and health checks not at all', async () => {
    await start({ addressRequestsPerMinute: 1 });
    expect((await ask('192.0.2.1', '/v1/tenants')).statusCode).toBe(401);
    expect((await ask('192.0.2.1', '/v1/tenants')).statusCode).toBe(429);
    expect((await deliver('192.0.2.1')).statusCode).toBe(202);
    expect((await deliver('192.0.2.1')).json().code).toBe('rate_limited');
    for (let no = 0; no < 3; no += 1) {
      expect((await ask('192.0.2.1', '/healthz')).statusCode).toBe(200);
      expect((await ask('192.0.2.1', '/readyz')).statusCode).toBe(200);
    }
  });

  it('are those of the connection where nobody is trusted, whatever a header says', async () => {
    api = await startApi({ limits: { addressRequestsPerMinute: 1 } });
    expect((await ask('192.0.2.1', '/v1/tenants')).statusCode).toBe(401);
    expect((await ask('192.0.2.2', '/v1/tenants')).statusCode).toBe(429);
    expect(api.lines.filter(({ msg }) => String(msg).includes('TRUST_PROXY'))).toHaveLength(1);
  });

  it('are those of the last address that no trusted proxy has, whatever stands before it', async () => {
    await start({ addressRequestsPerMinute: 1 });
    expect((await ask('203.0.113.1, 192.0.2.1', '/v1/tenants')).statusCode).toBe(401);
    expect((await ask('203.0.113.2, 192.0.2.1', '/v1/tenants')).statusCode).toBe(429);
  });
});

describe('401s of an address', () => {
  it('become 429s, while whoever is who he says is answered there', async () => {
    await start({ refusalsPerMinute: 2 });
    const token = await api.token('viewer', TENANT);
    const answers = [];
    for (let no = 0; no < 3; no += 1) answers.push(await ask('192.0.2.1', '/v1/tenants', 'cst_wrong'));
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([401, 401, 429]);
    expect([answers[2]?.json().code, answers[2]?.headers['retry-after']]).toEqual(['too_many_refused', '30']);
    expect((await ask('192.0.2.1', '/v1/tenants', token)).statusCode).toBe(200);
    expect((await ask('192.0.2.2', '/v1/tenants', 'cst_wrong')).statusCode).toBe(401);
  });

  it('are those of requests that bring something: without token and cookie it stays a 401, and counts nothing', async () => {
    await start({ refusalsPerMinute: 1 });
    const session = (cookie?: string) =>
      api.app.inject({
        url: '/session',
        headers: { 'x-forwarded-for': '192.0.2.1', ...(cookie !== undefined && { cookie }) },
      });
    for (let no = 0; no < 3; no += 1) expect((await session()).json().code).toBe('token_missing');
    expect((await ask('192.0.2.1', '/v1/tenants', 'cst_wrong')).statusCode).toBe(401);
    expect((await ask('192.0.2.1', '/v1/tenants', 'cst_wrong')).json().code).toBe('too_many_refused');
    expect((await session('catalog_sync_session=ended')).json().code).toBe('too_many_refused');
    expect((await session()).json().code).toBe('token_missing');
  });

  it('for what they deliver are counted apart', async () => {
    await start({ refusalsPerMinute: 1 });
    expect((await deliver('192.0.2.1', STRANGER)).statusCode).toBe(401);
    expect((await deliver('192.0.2.1', STRANGER)).json().code).toBe('too_many_refused');
    expect((await ask('192.0.2.1', '/v1/tenants')).statusCode).toBe(401);
    expect((await deliver('192.0.2.1')).statusCode).toBe(202);
  });
});

describe('a supplier without a limit of its own', () => {
  it("has the server's; 0 is without a limit", async () => {
    api = await startApi({ limits: { supplierRequestsPerMinute: 2 } });
    const statuses = async () =>
      [await api.send(EVENT), await api.send(EVENT), await api.send(EVENT)].map((one) => one.statusCode);
    expect(await statuses()).toEqual([202, 202, 429]);
    await api.database.supplier.updateMany({ data: { rateLimitPerMinute: 0 } });
    expect(await statuses()).toEqual([202, 202, 202]);
    expect(eventsPath()).toContain(TENANT);
  });
});
