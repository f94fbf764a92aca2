import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Correction, Void } from '../../src/http/routes/fixes-schema.ts';
import type { TraceAnswer } from '../../src/http/routes/trace-schema.ts';
import { saveItem, startApi, SUPPLIER, TENANT, type Api } from './api.ts';

const OTHER = 'other';

let api: Api;
/** One of the tenant alone, and one of all. */
let operators: string[];

beforeAll(async () => {
  api = await startApi();
  operators = [await api.token('operator', TENANT), await api.token('operator')];
  await api.database.tenant.create({ data: { id: OTHER, state: 'open' } });
  await saveItem(api, { id: 'e-1', sku: 'CHAIR-01', quantity: 9, updatedAt: '2026-06-01T09:58:00Z' });
  await saveItem(api, { id: 'e-2', sku: 'CHAIR-01', quantity: 7, updatedAt: '2026-06-01T09:59:00Z' });
});
afterAll(() => api?.close());

const send = (path: string, payload: object, token = operators[0]) =>
  api.app.inject({
    ...{ method: 'POST', url: `/v1/tenants/${TENANT}/${path}`, payload },
    headers: { authorization: `Bearer ${token}` },
  });
const correct = (body: object, token?: string) => send('corrections', body, token);
const voidOf = (eventId: string, token?: string, supplier = SUPPLIER) =>
  send(`suppliers/${supplier}/voids`, { eventId, reason: 'wrong unit' }, token);

async function lastAudit(): Promise<unknown> {
  const [row] = await api.sql(
    'SELECT action, subject, actor, reason, principal_kind FROM audit_entry ORDER BY id DESC LIMIT 1',
  );
  return row;
}

describe('manual fixes over HTTP', () => {
  it('void an event, for a token of the tenant, and are in the audit list with who and why', async () => {
    const answer = await voidOf('e-2');
    expect([answer.statusCode, answer.json<Void>()]).toEqual([
      200,
      expect.objectContaining({
        ...{ itemId: `${TENANT}:CHAIR-01`, supplier: 'manual', version: 3 },
        voided: { supplier: SUPPLIER, eventId: 'e-2' },
        item: expect.objectContaining({ quantity: 9, version: 3, supplier: SUPPLIER, eventId: 'e-1' }),
      }),
    ]);
    expect(await lastAudit()).toEqual({
      ...{ action: 'event.void', subject: `event/${TENANT}/${SUPPLIER}/e-2`, reason: 'wrong unit' },
      ...{ actor: 'token operator of the tests', principal_kind: 'token' },
    });
  });

  it('correct an item, for tokens of the tenant and of all', async () => {
    for (const [index, token] of operators.entries()) {
      const answer = await correct({ sku: ' chair-01', quantity: index + 3, reason: 'recounted' }, token);
      expect(answer.statusCode).toBe(202);
      const { eventId } = answer.json<Correction>();
      expect(answer.json()).toMatchObject({
        ...{ itemId: `${TENANT}:CHAIR-01`, supplier: 'manual', quantity: index + 3, held: false },
        losesTo: null,
      });
      expect(await lastAudit()).toMatchObject({ action: 'item.correct', reason: 'recounted' });
      const trace = (await api.get(`/v1/tenants/${TENANT}/trace?sku=CHAIR-01`, token)).json<TraceAnswer>();
      expect(trace.events[0]).toMatchObject({
        ...{ eventId, kind: 'correction', reason: 'recounted', actor: 'token operator of the tests' },
        outcome: 'pending',
      });
    }
  });

  it('say what a correction will lose to', async () => {
    const old = { sku: 'CHAIR-01', quantity: 1, reason: 'late', updatedAt: '2026-06-01T09:00:00Z' };
    expect((await correct(old)).json()).toMatchObject({
      updatedAt: '2026-06-01T09:00:00.000000Z',
      losesTo: { supplier: SUPPLIER, eventId: 'e-1' },
    });
  });

  it('are refused in words where they cannot be made, and leave nothing behind', async () => {
    const before = await api.stored();
    const refused = async (answer: ReturnType<typeof send>) => {
      const { statusCode, body } = await answer;
      return [
        statusCode,
        (JSON.parse(body) as { code: string }).code,
        (JSON.parse(body) as { detail: string }).detail,
      ];
    };
    const typo = { sku: 'CHIAR-01', quantity: 3, reason: 'x' };
    for (const [answer, words] of [
      [voidOf('e-2'), /^Event e-2 of acme is voided already by .*: wrong unit\./],
      [voidOf('e-1'), /^Event e-1 of acme is the last that stands for canary:CHAIR-01/],
      [voidOf('e-99'), /^Supplier acme of tenant canary sent no event e-99\./],
      [correct(typo), /^No item and no event is known as canary:CHIAR-01\./],
    ] as const) {
      expect(await refused(answer)).toEqual([409, 'fix_refused', expect.stringMatching(words)]);
    }
    expect((await refused(voidOf('e-1', undefined, 'nobody'))).slice(0, 2)).toEqual([404, 'not_found']);
    expect(await api.stored()).toBe(before);
    expect((await correct({ ...typo, newItem: true })).statusCode).toBe(202);
  });

  it('name every fault of a body', async () => {
    const faults = async (answer: ReturnType<typeof send>) =>
      (await answer).json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer);
    expect(await faults(correct({ sku: 'A\0', quantity: -1, reason: ' ', updatedAt: 'now' }))).toEqual([
      '/sku',
      '/quantity',
      '/reason',
      '/updatedAt',
    ]);
    expect(await faults(correct({ sku: 'A', quantity: 0.5, reason: 'x', who: 'me' }))).toEqual([
      '/quantity',
      '/who',
    ]);
    expect(await faults(send(`suppliers/${SUPPLIER}/voids`, { eventId: '', reason: 1 }))).toEqual([
      '/eventId',
      '/reason',
    ]);
  });

  it('are for operators, and for their own tenant: the database itself refuses another', async () => {
    const body = { sku: 'CHAIR-01', quantity: 3, reason: 'x' };
    for (const role of ['viewer', 'support'] as const) {
      const token = await api.token(role, TENANT);
      expect((await correct(body, token)).statusCode).toBe(403);
      expect((await voidOf('e-1', token)).statusCode).toBe(403);
    }
    const stranger = await api.token('operator', OTHER);
    expect((await correct(body, stranger)).statusCode).toBe(404);
    for (const call of [
      `add_manual_supplier('${TENANT}')`,
      `record_correction('${TENANT}', '{}', 'x', 'x')`,
      `void_event('${TENANT}', '${SUPPLIER}', 'e-1', '{}', 'x', 'x')`,
    ]) {
      const asOther = `SET LOCAL ROLE catalog_sync_tenant; SET LOCAL catalog_sync.tenant = '${OTHER}'; SELECT ${call}`;
      await expect(api.sql(asOther)).rejects.toThrow(`tenant ${TENANT} is another one`);
    }
  });
});
