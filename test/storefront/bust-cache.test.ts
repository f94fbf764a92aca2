import type { IncomingHttpHeaders } from 'node:http';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bustCache, type CacheBust } from '../../src/storefront/bust-cache.ts';
import { verifyMessage } from '../../src/standard-webhooks/verify-message.ts';
import { bodyOf, serve } from './http-stub.ts';

const secret = Buffer.alloc(32, 9);
const item = { itemId: 'canary:CHAIR-01', tenant: 'canary', sku: 'CHAIR-01', version: 3, quantity: 7 };

function bust(storefrontUrl: string, over: Partial<CacheBust> = {}) {
  return bustCache({ storefrontUrl, secret, messageId: 'msg_1', item, timeoutMs: 5_000, ...over });
}

function answering(status: number, body: string | Buffer, headers: Record<string, string> = {}) {
  return serve((_request, response) => void response.writeHead(status, headers).end(body));
}

describe('a cache bust', () => {
  it('is posted below the base address, signed over the bytes sent', async () => {
    const seen: { url: string; body: Buffer; ok: boolean; type: string | undefined }[] = [];
    const url = await serve(async (request, response) => {
      const body = await bodyOf(request);
      const verification = verifyMessage({
        headers: request.headers,
        body,
        secrets: [secret],
        nowSeconds: Date.now() / 1000,
      });
      const type = request.headers['content-type'];
      seen.push({ url: `${request.method} ${request.url}`, body, ok: verification.ok, type });
      response.end('{"accepted": true}');
    });
    const answer = await bust(`${url}/shop/`);
    expect(answer).toEqual({ kind: 'accepted', httpStatus: 200, latencyMs: expect.any(Number) as number });
    expect(seen).toMatchObject([{ url: 'POST /shop/cache-busts', ok: true, type: 'application/json' }]);
    expect(JSON.parse(String(seen[0]?.body))).toEqual(item);
  });

  it('sends nothing of the item but what the contract names', async () => {
    let body: Buffer = Buffer.alloc(0);
    const url = await serve(async (request, response) => {
      body = await bodyOf(request);
      response.end('{"accepted": true}');
    });
    await bust(url, { item: { ...item, supplier: 'acme' } as typeof item });
    expect(Object.keys(JSON.parse(String(body)) as object)).toEqual(Object.keys(item));
  });

  it('names item, SKU and version in headers too, for caches, which read no body', async () => {
    const seen: IncomingHttpHeaders[] = [];
    const url = await serve((request, response) => {
      seen.push(request.headers);
      response.end('{"accepted": true}');
    });
    await bust(url);
    const sku = 'TISCH Ü/50% "a"\u2028';
    await bust(url, { item: { ...item, itemId: `canary:${sku}`, sku } });
    expect(seen).toMatchObject([
      { 'x-catalog-item': 'canary:CHAIR-01', 'x-catalog-sku': 'CHAIR-01', 'x-catalog-version': '3' },
      {
        'x-catalog-item': 'canary:TISCH%20%C3%9C/50%25%20"a"%E2%80%A8',
        'x-catalog-sku': 'TISCH%20%C3%9C/50%25%20"a"%E2%80%A8',
        'x-catalog-version': '3',
      },
    ]);
    expect(decodeURIComponent(String(seen[1]?.['x-catalog-sku']))).toBe(sku);
  });

  it('keeps connections for the next ones', async () => {
    const ports = new Set<number | undefined>();
    const url = await serve(async (request, response) => {
      ports.add(request.socket.remotePort);
      await bodyOf(request);
      response.end('{"accepted": true}');
    });
    for (let sent = 0; sent < 10; sent += 1) await bust(url);
    // A second one is opened when the first is not yet given back.
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  it('cannot be signed with a weak secret', async () => {
    await expect(bust('http://127.0.0.1:1', { secret: Buffer.alloc(1) })).rejects.toThrow(RangeError);
  });
});

describe('accepted', () => {
  it('may come with a reason', async () => {
    const answer = await bust(await answering(200, '{"accepted": true, "reason": "superseded"}'));
    expect(answer).toMatchObject({ kind: 'accepted', reason: 'superseded', httpStatus: 200 });
  });

  it('may come with any 2xx, null as the reason, more fields, and compressed', async () => {
    const body = gzipSync('{"accepted": true, "reason": null, "node": 4}');
    const answer = await bust(await answering(202, body, { 'content-encoding': 'gzip' }));
    expect(answer).toEqual({ kind: 'accepted', httpStatus: 202, latencyMs: expect.any(Number) as number });
  });
});

describe('rejected', () => {
  it.each([
    [200, '{"accepted": false, "reason": "unknown item"}', 'unknown item'],
    [200, '{"accepted": false}', 'the storefront gave no reason'],
    [422, '{"accepted": false, "reason": "no such SKU"}', 'HTTP 422: no such SKU'],
    [404, '{"detail": "no route"}', 'HTTP 404: no route'],
    [410, '<html>gone</html>', 'HTTP 410: Gone'],
    [401, '{"accepted": true, "reason": 5}', 'HTTP 401: Unauthorized'],
    [400, 'x'.repeat(100_000), 'HTTP 400: Bad Request'],
  ])('is what HTTP %i with %.60j says', async (status, body, reason) => {
    expect(await bust(await answering(status, body))).toEqual({
      kind: 'rejected',
      reason,
      httpStatus: status,
    });
  });

  it('has a printable reason of at most 300 characters without secrets', async () => {
    const nasty = `\u0000\u001b[31m\u202eab\r\nwhsec_c2VjcmV0c2VjcmV0 \ud800 ${'😀'.repeat(400)}`;
    const answer = await bust(await answering(200, JSON.stringify({ accepted: false, reason: nasty })));
    const reason = answer.reason ?? '';
    expect(reason).toMatch(/^\[31m ab whsec_… \ufffd 😀+…$/u);
    expect(Array.from(reason)).toHaveLength(300);
    expect(reason.isWellFormed()).toBe(true);
  });
});

describe('unreachable', () => {
  it.each([408, 425, 429, 500, 502, 503, 504, 599])('is what HTTP %i says', async (status) => {
    expect(await bust(await answering(status, '{"accepted": true}'))).toMatchObject({
      kind: 'unreachable',
      httpStatus: status,
    });
  });

  it.each([
    '',
    'OK',
    '[]',
    'null',
    '{}',
    '{"accepted": "true"}',
    '{"accepted": 1}',
    '{"accepted": true, "reason": 5}',
  ])('is what a 2xx with %j says', async (body) => {
    expect(await bust(await answering(200, body))).toMatchObject({ kind: 'unreachable', httpStatus: 200 });
  });

  it('is what a redirect says, and it is not followed', async () => {
    let followed = false;
    const target = await serve((_request, response) => {
      followed = true;
      response.end('{"accepted": true}');
    });
    const answer = await bust(await answering(307, '', { location: `${target}/cache-busts` }));
    expect(answer).toMatchObject({ kind: 'unreachable', httpStatus: 307 });
    expect(followed).toBe(false);
  });

  it.each([
    ['7', 7_000],
    ['0', 0],
    ['999999', 3_600_000],
    ['9'.repeat(400), 3_600_000],
    [new Date(Date.now() + 86_400_000).toUTCString(), 3_600_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
  ])('keeps Retry-After %.40s', async (header, retryAfterMs) => {
    const answer = await bust(await answering(503, '', { 'retry-after': header }));
    expect(answer).toMatchObject({ kind: 'unreachable', httpStatus: 503, retryAfterMs });
  });

  it('says where a Retry-After was cut', async () => {
    const asked = async (seconds: string) => bust(await answering(503, '', { 'retry-after': seconds }));
    expect(await asked('3600')).toMatchObject({ reason: 'HTTP 503: Service Unavailable' });
    expect(await asked('3601')).toMatchObject({
      reason:
        'HTTP 503: Service Unavailable (it asks to be left alone for longer than 1 h, which is the most)',
    });
  });

  it('has no retryAfterMs for a malformed header', async () => {
    expect(await bust(await answering(429, '', { 'retry-after': 'soon' }))).not.toHaveProperty(
      'retryAfterMs',
    );
  });

  it('is what a closed port says, with the cause and without the address of the request', async () => {
    const url = await serve(() => undefined);
    const closed = new URL(url);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closed.port = String((server.address() as { port: number }).port);
    await new Promise((resolve) => server.close(resolve));
    const answer = await bust(`${closed.href}?key=hidden`);
    expect(answer).toMatchObject({ kind: 'unreachable' });
    expect(answer.reason).toContain('ECONNREFUSED');
    expect(JSON.stringify(answer)).not.toContain('hidden');
  });

  it('is what a broken connection says, before and within the body', async () => {
    expect(await bust(await serve((request) => request.socket.destroy()))).toMatchObject({
      kind: 'unreachable',
    });
    const url = await serve((request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"acc', () => request.socket.destroy());
    });
    expect(await bust(url)).toMatchObject({ kind: 'unreachable', httpStatus: 200 });
  });

  it('is what silence says, before and within the body', async () => {
    const silent = await bust(await serve(() => undefined), { timeoutMs: 50 });
    expect(silent).toEqual({ kind: 'unreachable', reason: 'no answer within 50 ms' });
    const url = await serve((_request, response) => void response.writeHead(200).write('{"accepted"'));
    const stalled = await bust(url, { timeoutMs: 150 });
    expect(stalled).toEqual({ kind: 'unreachable', reason: 'no answer within 150 ms', httpStatus: 200 });
  });

  it('is what an endless body says, even a compressed one, without reading it all', async () => {
    let sent = 0;
    const url = await serve((_request, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) sent += 1;
      };
      response.on('drain', more);
      response.on('error', () => undefined);
      more();
    });
    expect(await bust(url)).toMatchObject({ kind: 'unreachable', httpStatus: 200 });
    expect(sent).toBeLessThan(1_000);
    const bomb = gzipSync(Buffer.alloc(50_000_000, 32));
    const answer = await bust(await answering(200, bomb, { 'content-encoding': 'gzip' }));
    expect(answer).toMatchObject({ kind: 'unreachable', reason: 'the answer is larger than 65536 bytes' });
  });

  it('is what stopping by the caller gives, and it comes at once', async () => {
    const stop = new AbortController();
    const url = await serve(() => stop.abort(new Error('shutdown')));
    expect(await bust(url, { signal: stop.signal })).toEqual({
      kind: 'unreachable',
      reason: 'stopped by the sender before the answer came',
    });
  });

  it.each(['', 'shop.example', 'ftp://127.0.0.1', 'http://user:hidden@127.0.0.1'])(
    'is what the address %j gives, which is not quoted',
    async (address) => {
      const answer = await bust(address);
      expect(answer).toMatchObject({ kind: 'unreachable' });
      expect(JSON.stringify(answer)).not.toContain('hidden');
    },
  );
});
