import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../src/schemes/certificate.ts';
import type { Presented } from '../../src/schemes/presented.ts';
import { PRESETS } from '../../src/schemes/presets.ts';
import { proveRequest } from '../../src/schemes/prove.ts';
import { schemeSchema, type Scheme } from '../../src/schemes/scheme.ts';
import { judgeHead, verifyRequest } from '../../src/schemes/verify.ts';
import { CERTIFICATE_HEADER, SENDERS, type Sender } from '../support/schemes.ts';

const NOW = 1_780_308_000_000_000n;
const BODY = Buffer.from('{"sku":"CHAIR-01"}');

function presented(headers: Record<string, string>, now = NOW, more: string[] = []): Presented {
  const { [CERTIFICATE_HEADER]: certificate, ...others } = headers;
  return {
    headers: others,
    rawHeaders: [...Object.entries(others).flat(), ...more],
    certificate:
      certificate === undefined ? { ok: false, reason: 'not told' } : { ok: true, text: certificate },
    now,
  };
}

/** What becomes of a delivery with these headers. */
function verify(
  { scheme, secret }: Pick<Sender, 'scheme' | 'secret'>,
  headers: Record<string, string>,
  { body = BODY, now = NOW, secrets = secret === undefined ? [] : [secret], more = [] as string[] } = {},
) {
  const proof = { scheme, secrets: secrets.map((one) => Buffer.from(one)) };
  return verifyRequest(proof, presented(headers, now, more), body);
}

const hmacs = SENDERS.filter(({ scheme }) => scheme.scheme === 'hmac');
const name = ({ supplier }: Sender) => supplier;

describe.each(SENDERS.map((sender) => [name(sender), sender] as const))('%s', (_, sender) => {
  const headers = sender.sign(BODY, NOW);
  const proof = {
    scheme: sender.scheme,
    secrets: sender.secret === undefined ? [] : [Buffer.from(sender.secret)],
  };

  it('is taken as it was sent, and names no message, but by the time that is signed with it', () => {
    const sending = ['timed', 'sha1'].includes(sender.supplier) ? (expect.any(String) as string) : undefined;
    expect(verify(sender, headers)).toEqual({ ok: true, signedId: undefined, sending });
    expect(judgeHead(proof, presented(headers))).toEqual({ ok: true });
  });

  it('is proved as its own program does it, and tells which header nobody is to see', () => {
    const secret = Buffer.from(sender.secret ?? '');
    const made = proveRequest({ ...sender, secret }, BODY, { id: 'msg_1', at: NOW });
    // A certificate is shown by TLS.
    expect(made.headers).toEqual(sender.secret === undefined ? {} : headers);
    const isSecret = ['basic', 'bearer'].includes(sender.scheme.scheme);
    expect([...made.secret]).toEqual(isSecret ? ['authorization'] : []);
  });

  it('is refused without any one of its headers, with one that is empty, or one that was sent twice', () => {
    for (const [header, value] of Object.entries(headers)) {
      const { [header]: _gone, ...others } = headers;
      for (const changed of [
        others,
        { ...headers, [header]: '' },
        { ...headers, [header]: `${value} ${value}` },
      ]) {
        expect([header, verify(sender, changed).ok]).toEqual([header, false]);
        expect([header, judgeHead(proof, presented(changed)).ok]).toEqual([header, false]);
      }
      if (header === CERTIFICATE_HEADER) continue;
      const twice = verify(sender, headers, { more: [header.toUpperCase(), value] });
      expect(twice).toMatchObject({ ok: false, reason: `the header ${header} was sent more than once` });
    }
  });

  it('is refused with any one bit of its headers flipped', () => {
    for (const [header, value] of Object.entries(headers)) {
      const bytes = Buffer.from(value, 'latin1');
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const flipped = Buffer.from(bytes);
        flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const text = flipped.toString('latin1');
        // Names of schemes, hex digits and RFC 3339's T and Z are the same in upper case.
        if (text.toLowerCase() === value.toLowerCase()) continue;
        expect([text, verify(sender, { ...headers, [header]: text }).ok]).toEqual([text, false]);
      }
    }
  });

  it('is refused with the secrets of others, and with none', () => {
    if (sender.secret === undefined) return;
    for (const secrets of [[], [`${sender.secret}x`], [sender.secret.slice(1)], ['']]) {
      expect(verify(sender, headers, { secrets }).ok).toBe(false);
    }
    expect(verify(sender, headers, { secrets: ['another', sender.secret, 'and another'] }).ok).toBe(true);
  });
});

