import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventsPath, startApi, type Api } from './api.ts';

const EVENT = '"sku":"A","quantity":5,"updatedAt":"2026-06-01T09:59:00Z"';

let api: Api;
let port: number;

beforeAll(async () => {
  api = await startApi();
  port = await api.listen();
});
afterAll(() => api?.close());

// Whatever came in: nothing is half stored, nothing broke, and the next one is served.
afterEach(async () => {
  assert.equal(await api.stored(), 0);
  assert.equal((await fetch(`http://127.0.0.1:${port}/healthz`)).status, 200);
  assert.deepEqual(
    api.lines.filter(({ status }) => Number(status) >= 500),
    [],
  );
});

const raw = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)));

describe('a signed body that is not JSON as everybody reads it', () => {
  it.each<[string, string | Buffer, string?]>([
    ['nothing', ''],
    ['a word', 'hello'],
    ['cut short', `{${EVENT}`],
    ['two documents', `{${EVENT}}{${EVENT}}`],
    ['a comment', `{${EVENT}/* five */}`],
    ['NaN', '{"sku":"A","quantity":NaN}'],
    ['a raw control character in a string', '{"sku":"A\u0001"}'],
    ['two byte order marks', `\ufeff\ufeff{${EVENT}}`],
    ['invalid UTF-8', raw('{"sku":"', [0xff, 0xfe], '"}')],
    ['a surrogate in UTF-8', raw('{"sku":"', [0xed, 0xa0, 0x80], '"}')],
    ['an overlong NUL', raw('{"sku":"', [0xc0, 0x80], '"}')],
    ['a key twice', `{${EVENT},"quantity":6}`, '/quantity'],
    ['a key twice, once escaped', `{${EVENT},"quantit\\u0079":6}`, '/quantity'],
    ['a key twice further down', `[{${EVENT}},{"sku":"A","sku":"A"}]`, '/1/sku'],
    ['__proto__', `{${EVENT},"__proto__":{"id":"x"}}`],
    ['constructor.prototype', `{${EVENT},"constructor":{"prototype":{}}}`],
    ['33 levels', `${'['.repeat(33)}${']'.repeat(33)}`, '/0'.repeat(32)],
    ['half a million levels', '['.repeat(500_000)],
    ['half a million objects within one another', '{"a":'.repeat(200_000)],
  ])('is a 400: %s', async (_, body, pointer) => {
    const answer = await api.send(body);
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'invalid_json']);
    if (pointer !== undefined) expect(answer.json().errors).toMatchObject([{ pointer }]);
  });
});

describe('a signed body of the wrong shape', () => {
  const withField = (name: string, json: string): string => {
    const fields = { sku: '"A"', quantity: '5', updatedAt: '"2026-06-01T09:59:00Z"', [name]: json };
    return `{${Object.entries(fields)
      .map(([key, value]) => `"${key}":${value}`)
      .join(',')}}`;
  };

  it.each([
    ['quantity', '-2147483649'],
    ['quantity', '1.5'],
    ['quantity', '"5"'],
    ['quantity', '1e400'],
    ['quantity', '2147483648'],
    ['quantity', 'null'],
    ['sku', '"A\\u0000B"'],
    ['sku', '"\\ud800"'],
    ['sku', '"\\udc00\\ud800"'],
    ['sku', '"\\u001b[31m"'],
    ['sku', `"${'A'.repeat(10_000)}"`],
    ['sku', 'null'],
    ['updatedAt', '"2026-06-01T09:59:00"'],
    ['updatedAt', '"2026-02-30T09:59:00Z"'],
    ['updatedAt', '"10000-01-01T00:00:00Z"'],
    ['updatedAt', '1780307940'],
    ['id', '""'],
    ['id', `"${'x'.repeat(201)}"`],
    ['location', '""'],
    ['location', `"${'x'.repeat(41)}"`],
    ['location', '"a\\u0000"'],
  ])('is a 422 with a pointer: %s %s', async (name, json) => {
    const answer = await api.send(withField(name, json));
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'invalid_shape']);
    expect(answer.json().errors).toMatchObject([{ pointer: `/${name}` }]);
  });

  it.each([
    ['an empty array', '[]'],
    ['null', 'null'],
    ['a number', '5'],
    ['a string', '"event"'],
    ['501 events', `[${Array.from({ length: 501 }, () => '1').join(',')}]`],
  ])('is a 422 as a whole: %s', async (_, body) => {
    const answer = await api.send(body);
    expect([answer.statusCode, answer.json().errors]).toMatchObject([422, [{ pointer: '' }]]);
  });

  it('stores nothing of an array with one wrong event', async () => {
    const answer = await api.send(`[{${EVENT}},{${EVENT.replace('5', '5.5')}}]`);
    expect([answer.statusCode, answer.json().errors]).toMatchObject([422, [{ pointer: '/1/quantity' }]]);
  });
});

