import { createHash, X509Certificate } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer as createProxy } from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LOOPBACK } from '../../src/config/address-ranges.ts';
import { microsOf } from '../../src/domain/time.ts';
import { formatSecret, newSecret } from '../../src/standard-webhooks/secret.ts';
import { schemeSchema } from '../../src/schemes/scheme.ts';
import { createAuthority } from '../support/certificates.ts';
import { addSender, CERTIFICATE_HEADER, SENDERS } from '../support/schemes.ts';
import { selfSigned } from '../support/self-signed.ts';
import { startApi, SUPPLIER, TENANT, type Api } from '../http/api.ts';
import { cli, type Cli } from './run.ts';

let api: Api;
let shell: Cli;
let url: string;

beforeAll(async () => {
  api = await startApi({
    now: () => microsOf(new Date()),
    limits: { trustedProxies: LOOPBACK },
    certificateHeader: CERTIFICATE_HEADER,
  });
  for (const sender of SENDERS) await addSender(api.database, api.secretsKeys, TENANT, sender);
  url = `http://127.0.0.1:${await api.listen()}`;
  shell = await cli();
});
afterAll(async () => {
  await shell?.close();
  await api?.close();
});

const args = (...more: string[]): string[] => [
  ...['send', '--url', url, '--tenant', TENANT, '--supplier', SUPPLIER],
  ...['--sku', 'CHAIR-01', '--quantity', '5', ...more],
];
const withSecret = (secret = api.shownSecret) => ({ env: { CATALOG_SECRET: secret } });

describe('send', () => {
  it('sends a signed event, and says what the answer means', async () => {
    const sent = await shell.run(args('--id', 'e-1', '--location', 'west'), withSecret());
    expect(sent).toMatchObject({
      code: 0,
      stdout: '202 accepted\n  event e-1: accepted, it is in the ledger, and its turn comes within seconds\n',
    });
    expect(sent.stderr.split('\n')).toEqual([
      `> POST /v1/tenants/${TENANT}/suppliers/${SUPPLIER}/events`,
      `> host: ${new URL(url).host}`,
      '> content-type: application/json',
      expect.stringMatching(/^> webhook-id: msg-/),
      expect.stringMatching(/^> webhook-timestamp: \d{10}$/),
      expect.stringMatching(/^> webhook-signature: v1,/),
      '>',
      expect.stringMatching(/^> \{"id":"e-1",/),
      '',
    ]);
    const [row] = await api.sql(`SELECT sku, quantity, location FROM supplier_event WHERE event_id = 'e-1'`);
    expect(row).toEqual({ sku: 'CHAIR-01', quantity: 5, location: 'west' });
  });

  it('takes the secret from a file or from stdin, and never from the command line', async () => {
    const file = path.join(shell.folder, 'secret');
    await writeFile(file, `${api.shownSecret}\n`);
    expect(await shell.run(args('--secret-file', file))).toMatchObject({ code: 0 });
    expect(await shell.run(args('--secret-file', '-'), { input: api.shownSecret })).toMatchObject({
      code: 0,
    });
    expect(await shell.run(args('--secret', api.shownSecret))).toMatchObject({ code: 2 });
  });

  it('ends with 1 and the reason when the event was not taken', async () => {
    const unsigned = await shell.run(args(), withSecret(formatSecret(newSecret())));
    expect(unsigned).toMatchObject({ code: 1, stdout: expect.stringMatching(/^401 not_signed: .*\n {2}/) });
    const shape = await shell.run(args('--quantity', '2.5', '--updated-at', 'today'), withSecret());
    expect(shape.code).toBe(1);
    expect(shape.stdout).toMatch(/^422 invalid_shape: /);
    expect(shape.stdout).toMatch(/^ {2}\/quantity: /m);
    expect(shape.stdout).toMatch(/^ {2}\/updatedAt: /m);
  });

  it('has all of it as JSON', async () => {
    const { code, stdout } = await shell.run(args('--id', 'e-2', '--json'), withSecret());
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      eventId: 'e-2',
      status: 202,
      request: { method: 'POST', headers: { 'webhook-signature': expect.stringMatching(/^v1,/) } },
      receipts: { results: [{ eventId: 'e-2', status: 'accepted' }] },
    });
  });

  it.each([
    ['without a secret', {}, 2, /No secret/],
    ['with one that is none', { CATALOG_SECRET: 'whsec_hunter2' }, 2, /cannot be used/],
  ])('%s nothing is sent, and no secret is quoted', async (_how, env, code, words) => {
    const result = await shell.run(args(), { env });
    expect(result).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(words) });
    expect(result.stderr).not.toContain('hunter2');
  });

  it('says so when nobody answers, or somebody else', async () => {
    const nobody = await shell.run([...args(), '--url', 'http://127.0.0.1:9'], withSecret());
    expect(nobody).toMatchObject({ code: 1, stderr: expect.stringContaining('does not answer') });
    const page = await shell.run([...args(), '--url', `${url}/shop`], withSecret());
    expect(page.code).toBe(1);
  });
});

