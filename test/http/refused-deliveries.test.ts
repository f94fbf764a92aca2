import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RefusedDeliveries } from '../../src/http/routes/refused-schema.ts';
import { until } from '../support/until.ts';
import { startApi, SUPPLIER, TENANT, type Api } from './api.ts';

const PATH = `/v1/tenants/${TENANT}/suppliers/${SUPPLIER}/deliveries`;
const EVENT = { id: 'e-1', sku: 'CHAIR', quantity: 5, updatedAt: '2026-06-01T09:59:00Z' };
const STRANGER = Buffer.alloc(32, 7);

let api: Api;
let token: string;

beforeAll(async () => {
  api = await startApi({ limits: { refusalsPerMinute: 100_000 } });
  token = await api.token('supplier');
});
beforeEach(() => api.sql('DELETE FROM refused_delivery'));
afterAll(() => api?.close());

const listed = async (): Promise<RefusedDeliveries['deliveries']> =>
  (await api.get(PATH, token)).json<RefusedDeliveries>().deliveries;
/** Nobody waits for a refusal to be written down. */
const written = (count = 1) =>
  until(async () => {
    const deliveries = await listed();
    return deliveries.length === count && deliveries;
  }, 5_000);

describe('a delivery that was refused', () => {
  it('is told to its supplier, with the reason and the faults', async () => {
    const body = JSON.stringify([EVENT, { ...EVENT, quantity: 'many', updatedAt: 'now' }]);
    expect((await api.send(body)).statusCode).toBe(422);
    const [one] = await written();
    expect(one).toMatchObject({
      ...{ status: 422, code: 'invalid_shape', signed: true, bytes: body.length, unwritten: 0 },
      reason: expect.stringContaining('Nothing was stored'),
      faultsTotal: 2,
    });
    expect(one?.faults.map(({ pointer }) => pointer)).toEqual(['/1/quantity', '/1/updatedAt']);
  });

  it.each([
    ['that is not JSON', () => api.send('{'), 400, 'invalid_json', true],
    ['of another type', () => api.send('x', { type: 'text/csv' }), 415, 'unsupported_media_type', false],
    ['signed by somebody else', () => api.send(EVENT, { secret: STRANGER }), 401, 'not_signed', false],
    [
      'without a signature',
      () => api.send(EVENT, { headers: { 'webhook-signature': undefined } }),
      401,
      'not_signed',
      false,
    ],
  ])('%s is written down', async (_how, send, status, code, signed) => {
    expect((await send()).statusCode).toBe(status);
    expect(await written()).toMatchObject([{ status, code, signed }]);
  });

  it('for an id with another content, too', async () => {
    await api.send(EVENT);
    expect((await api.send({ ...EVENT, quantity: 6 })).statusCode).toBe(409);
    expect(await written()).toMatchObject([{ status: 409, code: 'event_id_reused', signed: true }]);
  });

  it('leaves nothing of its body, its signature or a secret', async () => {
    const name = `whsec_${'A'.repeat(43)}=`;
    await api.send(`{"sku":"confidential","quantity":1,"updatedAt":"x","${name}":1,"${name}":2}`);
    await api.send({ sku: 'confidential', quantity: 1, updatedAt: `secret ${api.shownSecret}` });
    await written(2);
    const rows = JSON.stringify(await api.sql('SELECT to_jsonb(r) AS row FROM refused_delivery r'));
    expect(rows).not.toMatch(/confidential|whsec_|v1,/);
    expect(rows).not.toContain(api.shownSecret.slice(6, 30));
  });

  it('of a tenant or a supplier that is not there is not written down', async () => {
    await api.send(EVENT, { supplier: 'nobody' });
    await api.send(EVENT, { tenant: 'nowhere' });
    await api.send(EVENT, { tenant: 'No Where', secret: STRANGER });
    await api.send('{');
    await written();
    expect(await api.sql('SELECT count(*)::integer AS rows FROM refused_delivery')).toEqual([{ rows: 1 }]);
  });

  it('takes no harm from what the database does not take', async () => {
    expect((await api.send(String.raw`{"a\u0000":1,"a\u0000":2,"\ud800":1}`)).statusCode).toBe(400);
    expect(await written()).toMatchObject([{ code: 'invalid_json' }]);
  });
});

describe('many refusals', () => {
  it('that are not signed are written down at most ten a minute, and the others are counted', async () => {
    const other = 'flooded';
    await api.database.supplier.create({ data: { tenantId: TENANT, id: other, state: 'open' } });
    for (let no = 0; no < 40; no += 1) await api.send(EVENT, { supplier: other, secret: STRANGER });
    const rows = () => api.sql('SELECT unwritten FROM refused_delivery WHERE supplier_id = $1', [other]);
    await until(async () => (await rows()).length === 10);
    expect(await rows()).toHaveLength(10);
  });

  it('are kept up to 200 a supplier, of unsigned ones 50, which push no others out', async () => {
    const refusal = (signed: boolean) =>
      JSON.stringify({
        ...{ status: 401, code: 'not_signed', reason: 'x', faults: [], faultsTotal: 0, unwritten: 0, signed },
      });
    const kept = () =>
      api.sql(
        'SELECT count(*)::integer AS all, (count(*) FILTER (WHERE signed))::integer AS signed FROM refused_delivery',
      );
    const refuse = (signed: boolean, times: number) =>
      api.sql(`SELECT record_refused_delivery($1, $2, $3::jsonb) FROM generate_series(1, ${times})`, [
        TENANT,
        SUPPLIER,
        refusal(signed),
      ]);
    await refuse(true, 100);
    await refuse(false, 300);
    expect(await kept()).toEqual([{ all: 150, signed: 100 }]);
    await refuse(true, 300);
    expect(await kept()).toEqual([{ all: 200, signed: 200 }]);
  });
});
