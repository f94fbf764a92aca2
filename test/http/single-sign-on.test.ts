import { randomBytes } from 'node:crypto';
import {
  createServer as createHttpServer,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import { createPendingSignIns } from '../../src/access/single-sign-on/pending.ts';
import { personOf } from '../../src/access/single-sign-on/person.ts';
import { parseGroupRoles } from '../../src/config/group-roles.ts';
import type { SingleSignOn } from '../../src/config/single-sign-on.ts';
import { createServer } from '../../src/http/create-server.ts';
import type { ServerLimits } from '../../src/http/limits/limits.ts';
import { openIssuer, type TestIssuer } from '../support/issuer.ts';
import { startApi, TENANT, type Api } from './api.ts';
import { until } from '../support/until.ts';

const PUBLIC = 'https://sync.test';
const HOST = { host: 'sync.test' };
const CALLBACK = '/sign-in/oidc/callback';

let api: Api;
let issuer: TestIssuer;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  api = await startApi();
  issuer = await openIssuer(PUBLIC, { inIdToken: true });
});
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});
afterAll(async () => {
  await issuer?.close();
  await api?.close();
});

function appWith(singleSignOn: SingleSignOn, limits: Partial<ServerLimits> = {}): Api['app'] {
  const { secretsKeys } = api;
  const app = createServer({
    databases: api.pools(),
    secretsKeys,
    log: api.app.log,
    publicUrl: PUBLIC,
    singleSignOn,
    limits,
  });
  closing.push(() => app.close());
  return app;
}

/** Whatever it is, it listens where an issuer should. */
async function hostile(listener: RequestListener): Promise<SingleSignOn> {
  const server: Server = createHttpServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { ...issuer.settings(PUBLIC, 'admins=admin'), issuer: new URL(url) };
}

const refused = (location: unknown) => /^\/sign-in\?refused=(\w+)$/.exec(String(location))?.[1];

/** What a browser would do at the issuer: says who it is, and agrees. @returns where it is led back to */
async function atIssuer(start: string, name: string): Promise<URL> {
  const jar = new Map<string, string>();
  const go = async (url: string, form?: Record<string, string>): Promise<Response> => {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([key, value]) => `${key}=${value}`).join('; ') },
      ...(form && { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, key = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      jar.set(key, value);
    }
    return answer;
  };
  let answer = await go(start);
  for (let steps = 0; steps < 12; steps += 1) {
    const location = answer.headers.get('location');
    if (location?.startsWith(PUBLIC)) return new URL(location);
    if (location !== null) answer = await go(new URL(location, issuer.url).href);
    else {
      const page = await answer.text();
      const action = /action="([^"]+)"/.exec(page)?.[1] ?? '';
      const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1] ?? '';
      answer = await go(action, { prompt, login: name, password: 'x' });
    }
  }
  throw new Error('the issuer leads nowhere');
}

async function begin(app: Api['app'], to?: string) {
  const url = `/sign-in/oidc${to === undefined ? '' : `?to=${encodeURIComponent(to)}`}`;
  const answer = await app.inject({ url, headers: HOST });
  return { answer, cookie: String(answer.headers['set-cookie']).split(';')[0] ?? '' };
}

