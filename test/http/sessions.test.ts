import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addToken, revokeToken } from '../../src/access/issue-tokens.ts';
import { createSignInLink } from '../../src/access/tickets.ts';
import type { Sessions } from '../../src/http/routes/sessions-schema.ts';
import { startApi, TENANT, type Api } from './api.ts';
import { ORIGIN, signedIn, ticketOf, type SignedIn } from './signed-in.ts';

let api: Api;
let admin: SignedIn;

beforeAll(async () => {
  api = await startApi();
  await api.database.tenant.create({ data: { id: 'other' } });
});
afterAll(() => api?.close());
beforeEach(async () => {
  await api.sql('DELETE FROM console_session');
  admin = await signedIn(api, { ticket: ticketOf(await createSignInLink(api.database, ORIGIN, 'ada')) });
});

async function visitor(name: string, tenant?: string): Promise<SignedIn & { tokenId: string }> {
  const { id, token } = await addToken(api.database, { role: 'viewer', name, tenant, actor: 'test' });
  return { ...(await signedIn(api, { token })), tokenId: id };
}

async function listed(by: SignedIn): Promise<Sessions['sessions']> {
  const answer = await by.ask('GET', '/v1/sessions');
  expect(answer.statusCode).toBe(200);
  return answer.json<Sessions>().sessions;
}

describe('the list of sessions', () => {
  it('says who is signed in, by what, since when, and which is one’s own, and holds no secret', async () => {
    const vera = await visitor('vera', TENANT);
    const sessions = await listed(admin);
    expect(sessions).toEqual([
      expect.objectContaining({
        name: 'vera',
        role: 'viewer',
        tenant: TENANT,
        by: `token/${vera.tokenId}`,
        own: false,
      }),
      expect.objectContaining({ name: 'ada', role: 'admin', tenant: null, by: 'link', own: true }),
    ]);
    const value = vera.cookie.split('=')[1] ?? '';
    expect(JSON.stringify(sessions)).not.toContain(value);
  });

  it('leaves out those that have ended in whatever way', async () => {
    const names = ['expired', 'idle', 'revoked', 'ended', 'there'];
    const visitors = new Map<string, SignedIn & { tokenId: string }>();
    for (const name of names) visitors.set(name, await visitor(name));
    await api.sql(`UPDATE console_session SET expires_at_us = now_us() - 1 WHERE name = 'expired'`);
    await api.sql(`UPDATE console_session SET idle_until_us = now_us() - 1 WHERE name = 'idle'`);
    await api.sql(`UPDATE api_token SET expires_at_us = now_us() - 1 WHERE name = 'ended'`);
    await revokeToken(api.database, { id: visitors.get('revoked')?.tokenId ?? '', actor: 'test' });
    expect((await listed(admin)).map(({ name }) => name)).toEqual(['there', 'ada']);
    for (const [name, { ask }] of visitors) {
      const { statusCode } = await ask('GET', '/session');
      expect([name, statusCode]).toEqual([name, name === 'there' ? 200 : 401]);
    }
  });

  it('of an admin of one tenant is that tenant’s', async () => {
    await visitor('ours', TENANT);
    const theirs = await visitor('theirs', 'other');
    const { token } = await addToken(api.database, {
      role: 'admin',
      name: 'boss',
      tenant: TENANT,
      actor: 'test',
    });
    const boss = await signedIn(api, { token });
    expect((await listed(boss)).map(({ name }) => name)).toEqual(['boss', 'ours']);
    const { id } = (await listed(admin)).find(({ name }) => name === 'theirs') ?? { id: '' };
    expect((await boss.ask('DELETE', `/v1/sessions/${id}`)).json()).toMatchObject({ code: 'not_found' });
    expect((await theirs.ask('GET', '/session')).statusCode).toBe(200);
  });
});

describe('a session that is revoked', () => {
  it('has ended at once, which stands in the audit list with who did it', async () => {
    const vera = await visitor('vera', TENANT);
    const { id } = (await listed(admin)).find(({ name }) => name === 'vera') ?? { id: '' };
    expect((await admin.ask('DELETE', `/v1/sessions/${id}`)).statusCode).toBe(204);
    expect((await vera.ask('GET', '/session')).json()).toMatchObject({ code: 'token_missing' });
    const [entry] = await api.database.auditEntry.findMany({ where: { action: 'session.revoke' } });
    expect(entry).toMatchObject({
      actor: 'console ada',
      tenantId: TENANT,
      subject: `session/${id}`,
      before: { name: 'vera', role: 'viewer' },
    });
    for (const unknown of [id, '0', '-1', 'x', '9'.repeat(18), '9'.repeat(40), '%00']) {
      const answer = await admin.ask('DELETE', `/v1/sessions/${unknown}`);
      expect([unknown, answer.statusCode]).toEqual([unknown, 404]);
    }
  });
});
