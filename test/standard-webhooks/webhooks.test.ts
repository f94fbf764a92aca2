import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { formatSecret, parseSecret } from '../../src/standard-webhooks/secret.ts';
import { signMessage } from '../../src/standard-webhooks/sign-message.ts';
import { verifyMessage, type MessageHeaders } from '../../src/standard-webhooks/verify-message.ts';

const secret = Buffer.from('0123456789abcdefghijklmnopqrstuv');
const other = Buffer.alloc(24, 7);
const now = 1_780_000_000;
const body = Buffer.from('{"sku":"CHAIR-01"}');

function signed(over: { id?: string; timestampSeconds?: number; body?: Buffer; secret?: Buffer } = {}) {
  return signMessage({ id: 'msg_1', timestampSeconds: now, body, secret, ...over });
}

function verify(
  headers: MessageHeaders,
  over: { body?: Buffer; secrets?: Buffer[]; nowSeconds?: number; toleranceSeconds?: number } = {},
) {
  return verifyMessage({ headers, body, secrets: [secret], nowSeconds: now, ...over });
}

function flips(bytes: Buffer): Buffer[] {
  return Array.from({ length: bytes.length * 8 }, (_, bit) => {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return flipped;
  });
}

describe('a signed message', () => {
  it('is taken as it was signed', () => {
    expect(verify(signed())).toEqual({ ok: true });
  });

  it('matches the example of the specification', () => {
    const key = parseSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    const headers = signMessage({
      id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      timestampSeconds: 1_614_265_330,
      body: '{"test": 2432232314}',
      secret: key,
    });
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
  });

  it('is refused with any one bit of the body flipped', () => {
    for (const flipped of flips(body)) expect(verify(signed(), { body: flipped }).ok).toBe(false);
  });

  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const)(
    'is refused with any one bit of %s flipped',
    (name) => {
      const headers = signed();
      for (const flipped of flips(Buffer.from(headers[name], 'latin1'))) {
        expect(verify({ ...headers, [name]: flipped.toString('latin1') }).ok).toBe(false);
      }
    },
  );

  it('is refused with the body cut short or lengthened', () => {
    expect(verify(signed(), { body: body.subarray(1) }).ok).toBe(false);
    expect(verify(signed(), { body: Buffer.concat([body, Buffer.from('\n')]) }).ok).toBe(false);
  });

  it('tells different invalid UTF-8 apart', () => {
    const headers = signed({ body: Buffer.from([0xff]) });
    expect(verify(headers, { body: Buffer.from([0xff]) }).ok).toBe(true);
    expect(verify(headers, { body: Buffer.from([0xfe]) }).ok).toBe(false);
    expect(verify(headers, { body: Buffer.from('\ufffd') }).ok).toBe(false);
  });
});

describe('the reference library', () => {
  it('takes what we sign, and we take what it signs', () => {
    const real = Math.floor(Date.now() / 1000);
    const library = new Webhook(formatSecret(secret));
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const payload = text.toWellFormed();
        const ours = signed({ timestampSeconds: real, body: Buffer.from(payload) });
        library.verify(payload, ours, { jsonParse: false });
        const theirs = {
          ...ours,
          'webhook-signature': library.sign('msg_1', new Date(real * 1000), payload),
        };
        expect(verify(theirs, { body: Buffer.from(payload), nowSeconds: real })).toEqual({ ok: true });
      }),
    );
  });
});

describe('secrets', () => {
  it('may be several during a rotation, on either side', () => {
    expect(verify(signed(), { secrets: [other, secret] }).ok).toBe(true);
    expect(verify(signed(), { secrets: [other] })).toEqual({ ok: false, reason: 'no signature matches' });
    expect(verify(signed(), { secrets: [] })).toEqual({ ok: false, reason: 'no signature matches' });
    const both = `${signed({ secret: other })['webhook-signature']} ${signed()['webhook-signature']}`;
    expect(verify({ ...signed(), 'webhook-signature': both }).ok).toBe(true);
    expect(verify({ ...signed(), 'webhook-signature': `v1a,AAAA ${signed()['webhook-signature']}` }).ok).toBe(
      true,
    );
  });

  it.each([0, 1, 23, 65])('of %i bytes are refused on both sides', (bytes) => {
    const weak = Buffer.alloc(bytes, 1);
    expect(() => signed({ secret: weak })).toThrow(RangeError);
    expect(() => verify(signed(), { secrets: [weak] })).toThrow(RangeError);
    expect(() => parseSecret(`whsec_${weak.toString('base64')}`)).toThrow(RangeError);
    expect(() => formatSecret(weak)).toThrow(RangeError);
  });

  it.each([24, 32, 64])('of %i bytes are written and read back', (bytes) => {
    const good = Buffer.alloc(bytes, 0xfb);
    expect(parseSecret(formatSecret(good))).toEqual(good);
  });

  it.each([
    ['no prefix', secret.toString('base64')],
    ['another prefix', `whsk_${secret.toString('base64')}`],
    ['missing padding', formatSecret(secret).replace(/=+$/, '')],
    ['the URL alphabet', `whsec_${Buffer.alloc(30, 0xfb).toString('base64url')}`],
    ['a line break', `${formatSecret(secret)}\n`],
    ['loose bits at the end', formatSecret(secret).replace(/Y=$/, 'Z=')],
  ])('are refused with %s, without being quoted', (_, text) => {
    const quoted = text.slice(8, 20);
    expect(() => parseSecret(text)).toThrow(RangeError);
    expect(() => parseSecret(text)).not.toThrow(quoted);
  });
});

