import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ringOf } from '../../src/access/secrets/key-ring.ts';
import { createPayloadCodec } from '../../src/access/secrets/payload-codec.ts';
import { startApi, TENANT, type Api } from './api.ts';
import { signedIn } from './signed-in.ts';

const UI = 'http://temporal-ui.test';

let api: Api;
let encrypted: object;
let foreign: object;
const plain = { metadata: { encoding: base64('json/plain') }, data: base64('{"sku":"CHAIR-02"}') };

beforeAll(async () => {
  api = await startApi({ temporalUiUrl: `${UI}/` });
  const of = async (ring: ReturnType<typeof ringOf>) => {
    const codec = createPayloadCodec(ring, { encrypts: true });
    const [payload] = await codec.encode([defaultPayloadConverter.toPayload({ sku: 'CHAIR-01' })]);
    return asJson(payload ?? {});
  };
  encrypted = await of(api.secretsKeys);
  foreign = await of(ringOf(randomBytes(32)));
});
afterAll(() => api?.close());

function base64(content: string | Uint8Array): string {
  return Buffer.from(content as Uint8Array).toString('base64');
}

function asJson({ metadata, data }: Payload): object {
  const texts = Object.entries(metadata ?? {}).map(([name, bytes]) => [name, base64(bytes)]);
  return { metadata: Object.fromEntries(texts) as object, data: base64(data ?? new Uint8Array()) };
}

const decode = (headers: Record<string, string>, payloads: unknown[] = [encrypted]) =>
  api.app.inject({
    method: 'POST',
    url: '/codec/decode',
    headers: { 'content-type': 'application/json', 'x-namespace': 'default', ...headers },
    payload: JSON.stringify({ payloads }),
  });
const bearer = async (...who: Parameters<Api['token']>) => ({
  authorization: `Bearer ${await api.token(...who)}`,
});

describe('the codec endpoint', () => {
  it('opens what is ours, and leaves everything else as it is, in its order', async () => {
    const answer = await decode(await bearer('support'), [plain, encrypted, foreign, {}]);
    expect(answer.statusCode).toBe(200);
    const opened = { metadata: { encoding: base64('json/plain') }, data: base64('{"sku":"CHAIR-01"}') };
    expect(answer.json()).toEqual({ payloads: [plain, opened, foreign, {}] });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('is for support, operators and admins of every tenant', async () => {
    expect((await decode({})).statusCode).toBe(401);
    expect((await decode(await bearer('viewer'))).statusCode).toBe(403);
    for (const role of ['support', 'operator', 'admin'] as const) {
      expect((await decode(await bearer(role))).statusCode).toBe(200);
      const answer = await decode(await bearer(role, TENANT));
      expect([answer.statusCode, answer.json().code]).toEqual([403, 'role_too_weak']);
      expect(answer.body).toContain('a token for every tenant');
    }
  });

  it('takes a session of the console from the page of the Web UI, and from no other', async () => {
    const { cookie } = await signedIn(api, { token: await api.token('support') });
    const from = (origin: string) => decode({ cookie, origin, 'sec-fetch-site': 'same-site' });
    const answer = await from(UI);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': UI,
      'access-control-allow-credentials': 'true',
      vary: 'Origin',
    });
    for (const origin of ['http://evil.test', `${UI}.evil.test`, 'https://temporal-ui.test', 'null']) {
      const refused = await from(origin);
      expect([origin, refused.statusCode]).toEqual([origin, 403]);
      expect(refused.headers).not.toHaveProperty('access-control-allow-origin');
    }
    // What changes something stays closed to it.
    const change = await api.app.inject({
      method: 'POST',
      url: `/v1/tenants/${TENANT}/sweeps`,
      headers: { cookie, origin: UI, 'content-type': 'application/json' },
      payload: '{}',
    });
    expect([change.statusCode, change.json().code]).toEqual([403, 'csrf_refused']);
  });

  it('says to the page of the Web UI, and to no other, that it may ask', async () => {
    const preflight = (origin: string) =>
      api.app.inject({
        method: 'OPTIONS',
        url: '/codec/decode',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type,x-namespace,authorization',
        },
      });
    const allowed = await preflight(UI);
    expect([allowed.statusCode, allowed.body]).toEqual([204, '']);
    expect(allowed.headers).toMatchObject({
      'access-control-allow-origin': UI,
      'access-control-allow-methods': 'POST',
      'access-control-allow-headers': expect.stringMatching(/authorization.*content-type.*x-namespace/),
    });
    expect((await preflight('http://evil.test')).headers).not.toHaveProperty('access-control-allow-origin');
    const refused = await decode({ ...(await bearer('viewer')), origin: UI });
    expect([refused.statusCode, refused.headers['access-control-allow-origin']]).toEqual([403, UI]);
  });

  it('refuses what is no list of payloads', async () => {
    const headers = await bearer('support');
    expect((await decode(headers, [7])).statusCode).toBe(422);
    expect((await decode(headers, [{ data: 7 }])).statusCode).toBe(422);
    expect(
      (
        await decode(
          headers,
          Array.from({ length: 1_001 }, () => plain),
        )
      ).statusCode,
    ).toBe(422);
  });
});