describe('single sign-on', () => {
  it('is not there where it is not set up', async () => {
    expect((await api.get('/sign-in/methods')).json()).toEqual({ singleSignOn: null });
    expect((await api.get('/sign-in/oidc')).statusCode).toBe(404);
  });

  it('goes to the issuer with PKCE, state and nonce, and keeps the rest in a cookie of ten minutes', async () => {
    const app = appWith(issuer.settings(PUBLIC, 'admins=admin'));
    expect((await app.inject({ url: '/sign-in/methods', headers: HOST })).json()).toEqual({
      singleSignOn: '/sign-in/oidc',
    });
    const { answer } = await begin(app);
    expect(answer.statusCode).toBe(303);
    const address = new URL(String(answer.headers.location));
    expect(address.origin).toBe(issuer.url);
    expect(Object.fromEntries(address.searchParams)).toMatchObject({
      response_type: 'code',
      redirect_uri: `${PUBLIC}${CALLBACK}`,
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[\w-]{40,}$/),
      nonce: expect.stringMatching(/^[\w-]{40,}$/),
    });
    expect(answer.headers['set-cookie']).toMatch(
      /^__Host-catalog_sync_sign_in=[\w.-]+; Max-Age=600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
  });

  it('signs in whoever the ID token names, once, and keeps who it is at the issuer', async () => {
    const app = appWith(issuer.settings(PUBLIC, `desk=support:${TENANT}`));
    issuer.groups.sam = ['desk'];
    const { answer, cookie } = await begin(app, `/t/${TENANT}/item?sku=A%26B`);
    const back = await atIssuer(String(answer.headers.location), 'sam');
    const arrive = (headers: Record<string, string>) =>
      app.inject({ url: back.pathname + back.search, headers: { ...HOST, ...headers } });
    // Another browser, or none.
    expect(refused((await arrive({})).headers.location)).toBe('pending');
    const other = await begin(app);
    expect(refused((await arrive({ cookie: other.cookie })).headers.location)).toBe('pending');

    const arrived = await arrive({ cookie });
    expect([arrived.statusCode, arrived.headers.location]).toEqual([303, `/t/${TENANT}/item?sku=A%26B`]);
    const [gone, session = ''] = [arrived.headers['set-cookie']].flat();
    expect(gone).toMatch(/^__Host-catalog_sync_sign_in=; Max-Age=0;/);
    expect(session).toMatch(/^__Host-catalog_sync_session=[\w-]{43}; .*SameSite=Strict$/);
    const asked = await app.inject({
      url: '/session',
      headers: { ...HOST, cookie: session.split(';')[0] ?? '' },
    });
    expect(asked.json()).toMatchObject({ name: 'sam@example.test', role: 'support', tenant: TENANT });
    const [entry] = await api.database.auditEntry.findMany({ where: { actor: 'console sam@example.test' } });
    expect(entry).toMatchObject({
      action: 'session.begin',
      tenantId: TENANT,
      after: { by: 'sso', role: 'support', identity: `${issuer.url}/ sam` },
    });
    // The code is used up, whoever has it.
    expect(refused((await arrive({ cookie })).headers.location)).toBe('failed');
    const refusals = { where: { action: 'signin.refused', subject: 'single sign-on' } };
    await until(async () => (await api.database.auditEntry.count(refusals)) === 3);
    const [refusal] = await api.database.auditEntry.findMany(refusals);
    expect(refusal).toMatchObject({ principalKind: 'nobody', address: '127.0.0.1' });
  });

  it.each([
    '//evil.test',
    '/\\evil.test',
    'https://evil.test/',
    '/sign-in',
    'x',
    `/${'x'.repeat(1001)}`,
    '/..//evil.test',
  ])('leads nobody elsewhere: %s', async (to) => {
    const app = appWith(issuer.settings(PUBLIC, 'desk=viewer'));
    const { answer, cookie } = await begin(app, to);
    issuer.groups.sam = ['desk'];
    const back = await atIssuer(String(answer.headers.location), 'sam');
    const arrived = await app.inject({ url: back.pathname + back.search, headers: { ...HOST, cookie } });
    expect(arrived.headers.location).toBe('/');
  });

  it('refuses what is not sealed by us, and what is too old', async () => {
    const { secretsKeys } = api;
    const pending = { state: 's', nonce: 'n', verifier: 'v', to: '/' };
    const ours = createPendingSignIns(secretsKeys);
    const text = ours.write(pending);
    expect(ours.read(text)).toEqual(pending);
    const [, body = '', seal = ''] = /^([^.]*)\.(.*)$/.exec(text) ?? [];
    const forged = Buffer.from(JSON.stringify(['s', 'n', 'v', '/t/x', Date.now() + 1e6])).toString(
      'base64url',
    );
    for (const wrong of [
      '',
      '.',
      body,
      `${body}.`,
      `${forged}.${seal}`,
      `${body}.${seal}x`,
      'null.x',
      '%.%',
    ]) {
      expect([wrong, ours.read(wrong)]).toEqual([wrong, undefined]);
    }
    expect(createPendingSignIns(ringOf(randomBytes(32))).read(text)).toBeUndefined();
  });

  it.each<[string, RequestListener]>([
    ['says nothing', () => undefined],
    ['breaks off', (request) => request.socket.destroy()],
    [
      'leads elsewhere',
      (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end(),
    ],
    [
      'sends without an end',
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const more = setInterval(() => response.write(Buffer.alloc(65_536, 0x20)), 1);
        response.on('close', () => clearInterval(more));
      },
    ],
  ])('an issuer that %s is given up soon', async (_how, listener) => {
    const app = appWith(await hostile(listener));
    const begun = Date.now();
    const { answer } = await begin(app);
    expect(answer.statusCode).toBe(303);
    expect(refused(answer.headers.location)).toMatch(/^(unavailable|failed)$/);
    expect(Date.now() - begun).toBeLessThan(8_000);
    expect((await app.inject({ url: '/healthz', headers: HOST })).statusCode).toBe(200);
  });

  it('asks a silent issuer once for its addresses, however many wait for them', async () => {
    let asked = 0;
    const app = appWith(await hostile(() => void (asked += 1)));
    const begun = await Promise.all(Array.from({ length: 40 }, () => begin(app)));
    expect(new Set(begun.map(({ answer }) => refused(answer.headers.location)))).toEqual(
      new Set(['unavailable']),
    );
    expect(asked).toBe(1);
  });

  it('asks after four of an address at once, so that it leaves room for the others', async () => {
    const held = new Set<ServerResponse>();
    const app = appWith(
      await hostile(({ url, headers: { host } }, response) => {
        if (url === '/token') held.add(response);
        else {
          const own = `http://${host}`;
          const addresses = { authorization_endpoint: `${own}/auth`, token_endpoint: `${own}/token` };
          response.setHeader('content-type', 'application/json');
          response.end(JSON.stringify({ issuer: own, jwks_uri: `${own}/keys`, ...addresses }));
        }
      }),
    );
    const comeBack = async (remoteAddress: string) => {
      const { answer, cookie } = await begin(app);
      const state = new URL(String(answer.headers.location)).searchParams.get('state');
      const url = `${CALLBACK}?code=x&state=${state}`;
      const { headers } = await app.inject({ url, headers: { ...HOST, cookie }, remoteAddress });
      return refused(headers.location);
    };
    const four = Array.from({ length: 4 }, (_, no) => comeBack(`2001:db8::${no}`));
    await until(async () => held.size === 4);
    expect(await comeBack('2001:db8::ffff')).toBe('unavailable');
    // Nobody was asked about the fifth.
    expect(held.size).toBe(4);
    const other = comeBack('192.0.2.1');
    await until(async () => held.size === 5);
    // Whoever has gone leaves his place.
    for (const response of held) response.destroy();
    await Promise.all([...four, other]);
    const again = comeBack('2001:db8::ffff');
    await until(async () => held.size === 6);
    for (const response of held) response.destroy();
    await again;
  });

  it('counts whoever is not let in as refused, like a token that is wrong', async () => {
    const app = appWith(issuer.settings(PUBLIC, 'admins=admin'), { refusalsPerMinute: 1 });
    const come = async () => {
      const { headers } = await app.inject({ url: `${CALLBACK}?code=x&state=y`, headers: HOST });
      return [refused(headers.location), headers['retry-after']];
    };
    expect(await come()).toEqual(['pending', undefined]);
    expect(await come()).toEqual(['often', '60']);
    const wrong = await app.inject({
      url: '/session',
      headers: { ...HOST, authorization: 'Bearer cst_wrong' },
    });
    expect(wrong.json().code).toBe('too_many_refused');
    // Who begins has been refused nothing.
    expect((await begin(app)).answer.headers.location).toContain(issuer.url);
  });
});

