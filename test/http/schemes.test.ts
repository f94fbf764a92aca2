import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LOOPBACK } from '../../src/config/address-ranges.ts';
import { rotateSecret } from '../../src/flags/suppliers.ts';
import { addSender, CERTIFICATE, CERTIFICATE_HEADER, SENDERS, type Sender } from '../support/schemes.ts';
import { eventsPath, startApi, TENANT, type Api } from './api.ts';
import { headOf, rawClient, seen, statusOf } from './limits/raw-client.ts';

const EVENT = { sku: 'chair-01', quantity: 5, updatedAt: '2026-06-01T09:59:00Z' };

let api: Api;
let port: number;

beforeAll(async () => {
  api = await startApi({ limits: { trustedProxies: LOOPBACK }, certificateHeader: CERTIFICATE_HEADER });
  for (const sender of SENDERS) await addSender(api.database, api.secretsKeys, TENANT, sender);
  port = await api.listen();
});
afterAll(() => api?.close());
beforeEach(() => {
  api.lines.length = 0;
});

function deliver(
  sender: Sender,
  body: object | string = EVENT,
  headers: Record<string, string> = {},
  on: Api = api,
) {
  const payload = typeof body === 'string' ? body : JSON.stringify(body);
  return on.app.inject({
    method: 'POST',
    url: eventsPath({ supplier: sender.supplier }),
    headers: { 'content-type': 'application/json', ...sender.sign(payload, api.clock.now), ...headers },
    payload,
  });
}

describe.each(SENDERS.map((sender) => [sender.supplier, sender] as const))(
  'a supplier with %s',
  (_, sender) => {
    it('is let in, and an event without an id is named by its content, whatever a header says', async () => {
      const answers = [];
      for (const id of ['one', 'other']) {
        answers.push(await deliver(sender, EVENT, { 'webhook-id': id, 'x-github-delivery': id }));
      }
      const [first, again] = answers.map((answer) => answer.json().results);
      expect(first).toMatchObject([{ eventId: expect.stringMatching(/^sha256:/), status: 'accepted' }]);
      expect(again).toEqual([{ ...first[0], status: 'duplicate' }]);
    });

    it('is refused by another’s proof, or none', async () => {
      const other = SENDERS.find(
        (one) => Object.keys(one.sign('', 0n))[0] !== Object.keys(sender.sign('', 0n))[0],
      );
      const payload = JSON.stringify(EVENT);
      for (const proof of [{}, api.signed(payload), other?.sign(payload, api.clock.now) ?? {}]) {
        const answer = await api.app.inject({
          method: 'POST',
          url: eventsPath({ supplier: sender.supplier }),
          headers: { 'content-type': 'application/json', ...proof },
          payload,
        });
        expect([answer.statusCode, answer.json().code]).toEqual([401, 'not_signed']);
      }
    });

    it('is judged before its body has come, as far as that goes', async () => {
      const body = JSON.stringify(EVENT);
      const headers = {
        'content-type': 'application/json',
        'content-length': String(body.length),
        ...sender.sign(body, api.clock.now),
      };
      const path = eventsPath({ supplier: sender.supplier });
      const last = Object.keys(headers).at(-1) ?? '';
      const refused = await rawClient(
        port,
        headOf('POST', path, { ...headers, [last]: 'nothing of the kind' }),
      );
      await seen(() => refused.heard().includes('"code":"not_signed"'));
      await seen(refused.closed);
      const waited = await rawClient(port, headOf('POST', path, headers));
      expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
      expect(waited.heard()).toBe('');
      waited.socket.write(body);
      await seen(() => waited.heard().includes('duplicate'));
      expect(statusOf(waited)).toBe(202);
      waited.socket.destroy();
    });
  },
);

describe('a delivery by HMAC', () => {
  it('whose body was changed is refused, and not read', async () => {
    const sender = SENDERS.find(({ supplier }) => supplier === 'shopify') as Sender;
    const headers = sender.sign(JSON.stringify(EVENT), api.clock.now);
    const answer = await deliver(sender, 'not even JSON', headers);
    expect([answer.statusCode, answer.json().detail]).toEqual([
      401,
      expect.stringMatching(/^No signature matches\. /),
    ]);
  });
});

describe('what HTTP has a name for', () => {
  it.each([
    ['basic', /^Basic realm="deliveries"/],
    ['bearer', /^Bearer/],
    ['shopify', undefined],
  ])('is asked for by it: %s', async (supplier, challenge) => {
    const answer = await api.app.inject({
      method: 'POST',
      url: eventsPath({ supplier }),
      headers: { 'content-type': 'application/json' },
      payload: '{}',
    });
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toEqual(challenge && expect.stringMatching(challenge));
  });
});

