import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addToken, listTokens, revokeToken, UnknownTokenError } from '../../src/access/issue-tokens.ts';
import { rotateToken, TokenRevokedError } from '../../src/access/rotate-token.ts';
import { createToken } from '../../src/access/tokens.ts';
import { startApi, TENANT, type Api } from '../http/api.ts';
import { signedIn, signIn } from '../http/signed-in.ts';

const DAY = 86_400;
let api: Api;

beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api?.close());

const add = (name: string, expiresSeconds?: number | null) =>
  addToken(api.database, {
    role: 'viewer',
    name,
    actor: 'test',
    ...(expiresSeconds !== undefined && { expiresSeconds }),
  });
const ask = (token: string) => api.get(`/v1/tenants/${TENANT}/audit`, token);
const daysUntil = (time: string | null) => (Date.parse(time ?? '') - Date.now()) / (DAY * 1000);
const inList = async (id: string) => (await listTokens(api.database)).find((one) => one.id === id);

describe('a token', () => {
  it('is good for 90 days unless it is said', async () => {
    expect(Math.round(daysUntil((await add('by default')).expiresAt))).toBe(90);
    expect(Math.round(daysUntil((await add('said', 30 * DAY)).expiresAt))).toBe(30);
    expect((await add('never', null)).expiresAt).toBeNull();
  });

  it('that has ended is a 401 that says so and what to do, to whoever has its secret alone', async () => {
    const { id, token } = await add('ended');
    expect((await ask(token)).statusCode).toBe(200);
    const session = await signedIn(api, { token });
    await api.sql('UPDATE api_token SET expires_at_us = now_us() - 1 WHERE id = $1', [id]);
    const answer = await ask(token);
    expect([answer.statusCode, answer.json()]).toEqual([
      401,
      expect.objectContaining({
        code: 'token_expired',
        detail: expect.stringMatching(/^The token ended at \d{4}-.*Z\. .*token rotate/),
      }),
    ]);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer error="invalid_token"/);
    const { token: guess } = createToken(id);
    expect((await ask(guess)).json()).toMatchObject({ code: 'token_missing' });
    const refused = (await signIn(api, { token })).json();
    expect(refused).toMatchObject({
      code: 'sign_in_refused',
      detail: expect.stringContaining('The token ended at'),
    });
    expect((await session.ask('GET', '/session')).statusCode).toBe(401);
    expect(await inList(id)).toMatchObject({ expired: true, revokedAt: null });
    await revokeToken(api.database, { id, actor: 'test' });
    expect((await ask(token)).json()).toMatchObject({ code: 'token_missing' });
  });

  it('opens no session that outlives it', async () => {
    const { token, expiresAt } = await add('short', 600);
    const { session } = await signedIn(api, { token });
    expect(session.expiresAt).toBe(expiresAt);
  });

  it('of a version that knew no end goes on without one', async () => {
    const token = await api.token('viewer');
    expect((await ask(token)).statusCode).toBe(200);
    const { token: other } = await add('other');
    expect((await ask(other)).statusCode).toBe(200);
    expect(await inList(token.slice(4, 20))).toMatchObject({ expiresAt: null, expired: false });
  });

  it('notes when it was last used, at most once a minute', async () => {
    const { id, token } = await add('used');
    expect((await inList(id))?.lastUsedAt).toBeNull();
    await Promise.all(Array.from({ length: 8 }, () => ask(token)));
    await expect.poll(async () => (await inList(id))?.lastUsedAt).not.toBeNull();
    const first = (await inList(id))?.lastUsedAt;
    await ask(token);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((await inList(id))?.lastUsedAt).toBe(first);
    await api.sql('UPDATE api_token SET last_used_at_us = last_used_at_us - 61000000 WHERE id = $1', [id]);
    await ask(token);
    await expect.poll(async () => (await inList(id))?.lastUsedAt).not.toBe(first);
    expect(Date.parse((await inList(id))?.lastUsedAt ?? '')).toBeGreaterThan(Date.parse(first ?? ''));
  });
});

describe('a token that is rotated', () => {
  it('keeps its id, name and rights; both secrets are good until the overlap is over', async () => {
    const { id, token } = await add('rotated', 3 * DAY);
    const rotated = await rotateToken(api.database, {
      id,
      overlapSeconds: 3600,
      actor: 'ada',
      reason: 'yearly',
    });
    expect(rotated).toMatchObject({ id, name: 'rotated', role: 'viewer' });
    expect(rotated.token).not.toBe(token);
    expect(Math.round(daysUntil(rotated.expiresAt))).toBe(90);
    expect((await ask(token)).statusCode).toBe(200);
    expect((await ask(rotated.token)).statusCode).toBe(200);
    await api.sql('UPDATE api_token SET former_until_us = now_us() - 1 WHERE id = $1', [id]);
    expect((await ask(token)).json()).toMatchObject({ code: 'token_expired' });
    expect((await ask(rotated.token)).statusCode).toBe(200);

    const [entry] = await api.database.auditEntry.findMany({ where: { action: 'token.rotate' } });
    expect(entry).toMatchObject({ actor: 'ada', reason: 'yearly', subject: `token/${id}` });
    const kept = JSON.stringify(
      await api.sql('SELECT to_jsonb(a) AS a, to_jsonb(t) AS t FROM audit_entry a, api_token t'),
    );
    for (const secret of [token, rotated.token]) expect(kept).not.toContain(secret.slice(21));
  });

  it('ends its sessions with the secret that opened them', async () => {
    const { id, token } = await add('with sessions');
    const before = await signedIn(api, { token });
    const { formerUntil } = await rotateToken(api.database, { id, overlapSeconds: 600, actor: 'test' });
    expect((await before.ask('GET', '/session')).json()).toMatchObject({ expiresAt: formerUntil });
    const during = await signedIn(api, { token });
    expect(during.session.expiresAt).toBe(formerUntil);

    const { token: next } = await rotateToken(api.database, { id, overlapSeconds: 0, actor: 'test' });
    expect((await before.ask('GET', '/session')).statusCode).toBe(401);
    expect((await ask(token)).statusCode).toBe(401);
    expect((await ask(next)).statusCode).toBe(200);
  });

  it('gives one that has ended a new secret and no longer life to the old one', async () => {
    const { id, token } = await add('late');
    await api.sql('UPDATE api_token SET expires_at_us = now_us() - 1 WHERE id = $1', [id]);
    const rotated = await rotateToken(api.database, { id, overlapSeconds: DAY, actor: 'test' });
    expect(rotated.formerUntil).toBeNull();
    expect((await ask(token)).statusCode).toBe(401);
    expect((await ask(rotated.token)).statusCode).toBe(200);
  });

  it('by two at once has the two secrets of the later one', async () => {
    const { id, token } = await add('twice at once');
    const both = await Promise.all(
      [1, 2].map(() => rotateToken(api.database, { id, overlapSeconds: 600, actor: 'test' })),
    );
    const good = await Promise.all(both.map(async (one) => (await ask(one.token)).statusCode));
    expect(good).toEqual([200, 200]);
    expect((await ask(token)).json()).toMatchObject({ code: 'token_missing' });
  });

  it('is one that is there and not revoked', async () => {
    const { id } = await add('revoked');
    await revokeToken(api.database, { id, actor: 'test' });
    await expect(rotateToken(api.database, { id, actor: 'test' })).rejects.toThrow(TokenRevokedError);
    await expect(rotateToken(api.database, { id: 'nobody', actor: 'test' })).rejects.toThrow(
      UnknownTokenError,
    );
  });
});