describe('webhook-timestamp', () => {
  it.each([-300, 0, 300])('is taken %i s from now', (offset) => {
    expect(verify(signed({ timestampSeconds: now + offset })).ok).toBe(true);
  });

  it('is refused when too old or too far ahead', () => {
    expect(verify(signed({ timestampSeconds: now - 301 }))).toMatchObject({
      reason: 'webhook-timestamp is too old',
    });
    expect(verify(signed({ timestampSeconds: now + 301 }))).toMatchObject({
      reason: 'webhook-timestamp is too far in the future',
    });
    expect(verify(signed(), { nowSeconds: Number.NaN }).ok).toBe(false);
    expect(verify(signed(), { nowSeconds: now + 11, toleranceSeconds: 10 }).ok).toBe(false);
  });

  it.each([
    `${now}abc`,
    `0${now}`,
    `+${now}`,
    `-${now}`,
    ` ${now}`,
    `${now} `,
    `${now}.0`,
    '1e9',
    '',
    '１７８０００００００',
    '9'.repeat(20),
  ])('is refused as %j even when that text was signed', (timestamp) => {
    const digest = createHmac('sha256', secret).update(`msg_1.${timestamp}.`).update(body).digest('base64');
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${digest}`,
    };
    expect(verify(headers).ok).toBe(false);
  });

  it.each([-1, 1.5, Number.NaN, 1e21])('is not signed as %d', (timestampSeconds) => {
    expect(() => signed({ timestampSeconds })).toThrow(RangeError);
  });
});

describe('webhook-id', () => {
  it.each(['a', 'x'.repeat(200), "!#$%&'()*+-/:;<=>?@[]^_`{|}~", 'evt:canary/1'])('is taken as %j', (id) => {
    expect(verify(signed({ id })).ok).toBe(true);
  });

  it.each(['', 'x'.repeat(201), 'a.b', 'a b', 'a,b', 'a\n', 'a\u0000', 'ä', '\u{1f600}'])(
    'is refused as %j on both sides',
    (id) => {
      expect(() => signed({ id })).toThrow(RangeError);
      expect(verify({ ...signed(), 'webhook-id': id }).ok).toBe(false);
    },
  );

  it('cannot move its border with the timestamp', () => {
    const digest = createHmac('sha256', secret).update(`a.1.${now}.`).update(body).digest('base64');
    const headers = { 'webhook-timestamp': String(now), 'webhook-signature': `v1,${digest}` };
    expect(verify({ ...headers, 'webhook-id': 'a.1' }).ok).toBe(false);
  });
});

describe('headers', () => {
  it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const)(
    'need %s exactly once',
    (name) => {
      const headers = signed();
      const value = headers[name];
      expect(verify({ ...headers, [name]: undefined }).ok).toBe(false);
      expect(verify({ ...headers, [name]: '' }).ok).toBe(false);
      expect(verify({ ...headers, [name]: [value] }).ok).toBe(false);
      expect(verify({ ...headers, [name]: [value, value] }).ok).toBe(false);
      expect(verify({ ...headers, [name]: `${value},${value}` }).ok).toBe(false);
      // Of a list of signatures the second one is right, by whomever the two were joined.
      const isList = name === 'webhook-signature';
      expect(verify({ ...headers, [name]: `${value}, ${value}` }).ok).toBe(isList);
    },
  );

  it('are not found on the prototype', () => {
    expect(verify(Object.create(signed()) as MessageHeaders).ok).toBe(false);
  });
});

describe('webhook-signature', () => {
  const good = signed()['webhook-signature'];

  it.each([
    ['another version', good.replace('v1', 'v2')],
    ['the asymmetric version', good.replace('v1', 'v1a')],
    ['an upper case version', good.replace('v1', 'V1')],
    ['no version', good.slice(3)],
    ['no padding', good.replace(/=+$/, '')],
    ['the URL alphabet', good.replaceAll('+', '-').replaceAll('/', '_').replace('v1,', 'v1,-')],
    ['a cut digest', `v1,${Buffer.from(good.slice(3), 'base64').subarray(0, 31).toString('base64')}`],
    ['an empty digest', 'v1,'],
    ['a tab between', `${good}\t${good}`],
    ['33 of them', Array.from({ length: 33 }, () => good).join(' ')],
  ])('is refused with %s', (_, signature) => {
    expect(verify({ ...signed(), 'webhook-signature': signature }).ok).toBe(false);
  });

  it.each([
    ['two spaces', `${good}  ${good}`],
    ['a space before', ` ${good}`],
    ['a space behind', `${good} `],
    ['a malformed neighbour', `${good} v1,!!`],
    ['a neighbour that is no signature', `hello ${good}`],
    ['a neighbour that is not canonical', `v1,AB== ${good}`],
    ['a neighbour of another length', `v1,${Buffer.alloc(20).toString('base64')} ${good}`],
    ['neighbours of other versions', `v1a,AAAA v2,AAAA V1,AAAA ${good}`],
    ['31 others before it', `${Array.from({ length: 31 }, () => 'v1,none').join(' ')} ${good}`],
  ])('is taken with %s, which is skipped', (_, signature) => {
    expect(verify({ ...signed(), 'webhook-signature': signature })).toEqual({ ok: true });
  });

  it('says what is wrong with it', () => {
    const reasonOf = (signature: string) => verify({ ...signed(), 'webhook-signature': signature });
    expect(reasonOf('v1a,AAAA sha256=00')).toMatchObject({
      reason: 'webhook-signature has no signature such as v1,BASE64',
    });
    expect(reasonOf(`${good} `.repeat(40))).toMatchObject({
      reason: 'webhook-signature has more than 32 signatures',
    });
  });
});
