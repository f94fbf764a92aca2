import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findProxies, NAME, type Proxy } from '../support/proxies.ts';
import { addSender, CERTIFICATE_HEADER } from '../support/schemes.ts';
import { selfSigned } from '../support/self-signed.ts';
import { eventsPath, startApi, TENANT, type Api } from './api.ts';

const SUPPLIER = 'by-certificate';

const proxies = await findProxies();

/** Each vouches for itself, and the proxy is told of it. */
const [own, others] = [selfSigned('own'), selfSigned('others')];
const stranger = selfSigned('stranger');

describe.each(proxies)('a supplier that proves itself by a certificate, behind $name', ({ root, start }) => {
  describe.skipIf(root === undefined)('with what ops/proxy says of it', () => {
    let api: Api;
    let proxy: Proxy;

    beforeAll(async () => {
      const proxyPort = await getPort({ host: '127.0.0.1' });
      api = await startApi({
        publicUrl: `https://${NAME}:${proxyPort}`,
        certificateHeader: CERTIFICATE_HEADER,
        limits: { trustedProxies: [{ address: '127.0.0.1', bits: 32, family: 'ipv4' }] },
      });
      await addSender(api.database, api.secretsKeys, TENANT, {
        supplier: SUPPLIER,
        scheme: { scheme: 'mtls', certificates: [fingerprintOf(own.cert)] },
        secret: undefined,
        sign: () => ({}),
      });
      const deadPort = await getPort({ host: '127.0.0.1' });
      const suppliersCa = own.cert + others.cert;
      proxy = await start(root ?? '', { port: await api.listen(), deadPort, proxyPort, suppliersCa });
    });
    afterAll(async () => {
      await proxy?.close();
      await api?.close();
    });

    async function deliver(
      id: string,
      identity: { key?: string; cert?: string },
      headers: Record<string, string> = {},
    ): Promise<number | undefined> {
      const body = JSON.stringify({ id, sku: 'A', quantity: 5, updatedAt: '2026-06-01T09:59:00Z' });
      const sending = request({
        ...{ host: '127.0.0.1', port: proxy.port, servername: NAME, agent: false, ...identity },
        // Nobody vouches for the proxy's.
        rejectUnauthorized: false,
        method: 'POST',
        path: eventsPath({ supplier: SUPPLIER }),
        headers: {
          ...{ host: `${NAME}:${proxy.port}`, 'content-type': 'application/json' },
          ...{ 'content-length': String(body.length), ...headers },
        },
      });
      sending.end(body);
      const [answer] = (await once(sending, 'response')) as [IncomingMessage];
      answer.resume();
      return answer.statusCode;
    }

    it('is believed', async () => {
      expect(await deliver('own', own)).toBe(202);
    });

    it('is not, with that of another, with one that nobody vouches for, or with none', async () => {
      expect(await deliver('others', others)).toBe(401);
      expect(await deliver('none', {})).toBe(401);
      expect(await deliver('strange', stranger).catch(() => 'refused before')).toSatisfy(
        (status) => status === 400 || status === 401 || status === 'refused before',
      );
    });

    it('is not by what a client says in the header itself', async () => {
      const said = { [CERTIFICATE_HEADER]: fingerprintOf(own.cert) };
      expect(await deliver('said', {}, said)).toBe(401);
      expect(await deliver('said by another', others, said)).toBe(401);
    });
  });
});

function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase();
}