describe('a rotation', () => {
  it('lets the secret before it be good for a while', async () => {
    const github = SENDERS.find(({ supplier }) => supplier === 'github') as Sender;
    const by = { actor: 'ada', reason: 'test', tenant: TENANT, supplier: 'github' };
    const made = await rotateSecret(api.database, api.secretsKeys, { ...by, overlapSeconds: 1_000_000_000 });
    const payload = JSON.stringify({ ...EVENT, id: 'rotated' });
    for (const secret of [made, undefined]) {
      const headers = github.sign(payload, api.clock.now, secret);
      expect((await deliver(github, payload, headers)).statusCode).toBe(202);
    }
    const givenSecret = 'a secret that GitHub was told before';
    await rotateSecret(api.database, api.secretsKeys, { ...by, overlapSeconds: 0, givenSecret });
    const given = await deliver(github, payload, github.sign(payload, api.clock.now, givenSecret));
    expect(given.statusCode).toBe(202);
    await expect(
      rotateSecret(api.database, api.secretsKeys, { ...by, supplier: 'mtls', overlapSeconds: 0 }),
    ).rejects.toThrow(/client certificate/);
  });
});

describe('a client certificate', () => {
  const mtls = SENDERS.find(({ supplier }) => supplier === 'mtls') as Sender;

  it('is believed of a proxy that is trusted, where a header is set, and by nobody else', async () => {
    const reasons = [];
    for (const more of [
      { certificateHeader: CERTIFICATE_HEADER },
      { limits: { trustedProxies: LOOPBACK } },
    ]) {
      const other = await startApi(more);
      await addSender(other.database, other.secretsKeys, TENANT, mtls);
      // Who says whom the proxy speaks of is not the proxy.
      const answer = await deliver(mtls, EVENT, { 'x-forwarded-for': '127.0.0.1' }, other);
      reasons.push([answer.statusCode, answer.json().detail.split('.')[0]]);
      await other.close();
    }
    expect(reasons).toEqual([
      [401, 'It did not come by a proxy that may tell of a client certificate'],
      [401, 'No client certificate is believed here: MTLS_HEADER is not set'],
    ]);
  });

  it('has to be one of the supplier, told once', async () => {
    const others = [`${CERTIFICATE.slice(2)}00`, '', 'CN=mtls', `${CERTIFICATE}, ${CERTIFICATE}`];
    for (const told of others) {
      const answer = await deliver(mtls, EVENT, { [CERTIFICATE_HEADER]: told });
      expect([told, answer.statusCode]).toEqual([told, 401]);
    }
  });
});

describe('guessing', () => {
  it('ends with a 429 for the address, while what is right goes on', async () => {
    const guessed = await startApi({ limits: { refusalsPerMinute: 3 } });
    const bearer = SENDERS.find(({ supplier }) => supplier === 'bearer') as Sender;
    await addSender(guessed.database, guessed.secretsKeys, TENANT, bearer);
    const statuses = [];
    for (let no = 0; no < 5; no += 1) {
      const headers = { authorization: `Bearer guess-${no}` };
      statuses.push((await deliver(bearer, EVENT, headers, guessed)).statusCode);
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    expect((await deliver(bearer, EVENT, {}, guessed)).statusCode).toBe(202);
    await guessed.close();
  });
});

describe('the rate of a supplier', () => {
  it('holds whatever its scheme', async () => {
    const slow = await startApi({ limits: { supplierRequestsPerMinute: 1 } });
    const bearer = SENDERS.find(({ supplier }) => supplier === 'bearer') as Sender;
    await addSender(slow.database, slow.secretsKeys, TENANT, bearer);
    expect((await deliver(bearer, EVENT, {}, slow)).statusCode).toBe(202);
    expect((await deliver(bearer, EVENT, {}, slow)).json().code).toBe('rate_limited');
    await slow.close();
  });
});

describe('a scheme that is not known here', () => {
  it('lets nobody in', async () => {
    await api.sql(`ALTER TABLE supplier DROP CONSTRAINT supplier_scheme_known`);
    const scheme = JSON.stringify({ scheme: 'of-a-later-version' });
    await api.sql(`UPDATE supplier SET scheme = $1::jsonb WHERE id = 'acme'`, [scheme]);
    expect((await api.send(EVENT)).statusCode).toBe(500);
    await api.sql(`UPDATE supplier SET scheme = NULL WHERE id = 'acme'`);
    expect((await api.send(EVENT)).statusCode).toBe(202);
  });
});
