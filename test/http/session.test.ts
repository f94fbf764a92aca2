import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSignInLink } from '../../src/access/tickets.ts';
import { addToken, revokeToken } from '../../src/access/issue-tokens.ts';
import { createServer } from '../../src/http/create-server.ts';
import { startApi, TENANT, type Api } from './api.ts';
import { cookieOf, FROM_OUR_PAGE, ORIGIN, signedIn, signIn, ticketOf } from './signed-in.ts';

let api: Api;

beforeAll(async () => {
  api = await startApi();
  await api.database.tenant.create({ data: { id: 'other' } });
});
afterAll(() => api?.close());

const tokenOf = (name: string, role: 'viewer' | 'operator' = 'viewer', tenant?: string) =>
  addToken(api.database, { role, name, tenant, actor: 'test' });
const link = (name = 'ada') => createSignInLink(api.database, ORIGIN, name);

describe('signing in', () => {
  it('by a token gives a session with its name, role and tenant, in a cookie that scripts cannot read', async () => {
    const { token } = await tokenOf('desk', 'operator', TENANT);
    const answer = await signIn(api, { token });
    expect(answer.statusCode).toBe(201);
    const session = answer.json();
    expect(session).toEqual({
      name: 'desk',
      role: 'operator',
      tenant: TENANT,
      supplier: null,
      expiresAt: expect.any(String),
      csrfToken: expect.stringMatching(/^[\w-]{43}$/),
    });
    const hours = (Date.parse(session.expiresAt) - Date.now()) / 3_600_000;
    expect(Math.round(hours)).toBe(12);
    expect(answer.headers['set-cookie']).toMatch(
      /^catalog_sync_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    expect(answer.body).not.toContain(cookieOf(answer).split('=')[1]);

    const again = await api.app.inject({ url: '/session', headers: { cookie: cookieOf(answer) } });
    expect(again.json()).toEqual(session);
  });

  it('over TLS gives a cookie for TLS only', async () => {
    const { token } = await tokenOf('tls');
    const { secretsKeys } = api;
    const app = createServer({ databases: api.pools(), secretsKeys, log: api.app.log });
    const headers = { host: 'localhost', origin: 'https://localhost' };
    const answer = await signIn({ app }, { token }, headers);
    expect(answer.headers['set-cookie']).toMatch(/; Secure/);
    expect((await signIn({ app }, { token }, headers)).headers['strict-transport-security']).toBeUndefined();
    await app.close();
  });

  it('where PUBLIC_URL has TLS gives a cookie for that host alone, and has browsers stay with TLS', async () => {
    const { token } = await tokenOf('host');
    const { secretsKeys } = api;
    const app = createServer({
      databases: api.pools(),
      secretsKeys,
      log: api.app.log,
      publicUrl: 'https://console.test',
    });
    const answer = await signIn({ app }, { token }, { origin: 'https://console.test' });
    expect(answer.headers['set-cookie']).toMatch(
      /^__Host-catalog_sync_session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');
    const value = cookieOf(answer).split('=')[1];
    const asked = (cookie: string) => app.inject({ url: '/session', headers: { cookie } });
    expect((await asked(cookieOf(answer))).statusCode).toBe(200);
    // A neighbour in the domain can set this one.
    expect((await asked(`catalog_sync_session=${value}`)).statusCode).toBe(401);
    // The same page over plain HTTP is another origin.
    expect((await signIn({ app }, { token }, { origin: 'http://console.test' })).statusCode).toBe(403);
    await app.close();
  });

  it('by a link works once, even for two at the same time, and makes an admin of every tenant', async () => {
    const ticket = ticketOf(await link());
    const answers = await Promise.all([1, 2, 3].map(() => signIn(api, { ticket })));
    expect(answers.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([201, 401, 401]);
    const session = answers.find(({ statusCode }) => statusCode === 201)?.json();
    expect(session).toMatchObject({ name: 'ada', role: 'admin', tenant: null });
    expect((await signIn(api, { ticket })).json()).toMatchObject({ code: 'sign_in_refused' });
  });

  it('by a link is over after 15 minutes', async () => {
    const ticket = ticketOf(await link());
    const [row] = await api.sql<{ minutes: string }>(
      'SELECT (expires_at_us - now_us()) / 60000000.0 AS minutes FROM console_ticket ORDER BY id DESC LIMIT 1',
    );
    expect(Math.round(Number(row?.minutes))).toBe(15);
    await api.sql('UPDATE console_ticket SET expires_at_us = now_us() - 1');
    expect((await signIn(api, { ticket })).statusCode).toBe(401);
  });

  it('is not done by fetching the link, as a preview of it would', async () => {
    const address = new URL(await link());
    expect(address.search).toBe('');
    expect(address.pathname).toBe('/sign-in');
    await api.app.inject({ url: address.pathname, headers: { accept: 'text/html' } });
    expect((await signIn(api, { ticket: ticketOf(address.href) })).statusCode).toBe(201);
  });

  it('is refused to whatever opens nothing', async () => {
    const { id, token } = await tokenOf('gone');
    await revokeToken(api.database, { id, actor: 'test' });
    const wrong = [token, `${token}x`, 'x', '\u0000', `csk_${'A'.repeat(43)}`];
    for (const body of wrong.flatMap((text) => [{ token: text }, { ticket: text }])) {
      const answer = await signIn(api, body);
      expect([body, answer.statusCode, answer.json().code]).toEqual([body, 401, 'sign_in_refused']);
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    for (const body of [{}, { token: '' }, { token: 1 }, { token, ticket: 'x' }, 'token', null, []]) {
      expect([body, (await signIn(api, body)).statusCode]).toEqual([body, 422]);
    }
  });

  it('is refused to another site, which could sign somebody in as itself', async () => {
    const { token } = await tokenOf('login-csrf');
    const foreign: Record<string, string>[] = [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'none' },
    ];
    for (const headers of foreign) {
      expect((await signIn(api, { token }, headers)).json()).toMatchObject({ code: 'csrf_refused' });
    }
    const plain = await api.app.inject({
      method: 'POST',
      url: '/session',
      headers: { host: 'console.test', origin: 'http://evil.test', 'content-type': 'application/json' },
      payload: JSON.stringify({ token }),
    });
    expect(plain.statusCode).toBe(403);
    const form = await signIn(api, { token }, { 'content-type': 'text/plain' });
    expect(form.statusCode).toBe(415);
  });

  it('again ends the session before', async () => {
    const { token } = await tokenOf('twice');
    const first = await signedIn(api, { token });
    const second = await signIn(api, { token }, { cookie: first.cookie });
    expect(second.statusCode).toBe(201);
    expect((await first.ask('GET', '/session')).statusCode).toBe(401);
  });

  it('keeps neither cookie nor ticket where the database could tell it, or the log', async () => {
    const { token } = await tokenOf('secret');
    const { cookie } = await signedIn(api, { token });
    const ticket = ticketOf(await link());
    await signIn(api, { ticket });
    const rows = await api.sql(
      `SELECT jsonb_build_object('s', to_jsonb(s)) AS x FROM console_session s
       UNION ALL SELECT to_jsonb(t) FROM console_ticket t UNION ALL SELECT to_jsonb(a) FROM audit_entry a`,
    );
    const kept = JSON.stringify([rows, api.lines]);
    for (const secret of [cookie.split('=')[1] ?? '', ticket, token]) expect(kept).not.toContain(secret);
  });
});

describe('a session', () => {
  it('ends when its token is revoked', async () => {
    const { id, token } = await tokenOf('revoked');
    const { ask } = await signedIn(api, { token });
    expect((await ask('GET', `/v1/tenants/${TENANT}/search?q=x`)).statusCode).toBe(200);
    await revokeToken(api.database, { id, actor: 'test' });
    expect((await ask('GET', `/v1/tenants/${TENANT}/search?q=x`)).json()).toMatchObject({
      code: 'token_missing',
    });
  });

  it('ends after its time, and is cleared away by a later one', async () => {
    const { token } = await tokenOf('old');
    const { ask } = await signedIn(api, { token });
    await api.sql(`UPDATE console_session SET expires_at_us = now_us() - 1 WHERE name = 'old'`);
    expect((await ask('GET', '/session')).statusCode).toBe(401);
    await signedIn(api, { token });
    expect(await api.sql(`SELECT 1 FROM console_session WHERE name = 'old'`)).toHaveLength(1);
  });

  it('ends when nothing is asked for long, and begins that time anew with what is asked', async () => {
    const { token } = await tokenOf('idle');
    const { ask } = await signedIn(api, { token });
    const minutes = async () => {
      const [row] = await api.sql<{ left: string }>(
        `SELECT round((idle_until_us - now_us()) / 60000000.0) AS left FROM console_session WHERE name = 'idle'`,
      );
      return Number(row?.left);
    };
    expect(await minutes()).toBe(60);
    await api.sql(
      `UPDATE console_session SET idle_until_us = now_us() + 5000000, last_seen_at_us = 1 WHERE name = 'idle'`,
    );
    expect((await ask('GET', '/session')).statusCode).toBe(200);
    expect(await minutes()).toBe(60);
    await api.sql(`UPDATE console_session SET idle_until_us = now_us() - 1 WHERE name = 'idle'`);
    expect((await ask('GET', '/session')).json()).toMatchObject({ code: 'token_missing' });
  });

  it('of a version that knew no idle end goes on, and has one from its next request on', async () => {
    const { token } = await tokenOf('before');
    const { ask } = await signedIn(api, { token });
    await api.sql(`UPDATE console_session SET idle_until_us = NULL WHERE name = 'before'`);
    expect((await ask('GET', '/session')).statusCode).toBe(200);
    expect(
      await api.sql(`SELECT 1 FROM console_session WHERE name = 'before' AND idle_until_us IS NOT NULL`),
    ).toHaveLength(1);
  });

  it('is one of five of its token at most: with one more the oldest ends, also of many at once', async () => {
    const { id, token } = await tokenOf('many');
    const first = await signedIn(api, { token });
    const second = await signedIn(api, { token });
    for (let count = 3; count <= 6; count += 1) await signedIn(api, { token });
    expect((await first.ask('GET', '/session')).statusCode).toBe(401);
    expect((await second.ask('GET', '/session')).statusCode).toBe(200);
    await Promise.all(Array.from({ length: 8 }, () => signedIn(api, { token })));
    expect(await api.sql('SELECT 1 FROM console_session WHERE token_id = $1', [id])).toHaveLength(5);
    const ends = await api.database.auditEntry.findMany({
      where: { actor: 'console many', action: 'session.end' },
    });
    expect(ends.map(({ after }) => after)).toEqual(Array.from({ length: 9 }, () => ({ why: 'more than 5' })));
  });

  it('ends by signing out, and takes the cookie away', async () => {
    const { token } = await tokenOf('leaver');
    const { ask } = await signedIn(api, { token });
    const answer = await ask('DELETE', '/session');
    expect([answer.statusCode, answer.body]).toEqual([204, '']);
    expect(answer.headers['set-cookie']).toMatch(/^catalog_sync_session=; Max-Age=0; Path=\//);
    expect((await ask('GET', '/session')).statusCode).toBe(401);
  });

  it('has no more rights than its token', async () => {
    const { token } = await tokenOf('narrow', 'viewer', TENANT);
    const { ask } = await signedIn(api, { token });
    expect((await ask('GET', '/v1/tenants/other/search?q=x')).statusCode).toBe(404);
    const since = '2026-01-01T00:00:00Z';
    expect((await ask('POST', `/v1/tenants/${TENANT}/replays`, { since })).json()).toMatchObject({
      code: 'role_too_weak',
    });
  });

  it('counts for nothing beside a bearer token', async () => {
    const { cookie } = await signedIn(api, { ticket: ticketOf(await link()) });
    const { token } = await tokenOf('bearer', 'viewer', TENANT);
    const asked = (authorization: string) =>
      api.app.inject({ url: '/session', headers: { cookie, authorization } });
    expect((await asked(`Bearer ${token}`)).json()).toEqual({
      name: 'bearer',
      role: 'viewer',
      tenant: TENANT,
      supplier: null,
      expiresAt: null,
      csrfToken: null,
    });
    expect((await asked('Bearer wrong')).statusCode).toBe(401);
  });

  it.each(['', 'x', 'A'.repeat(43), '%00', '%', '"'])('is not opened by the cookie %j', async (value) => {
    const answer = await api.app.inject({
      url: '/session',
      headers: { cookie: `a=b; catalog_sync_session=${value}` },
    });
    expect(answer.statusCode).toBe(401);
  });

  it('notes when it was last seen, at most once a minute', async () => {
    const { token } = await tokenOf('seen');
    const { ask } = await signedIn(api, { token });
    const seen = async () => {
      const rows = await api.sql<{ last_seen_at_us: string }>(
        `SELECT last_seen_at_us FROM console_session WHERE name = 'seen'`,
      );
      return rows[0]?.last_seen_at_us;
    };
    const first = await seen();
    await ask('GET', '/session');
    expect(await seen()).toBe(first);
    await api.sql(`UPDATE console_session SET last_seen_at_us = 1 WHERE name = 'seen'`);
    await ask('GET', '/session');
    expect(await seen()).not.toBe('1');
  });
});

describe('a change by a session', () => {
  const path = `/v1/tenants/${TENANT}/replays`;
  const payload = JSON.stringify({ since: '2026-01-01T00:00:00Z' });

  it('needs the CSRF token and a page of ours; a bearer token needs neither', async () => {
    const { token } = await tokenOf('writer', 'operator');
    const { cookie, session } = await signedIn(api, { token });
    const { session: foreign } = await signedIn(api, { token });
    const csrf = session.csrfToken ?? '';
    const post = (headers: Record<string, string>) =>
      api.app.inject({
        method: 'POST',
        url: path,
        headers: { host: 'console.test', 'content-type': 'application/json', ...headers },
        payload,
      });
    const fetched = FROM_OUR_PAGE['sec-fetch-site'];
    const refused: Record<string, string>[] = [
      { cookie },
      { cookie, 'sec-fetch-site': fetched },
      { cookie, 'sec-fetch-site': fetched, 'x-csrf-token': '' },
      { cookie, 'sec-fetch-site': fetched, 'x-csrf-token': foreign.csrfToken ?? '' },
      { cookie, 'sec-fetch-site': fetched, 'x-csrf-token': `${csrf}x` },
      { cookie, 'x-csrf-token': csrf },
      { cookie, 'x-csrf-token': csrf, 'sec-fetch-site': 'cross-site', origin: ORIGIN },
      { cookie, 'x-csrf-token': csrf, 'sec-fetch-site': 'same-site', origin: ORIGIN },
      { cookie, 'x-csrf-token': csrf, origin: 'http://evil.test' },
      { cookie, 'x-csrf-token': csrf, origin: 'null' },
    ];
    for (const headers of refused) {
      const answer = await post(headers);
      expect([headers, answer.statusCode, answer.json().code]).toEqual([headers, 403, 'csrf_refused']);
    }
    expect((await post({ cookie, 'x-csrf-token': csrf, 'sec-fetch-site': fetched })).statusCode).toBe(202);
    expect((await post({ cookie, 'x-csrf-token': csrf, origin: ORIGIN })).statusCode).toBe(202);
    expect((await post({ authorization: `Bearer ${token}` })).statusCode).toBe(202);
  });
});

describe('the audit list', () => {
  it('names who signed in, by what, and who signed out, and holds no secret', async () => {
    const { id, token } = await tokenOf('desk of audits', 'operator', TENANT);
    const first = await signedIn(api, { token });
    // Signing in once more in the same browser ends the session before.
    const again = await signIn(api, { token }, { cookie: first.cookie });
    await signedIn(api, { ticket: ticketOf(await link('mara')) });
    await api.app.inject({
      method: 'DELETE',
      url: '/session',
      headers: {
        ...FROM_OUR_PAGE,
        cookie: cookieOf(again),
        'x-csrf-token': again.json().csrfToken,
      },
    });
    const rows = await api.database.auditEntry.findMany({
      where: { actor: { in: ['console desk of audits', 'console mara'] } },
      orderBy: { id: 'asc' },
    });
    expect(rows.map(({ actor, action, tenantId, after }) => [actor, action, tenantId, after])).toEqual([
      ['console desk of audits', 'session.begin', TENANT, { by: `token/${id}`, role: 'operator' }],
      ['console desk of audits', 'session.begin', TENANT, { by: `token/${id}`, role: 'operator' }],
      ['console desk of audits', 'session.end', TENANT, null],
      ['console mara', 'session.begin', null, { by: 'link', role: 'admin' }],
      ['console desk of audits', 'session.end', TENANT, null],
    ]);
    const text = JSON.stringify(rows, (_key, value: unknown) => (typeof value === 'bigint' ? '' : value));
    expect(text).not.toContain(token);
    expect(text).not.toContain(first.cookie.split('=')[1]);
  });

  it('has no end of a session that had run out', async () => {
    const { token } = await tokenOf('run out');
    const { cookie } = await signedIn(api, { token });
    await api.sql('UPDATE console_session SET expires_at_us = now_us() - 1');
    await signIn(api, { token }, { cookie });
    const ends = await api.database.auditEntry.count({
      where: { actor: 'console run out', action: 'session.end' },
    });
    expect(ends).toBe(0);
  });
});