/** The value of an option later on the line is the one that counts. */
const as = (supplier: string, ...more: string[]): string[] => args('--supplier', supplier, ...more);

describe('send by another scheme', () => {
  it.each(
    SENDERS.flatMap((sender) => (sender.secret === undefined ? [] : [[sender.supplier, sender] as const])),
  )('proves it as %s does, and shows no secret', async (supplier, { scheme, secret = '' }) => {
    const file = path.join(shell.folder, `${supplier}.json`);
    await writeFile(file, JSON.stringify(scheme));
    const named = ['github', 'shopify', 'bearer'].includes(supplier) ? supplier : file;
    const sent = await shell.run(as(supplier, '--scheme', named, '--id', supplier), withSecret(secret));
    expect(sent).toMatchObject({ code: 0, stdout: expect.stringMatching(/^202 accepted\n/) });
    expect(sent.stderr).not.toContain(secret);
    expect(sent.stderr).not.toContain(Buffer.from(`warehouse:${secret}`).toString('base64'));
    if (scheme.scheme === 'bearer') expect(sent.stderr).toMatch(/^> authorization: •••$/m);
    if (scheme.scheme === 'hmac') expect(sent.stderr).toMatch(new RegExp(`^> ${scheme.header}: `, 'm'));
  });

  it('says what the server says where the scheme is not the one agreed on', async () => {
    const sent = await shell.run(as('github'), withSecret());
    expect(sent).toMatchObject({ code: 1, stdout: expect.stringMatching(/^401 not_signed: /) });
    expect(sent.stdout).toContain('The header x-hub-signature-256 is missing.');
  });

  it('shows a client certificate by TLS, or tells of it as a proxy does', async () => {
    const client = selfSigned();
    const authority = createAuthority('tests');
    const [certificate, key, ca] = ['acme.pem', 'acme.key', 'ca.pem'].map((name) =>
      path.join(shell.folder, name),
    );
    await writeFile(String(certificate), client.cert);
    await writeFile(String(key), client.key);
    await writeFile(String(ca), authority.cert);
    const hash = createHash('sha256').update(new X509Certificate(client.cert).raw).digest('hex');
    const scheme = schemeSchema.parse({ scheme: 'mtls', certificates: [hash] });
    await addSender(api.database, api.secretsKeys, TENANT, {
      ...{ supplier: 'shown', scheme, secret: undefined },
      sign: () => ({}),
    });
    const files = ['--certificate', String(certificate), '--key', String(key)];

    const told = await shell.run(
      as('shown', '--certificate', String(certificate), '--certificate-header', CERTIFICATE_HEADER),
    );
    expect(told).toMatchObject({ code: 0, stdout: expect.stringMatching(/^202 accepted\n/) });

    const proxy = createProxy(
      { ...authority.issue('localhost'), requestCert: true, rejectUnauthorized: false },
      (asked, answer) => {
        const shown = (asked.socket as TLSSocket).getPeerCertificate().fingerprint256;
        const headers = { ...asked.headers, host: new URL(url).host, [CERTIFICATE_HEADER]: shown };
        const passed = request(`${url}${asked.url}`, { method: asked.method, headers }, (got) => {
          answer.writeHead(got.statusCode ?? 500, got.headers);
          got.pipe(answer);
        });
        asked.pipe(passed);
      },
    );
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const at = ['--url', `https://localhost:${(proxy.address() as AddressInfo).port}`];
    const env = { NODE_EXTRA_CA_CERTS: String(ca) };
    try {
      const byTls = await shell.run(as('shown', ...at, ...files), { env });
      expect(byTls).toMatchObject({ code: 0, stdout: expect.stringMatching(/^202 accepted\n/) });
    } finally {
      proxy.closeAllConnections();
      proxy.close();
    }
    expect(await shell.run(as('shown', ...files))).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/https/),
    });
  });

  it.each([
    [['--scheme', 'mtls'], /needs more than its name/],
    [['--certificate', 'x.pem'], /--certificate needs one of/],
    [['--key', 'x.key'], /need --certificate/],
    [['--scheme', 'nothing.yaml'], /nothing.yaml cannot be read/],
  ])('names what is missing: %j', async (more, words) => {
    const result = await shell.run(args(...more), withSecret());
    expect(result).toMatchObject({ stdout: '', stderr: expect.stringMatching(words) });
    expect(result.code).not.toBe(0);
  });
});