describe.each(hmacs.map((sender) => [name(sender), sender] as const))('what %s signs', (_, sender) => {
  it('is every byte of the body', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.uint8Array({ maxLength: 60 }), (one, other) => {
        const [body, changed] = [Buffer.from(one), Buffer.from(other)];
        const headers = sender.sign(body, NOW);
        expect(verify(sender, headers, { body }).ok).toBe(true);
        expect(verify(sender, headers, { body: changed }).ok).toBe(changed.equals(body));
      }),
    );
  });

  it('is its time too, where it has one', () => {
    const { timestamp } = sender.scheme as Extract<Scheme, { scheme: 'hmac' }>;
    if (timestamp === null) return;
    const limit = BigInt(timestamp.tolerance) * 1_000_000n;
    const headers = sender.sign(BODY, NOW);
    for (const offset of [-limit, 0n, limit]) {
      expect(verify(sender, headers, { now: NOW + offset }).ok).toBe(true);
    }
    expect(verify(sender, headers, { now: NOW + limit + 1n })).toMatchObject({
      reason: `${timestamp.header} is too old`,
    });
    expect(verify(sender, headers, { now: NOW - limit - 1n })).toMatchObject({
      reason: `${timestamp.header} is too far in the future`,
    });
    const later = sender.sign(BODY, NOW + 1_000_000n);
    const moved = { ...headers, [timestamp.header]: later[timestamp.header] ?? '' };
    expect(verify(sender, moved)).toMatchObject({ reason: 'no signature matches' });
  });
});

describe('examples of others', () => {
  it('are GitHub’s', () => {
    const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    const github = { scheme: PRESETS.github as Scheme, secret: "It's a Secret to Everybody" };
    const body = Buffer.from('Hello, World!');
    expect(verify(github, { 'x-hub-signature-256': signature }, { body }).ok).toBe(true);
    expect(verify(github, { 'x-hub-signature-256': signature.toUpperCase() }, { body }).ok).toBe(false);
  });

  it('are Slack’s', () => {
    const scheme = schemeSchema.parse({
      ...{ scheme: 'hmac', header: 'X-Slack-Signature', algorithm: 'sha256', encoding: 'hex', prefix: 'v0=' },
      ...{ timestamp: { header: 'X-Slack-Request-Timestamp' }, signs: 'v0:{timestamp}:{body}' },
    });
    const body = Buffer.from(
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&' +
        'channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&' +
        'response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&' +
        'trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
    );
    const headers = {
      'x-slack-request-timestamp': '1531420618',
      'x-slack-signature': 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    };
    const slack = { scheme, secret: '8f742231b10e8888abcd99yyyzzz85a5' };
    expect(verify(slack, headers, { body, now: 1_531_420_700_000_000n }).ok).toBe(true);
  });
});

describe('a timestamp', () => {
  const timed = (format: string) =>
    schemeSchema.parse({
      ...{
        scheme: 'hmac',
        header: 's',
        algorithm: 'sha256',
        encoding: 'hex',
        timestamp: { header: 't', format },
      },
    });
  const none = '0'.repeat(64);

  it.each([
    ['seconds', '1780308000', 'no signature matches'],
    ['milliseconds', '1780308000000', 'no signature matches'],
    ['rfc3339', '2026-06-01T12:00:00.5+02:00', 'no signature matches'],
    ['seconds', '1780308000.5', 't is not a time as whole seconds since 1970'],
    ['seconds', '01780308000', 't is not a time as whole seconds since 1970'],
    ['seconds', '1780308000000', 't is too far in the future'],
    ['milliseconds', '1780308000', 't is too old'],
    ['rfc3339', '2026-06-01 10:00:00', 't is not a time as RFC 3339 has it'],
    ['rfc3339', '1780308000', 't is not a time as RFC 3339 has it'],
  ])('in %s is read from %j: %s', (format, t, reason) => {
    const told = verify({ scheme: timed(format), secret: 'x' }, { s: none, t });
    expect(told).toMatchObject({ ok: false, reason });
  });
});

describe('the certificate that a proxy tells of', () => {
  const der = Buffer.from('a certificate, as far as anybody here looks');
  const hash = createHash('sha256').update(der).digest('hex');
  const base64 = der.toString('base64');
  const pem = `-----BEGIN CERTIFICATE-----\n${base64.replaceAll(/.{20}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;

  it.each([
    ['its hash', hash],
    ['its hash in upper case with colons', hash.toUpperCase().replaceAll(/..(?=.)/g, '$&:')],
    ['RFC 9440', `:${base64}:`],
    ['a PEM, percent-encoded', encodeURIComponent(pem)],
    [
      'a PEM, percent-encoded but for + and /',
      encodeURIComponent(pem).replaceAll('%2B', '+').replaceAll('%2F', '/'),
    ],
    ['base64', base64],
  ])('is known by %s', (_, text) => {
    expect(fingerprintOf(text)?.toString('hex')).toBe(hash);
  });

  it.each([
    [
      '',
      '%zz',
      `${hash}, ${hash}`,
      `:${base64}:, :${base64}:`,
      `Hash=${hash}`,
      encodeURIComponent(pem + pem),
    ],
  ])('is none of what cannot be read: %j', (...texts) => {
    for (const text of texts) expect([text, fingerprintOf(text)]).toEqual([text, undefined]);
  });
});
