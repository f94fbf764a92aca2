import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { auditFailedSignIns } from '../../src/access/failed-sign-ins.ts';
import { addToken } from '../../src/access/issue-tokens.ts';
import { rotateToken } from '../../src/access/rotate-token.ts';
import { createToken } from '../../src/access/tokens.ts';
import { startApi, TENANT, type Api } from './api.ts';
import { signIn } from './signed-in.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.close());

const refused = () =>
  api.database.auditEntry.findMany({ where: { action: 'signin.refused' }, orderBy: { id: 'asc' } });

it('a refused token and a refused sign-in stand in the audit list, by address and request, and hold no secret', async () => {
  const { id, token } = createToken();
  const answer = await api.get(`/v1/tenants/${TENANT}/audit`, token);
  expect(answer.statusCode).toBe(401);
  expect((await signIn(api, { token: 'guessed' })).statusCode).toBe(401);
  // Who sends nothing tries nothing.
  expect((await api.get(`/v1/tenants/${TENANT}/audit`)).statusCode).toBe(401);
  await expect.poll(async () => (await refused()).length).toBe(2);
  const rows = await refused();
  expect(rows.map(({ subject, after }) => [subject, after])).toEqual(
    expect.arrayContaining([
      ['api', { claimedToken: id }],
      ['console', null],
    ]),
  );
  for (const row of rows) {
    expect(row).toMatchObject({
      tenantId: null,
      actor: 'nobody',
      principalKind: 'nobody',
      address: '127.0.0.1',
    });
    expect(row.requestId).toMatch(/^[0-9a-f-]{36}$/);
  }
  expect(JSON.stringify(rows.map(({ after, reason, subject }) => [after, reason, subject]))).not.toContain(
    token,
  );
});

it('a token that was good once stands there too, with how it ended', async () => {
  const add = () => addToken(api.database, { role: 'viewer', name: 'desk', actor: 'test' });
  const [late, old] = [await add(), await add()];
  await api.sql('UPDATE api_token SET expires_at_us = now_us() - 1 WHERE id = $1', [late.id]);
  await rotateToken(api.database, { id: old.id, overlapSeconds: 600, actor: 'test' });
  await api.sql('UPDATE api_token SET former_until_us = now_us() - 1 WHERE id = $1', [old.id]);
  for (const { token } of [late, old]) {
    expect((await api.get(`/v1/tenants/${TENANT}/audit`, token)).json().code).toBe('token_expired');
    expect((await signIn(api, { token })).statusCode).toBe(401);
  }
  const told = async () =>
    (await refused()).filter(({ after }) => [late.id, old.id].includes(Object(after).claimedToken));
  await expect.poll(async () => (await told()).length).toBe(4);
  expect((await told()).map(({ subject, after }) => [subject, after])).toEqual(
    expect.arrayContaining(
      ['api', 'console'].flatMap((where) => [
        [where, { claimedToken: late.id, ended: 'expired' }],
        [where, { claimedToken: old.id, ended: 'rotated' }],
      ]),
    ),
  );
});

describe('what is written of refused sign-ins', () => {
  let now: number;
  let note: ReturnType<typeof auditFailedSignIns>;
  const failures: unknown[] = [];
  beforeEach(async () => {
    now = 0;
    note = auditFailedSignIns(
      api.database,
      (error) => failures.push(error),
      () => now,
    );
  });
  const from = (address: string) => note({ where: 'api', requestId: null, address, token: 'x' });
  const of = (address: string) =>
    api.database.auditEntry.findMany({ where: { address }, orderBy: { id: 'asc' } });

  it('is ten a minute of an address, then one that there were more', async () => {
    for (let no = 0; no < 500; no += 1) from('10.0.0.1');
    await expect.poll(async () => (await of('10.0.0.1')).length).toBe(11);
    const reasons = (await of('10.0.0.1')).map(({ reason }) => reason).filter((reason) => reason !== null);
    expect(reasons).toEqual([expect.stringMatching(/^more than 10 in a minute from this address/)]);
    now = 60_000;
    from('10.0.0.1');
    await expect.poll(async () => (await of('10.0.0.1')).length).toBe(12);
  });

  it('is as many of an IPv6 network of 64 bits, whichever of its addresses are used', async () => {
    for (let no = 0; no < 500; no += 1) from(`2001:db8:ffff:ffff::${no.toString(16)}`);
    const inNetwork = { where: { address: { startsWith: '2001:db8:ffff:ffff:' } } };
    await expect.poll(() => api.database.auditEntry.count(inNetwork)).toBe(11);
  });

  it('is a hundred of all addresses, then one that there were more', async () => {
    const before = await api.database.auditEntry.count();
    for (let no = 0; no < 5_000; no += 1) from(`2001:db8:0:${no.toString(16)}::1`);
    await expect.poll(() => api.database.auditEntry.count(), { timeout: 10_000 }).toBe(before + 101);
    expect(failures).toEqual([]);
  });
});
