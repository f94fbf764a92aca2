import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as tlsRequest, type RequestOptions } from 'node:https';
import { request as plainRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProxies, NAME, type Proxy } from '../support/proxies.ts';
import { until } from '../support/until.ts';
import { eventsPath, saveItem, startApi, TENANT, type Api } from './api.ts';
import { lockTable } from './locked-table.ts';

const MIB = 2 ** 20;
const CLIENT = '127.0.0.2';
const EVENT = { sku: 'A', quantity: 5, updatedAt: '2026-06-01T09:59:00Z' };

const proxies = await findProxies();

type Asked = Omit<RequestOptions, 'headers'> & { headers?: Record<string, string> };

/** A body of so many bytes, whatever is in it. */
const padded = (event: object, bytes: number): string => JSON.stringify(event).padEnd(bytes);

describe.each(proxies)('behind $name', ({ root, start, asksByItself }) => {
  describe.skipIf(root === undefined)('as ops/proxy has it', () => {
    let api: Api;
    let proxy: Proxy;
    let proxyPort: number;
    /** Of each request, as the server gets them. */
    const seen: IncomingHttpHeaders[] = [];

    beforeAll(async () => {
      proxyPort = await getPort({ host: '127.0.0.1' });
      api = await startApi({
        publicUrl: `https://${NAME}:${proxyPort}`,
        limits: {
          // Of the proxy, and of nobody else that comes from this machine.
          trustedProxies: [{ address: '127.0.0.1', bits: 32, family: 'ipv4' }],
          requestSeconds: 1,
          addressRequestsPerMinute: 20,
        },
      });
      api.app.server.on('request', ({ headers }: IncomingMessage) => seen.push(headers));
      // As a worker does before it claims anything.
      await api.sql('SELECT settle_ledger()');
      const deadPort = await getPort({ host: '127.0.0.1' });
      proxy = await start(root ?? '', { port: await api.listen(), deadPort, proxyPort });
    });
    afterAll(async () => {
      await proxy?.close();
      await api?.close();
    });

    const options = (more: Asked): RequestOptions => ({
      host: '127.0.0.1',
      port: proxy.port,
      servername: NAME,
      // Nobody vouches for its certificate.
      rejectUnauthorized: false,
      localAddress: CLIENT,
      agent: false,
      ...more,
      headers: { host: `${NAME}:${proxy.port}`, ...more.headers },
    });

    async function ask(
      more: Asked,
      parts: readonly string[] = [],
      pauseMs = 0,
    ): Promise<{ answer: IncomingMessage; body: string }> {
      const sending = tlsRequest(options(more));
      const answered = new Promise<IncomingMessage>((resolve, reject) => {
        sending.once('response', resolve).once('error', reject);
      });
      answered.catch(() => undefined);
      for (const part of parts) {
        sending.write(part);
        await sleep(pauseMs);
      }
      sending.end();
      const answer = await answered;
      let body = '';
      for await (const text of answer.setEncoding('utf8')) body += text;
      return { answer, body };
    }

    const deliver = (body: string, parts = [body], pauseMs = 0) =>
      ask(
        {
          method: 'POST',
          path: eventsPath(),
          headers: { ...api.signed(body), 'content-length': String(body.length) },
        },
        parts,
        pauseMs,
      );

    /** Ends the connections whose statements wait for a lock. @returns how many */
    async function endHeldUp(): Promise<number> {
      const ended = await api.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return ended.length;
    }

    it('a signed delivery of the largest size arrives as it was signed, though one of two servers is gone', async () => {
      for (const no of [1, 2, 3, 4]) {
        const { answer, body } = await deliver(padded({ id: `largest-${no}`, ...EVENT }, MIB));
        expect([answer.statusCode, body]).toEqual([202, expect.stringContaining('accepted')]);
      }
    });

    it('a larger one is refused by the server, in words that programs can read', async () => {
      const { answer, body } = await deliver(padded({ id: 'larger', ...EVENT }, MIB + 1));
      expect([answer.statusCode, JSON.parse(body).code]).toEqual([413, 'payload_too_large']);
    });

    it('one from a slow line arrives, though the server would not wait for it', async () => {
      const body = padded({ id: 'slow', ...EVENT }, 2_000);
      const parts = [body.slice(0, 500), body.slice(500, 1_000), body.slice(1_000)];
      const { answer } = await deliver(body, parts, 700);
      expect(answer.statusCode).toBe(202);
    });

    it('a server that has no time for a tenant says so itself, and gets what comes next', async () => {
      const unlock = await lockTable(api, 'supplier_event');
      try {
        for (const no of [1, 2, 3]) {
          const sent = deliver(padded({ id: `locked-${no}`, ...EVENT }, 200));
          await until(async () => (await endHeldUp()) > 0);
          const { answer, body } = await sent;
          expect([answer.statusCode, JSON.parse(body).code, answer.headers['retry-after']]).toEqual([
            503,
            'database_unavailable',
            '5',
          ]);
        }
      } finally {
        await unlock();
      }
      const { answer } = await deliver(padded({ id: 'unlocked', ...EVENT }, 200));
      expect(answer.statusCode).toBe(202);
    });

    it('a server that is not ready is asked all the same, and says why', async () => {
      const rename = (from: string, to: string) => api.sql(`ALTER FUNCTION ${from} RENAME TO ${to}`);
      await rename('note_ignored_fields', 'note_no_fields');
      try {
        // Caddy's own questions; nginx has none.
        const asked = () => seen.filter((headers) => headers['x-forwarded-for'] === undefined).length;
        const before = asked();
        if (asksByItself) await until(async () => asked() >= before + 2);
        const { answer, body } = await ask({ path: '/readyz' });
        expect([answer.statusCode, JSON.parse(body).code, answer.headers['retry-after']]).toEqual([
          503,
          'not_ready',
          '5',
        ]);
      } finally {
        await rename('note_no_fields', 'note_ignored_fields');
      }
    });

    it("a feed's file is judged before it is there", async () => {
      const { answer, body } = await ask(
        {
          method: 'POST',
          path: `/v1/tenants/${TENANT}/feeds/stock/files`,
          // As much as a token would give a right to.
          headers: { 'content-length': String(512 * MIB) },
        },
        ['the beginning'],
      );
      expect([answer.statusCode, JSON.parse(body).code]).toEqual([413, 'payload_too_large']);
    });

    it('the server sees the address and the name of who asks, and no certificate that a client made up', async () => {
      await ask({
        path: '/v1/tenants',
        headers: {
          'x-forwarded-for': '203.0.113.9',
          'x-forwarded-host': 'evil.test',
          'x-client-cert': 'made up',
          origin: 'https://elsewhere.test',
          'sec-fetch-site': 'cross-site',
        },
      });
      const headers = seen.at(-1);
      expect(headers).toMatchObject({
        host: `${NAME}:${proxy.port}`,
        'x-forwarded-for': CLIENT,
        'x-forwarded-proto': 'https',
        origin: 'https://elsewhere.test',
        'sec-fetch-site': 'cross-site',
      });
      expect(headers).not.toHaveProperty('x-client-cert');
      expect(headers?.['x-forwarded-host']).not.toBe('evil.test');
    });

    it('limits hold for each client by itself', async () => {
      const statuses = async (localAddress: string, count: number): Promise<Set<number | undefined>> => {
        const given = new Set<number | undefined>();
        for (let no = 0; no < count; no += 1) {
          const headers = { 'x-forwarded-for': `203.0.113.${no}` };
          given.add((await ask({ path: '/v1/tenants', localAddress, headers })).answer.statusCode);
        }
        return given;
      };
      expect([...(await statuses('127.0.0.3', 21))]).toEqual([401, 429]);
      expect([...(await statuses('127.0.0.4', 1))]).toEqual([401]);
    });

    it('a stream of changes comes through while it is open', async () => {
      const sending = tlsRequest(
        options({
          path: `/v1/tenants/${TENANT}/changes`,
          headers: {
            accept: 'text/event-stream',
            authorization: `Bearer ${await api.token('viewer', TENANT)}`,
          },
        }),
      ).end();
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        sending.once('response', resolve).once('error', reject);
      });
      expect(answer.headers['content-type']).toContain('text/event-stream');
      await saveItem(api, { id: 'told', sku: 'CHAIR-01', quantity: 7, updatedAt: '2026-06-01T09:00:00Z' });
      let text = '';
      for await (const part of answer.setEncoding('utf8')) {
        text += part;
        if (text.includes('CHAIR-01')) break;
      }
      expect(text).toContain('data: ');
      sending.destroy();
    });

    it('speaks TLS 1.2 at least, and leads who comes without it there, method and body kept', async () => {
      const socket = await new Promise<TLSSocket>((resolve, reject) => {
        const sending = tlsRequest(options({ path: '/healthz' }), (answer) => {
          answer.resume();
          resolve(answer.socket as TLSSocket);
        });
        sending.once('error', reject).end();
      });
      expect(socket.getProtocol()).toMatch(/^TLSv1\.[23]$/);
      await expect(ask({ path: '/healthz', maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1' })).rejects.toThrow(
        /proto/i,
      );
      const plain = await new Promise<IncomingMessage>((resolve, reject) => {
        const sending = plainRequest({
          ...{ host: '127.0.0.1', port: proxy.plainPort, path: '/v1/tenants', method: 'POST' },
          headers: { host: NAME },
        });
        sending.once('response', resolve).once('error', reject).end();
      });
      plain.resume();
      expect([plain.statusCode, plain.headers.location]).toEqual([
        308,
        expect.stringMatching(`^https://${NAME}`),
      ]);
    });
  });
});