describe('a person of the issuer', () => {
  const settings = {
    issuer: new URL('https://id.test'),
    groupsClaim: 'groups',
    roles: parseGroupRoles('a=viewer'),
  };
  const of = (said: Record<string, unknown>, subject = '4711') => personOf({ subject, said }, settings);

  it('is named by what they cannot choose', () => {
    const groups = ['a'];
    expect(of({ groups, email: 'ada@x.test', name: 'Root' })?.name).toBe('ada@x.test');
    expect(of({ groups, email: 'ada@x.test', email_verified: false, preferred_username: 'ada' })?.name).toBe(
      'ada',
    );
    for (const unverified of ['false', 'False', '', 'no']) {
      const said = { groups, email: 'ada@x.test', email_verified: unverified };
      expect(of(said)?.name).toBe('4711');
    }
    for (const verified of [true, 'true', undefined]) {
      expect(of({ groups, email: 'ada@x.test', email_verified: verified })?.name).toBe('ada@x.test');
    }
    expect(of({ groups, email: 'a\u202eb@x.test' })?.name).toBe('4711');
    expect(of({ groups, email: 'x'.repeat(300) })?.name).toBe('4711');
    expect(of({ groups, email: { not: 'a text' } }, 'bad\u0000')).toBeUndefined();
    expect(of({ groups })).toEqual({
      tokenId: null,
      subject: 'https://id.test/ 4711',
      name: '4711',
      role: 'viewer',
      tenant: null,
    });
  });

  it.each([undefined, null, [], ['b'], 'b', { a: true }, [['a']], ['A'], 7])(
    'in the groups %j is not let in',
    (groups) => {
      expect(of({ groups })).toBeUndefined();
    },
  );

  it('may be in a group that stands alone', () => {
    expect(of({ groups: 'a' })?.role).toBe('viewer');
  });
});