describe('a body of the wrong type', () => {
  it.each([
    ['text/plain'],
    ['application/xml'],
    ['application/json; charset=latin1'],
    ['application/x-www-form-urlencoded'],
    ['application/jsonp'],
    ['application/cloudevents+xml'],
    [undefined],
  ])('is a 415: %s', async (type) => {
    const answer = await api.send(`{${EVENT}}`, { headers: { 'content-type': type } });
    expect([answer.statusCode, answer.json().code]).toEqual([415, 'unsupported_media_type']);
  });

  it('is a 415 when compressed, and never unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, 0x20));
    for (const encoding of ['gzip', 'br', 'deflate', 'identity, gzip']) {
      const answer = await api.send(bomb, { headers: { 'content-encoding': encoding } });
      expect([answer.statusCode, answer.json().code]).toEqual([415, 'unsupported_media_type']);
    }
  });
});

describe('a body that is too large', () => {
  it('is a 413 with the right signature too', async () => {
    const answer = await api.send(`{${EVENT}}${' '.repeat(1_048_577)}`);
    expect([answer.statusCode, answer.json()]).toMatchObject([
      413,
      { code: 'payload_too_large', detail: expect.stringMatching(/^It may have 1 MiB\./) },
    ]);
  });

  it('is a 413 long before its 50 MB have arrived, whether it says its length or not', async () => {
    for (const headers of [{ 'content-length': '50000000' }, { 'transfer-encoding': 'chunked' }]) {
      const client = request({
        host: '127.0.0.1',
        port,
        path: eventsPath(),
        method: 'POST',
        // What is wrong with the headers would be told before the body is looked at.
        headers: { ...api.signed(''), ...headers },
      });
      // The server may close while the client still sends.
      client.on('error', () => undefined);
      const answered = once(client, 'response');
      const chunk = Buffer.alloc(64 * 1024, 0x20);
      let sent = 0;
      const pump = (): void => {
        while (sent < 50_000_000 && !client.destroyed) {
          sent += chunk.length;
          if (!client.write(chunk)) return void client.once('drain', pump);
        }
      };
      pump();
      const [response] = await answered;
      expect(response.statusCode).toBe(413);
      expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
      client.destroy();
    }
  });
});

describe('what is not even HTTP', () => {
  /** Sends texts, each after the answer to the one before, and gives all that came back until the end. */
  async function exchange(...texts: [string, ...string[]]): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined);
    const closed = once(socket, 'close');
    for (const [index, text] of texts.entries()) {
      if (index > 0) await once(socket, 'data');
      socket.write(text);
    }
    await closed;
    return Buffer.concat(chunks).toString();
  }

  const head = `POST ${eventsPath()} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n`;

  it.each([
    [
      'Content-Length with Transfer-Encoding',
      `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    [
      'Transfer-Encoding with Content-Length',
      `${head}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['two lengths', `${head}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`, 400],
    ['a header without a colon', `${head}nonsense\r\n\r\n`, 400],
    ['a bare line feed in a header', `${head}X: a\nContent-Length: 3\r\n\r\nabc`, 400],
    ['a chunk without a size', `${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
    ['no HTTP at all', '\u0016\u0003\u0001\u0002hello\r\n\r\n', 400],
    ['headers of 100 KB', `${head}X: ${'x'.repeat(100_000)}\r\n\r\n`, 431],
  ])('is answered in full, and the connection closed: %s', async (_, text, status) => {
    const answer = await exchange(text);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toMatch(/application\/problem\+json/);
    const [, body = ''] = answer.split('\r\n\r\n');
    expect(JSON.parse(body)).toMatchObject({ status });
  });

  it('is answered on a connection that served a request before', async () => {
    const answer = await exchange(
      `GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      `${head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    expect(answer.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  it.each([
    ['Host', 'y'],
    ['content-type', 'application/json'],
    ['Authorization', 'Bearer other'],
    ['Webhook-Id', 'msg_other'],
    ['webhook-timestamp', '1'],
    ['WEBHOOK-SIGNATURE', 'v1,other'],
    ['Idempotency-Key', 'other'],
    ['Origin', 'https://other.example.com'],
  ])('is a 400 with a header twice that may stand once: %s', async (name, other) => {
    const headers = {
      ...api.signed(`{${EVENT}}`),
      authorization: 'Bearer x',
      'Idempotency-Key': 'k',
      origin: 'o',
    };
    const lines = Object.entries(headers).map(([key, value]) => `${key}: ${value}\r\n`);
    const answer = await exchange(
      `POST ${eventsPath()} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines.join('')}${name}: ${other}\r\n` +
        `Content-Length: ${EVENT.length + 2}\r\n\r\n{${EVENT}}`,
    );
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    const [, body = ''] = answer.split('\r\n\r\n');
    expect(JSON.parse(body)).toMatchObject({
      code: 'repeated_header',
      errors: [{ header: name.toLowerCase() }],
    });
  });

  it('is a 400 for a path that is not percent-encoded UTF-8, and a 414 for a part that is too long', async () => {
    for (const [path, status] of [
      ['/v1/tenants/%zz/items/a', 400],
      ['/v1/tenants/%ff/items/a', 400],
      [`/v1/tenants/a/items/${'x'.repeat(1100)}`, 414],
    ] as const) {
      const answer = await exchange(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(answer).toMatch(/application\/problem\+json/);
    }
  });
});
