import { describe, expect, it } from 'vitest';
import { proofInWords, replayProtection, schemeInShort } from '../../src/schemes/in-words.ts';
import { PRESETS } from '../../src/schemes/presets.ts';
import { presetOf, readScheme, SchemeError } from '../../src/schemes/read-scheme.ts';
import { schemeOf, schemeSchema, STANDARD } from '../../src/schemes/scheme.ts';
import { makeSecret, takeSecret } from '../../src/schemes/secrets.ts';

const HMAC = 'scheme: hmac\nheader: X-Signature\nalgorithm: sha256\nencoding: hex\n';

function faultsOf(text: string): string[] {
  try {
    readScheme(text);
    return [];
  } catch (error) {
    if (!(error instanceof SchemeError)) throw error;
    return error.message.split('\n');
  }
}

describe('the file of a scheme', () => {
  it('is YAML or JSON, with the usual things left out', () => {
    const plain = {
      ...{ scheme: 'hmac', header: 'x-signature', algorithm: 'sha256', encoding: 'hex' },
      ...{ prefix: '', timestamp: null, signs: '{body}' },
    };
    expect(readScheme(HMAC)).toEqual(plain);
    expect(readScheme(`\ufeff${JSON.stringify({ ...plain, header: 'X-SIGNATURE' })}`)).toEqual(plain);
    expect(readScheme(`${HMAC}timestamp: { header: X-Time }\n`)).toEqual({
      ...plain,
      timestamp: { header: 'x-time', format: 'seconds', tolerance: 300 },
      signs: '{timestamp}.{body}',
    });
    const colons = Array.from({ length: 32 }, () => 'AB').join(':');
    expect(readScheme(`scheme: mtls\ncertificates: ["${colons}"]`)).toEqual({
      scheme: 'mtls',
      certificates: ['ab'.repeat(32)],
    });
  });

  it('is read back as it was kept', () => {
    for (const text of [
      HMAC,
      `${HMAC}timestamp: { header: t }`,
      'scheme: basic\nuser: x',
      'scheme: bearer',
    ]) {
      const scheme = readScheme(text);
      expect(schemeOf(JSON.parse(JSON.stringify(scheme)))).toEqual(scheme);
    }
    expect(schemeOf(null)).toEqual(STANDARD);
    expect(() => schemeOf({ scheme: 'of-a-later-version' })).toThrow(/must be standard/);
  });

  it('has all its faults told at once', () => {
    expect(
      faultsOf(
        'scheme: hmac\nheader: Content-Type\nalgorithm: md5\nencoding: base32\nprefix: "a b"\nsecret: x\n' +
          'timestamp: { header: x y, format: hours, tolerance: 0 }\n',
      ),
    ).toEqual([
      'header: is a header that says something else',
      'algorithm: must be sha1, sha256 or sha512',
      'encoding: must be hex or base64',
      'prefix: must be at most 32 printable characters without a space',
      'timestamp.header: must be the name of a header: 1 to 64 of A-Z, 0-9 and "-"',
      'timestamp.format: must be one of seconds, milliseconds, rfc3339',
      'timestamp.tolerance: must be at least 1 second',
      'secret: is not a field of a scheme',
    ]);
  });

  it.each([
    ['scheme: sha256', ['scheme: must be standard, hmac, basic, bearer or mtls']],
    ['{}', ['scheme: must be standard, hmac, basic, bearer or mtls']],
    ['hmac', ['the file: must be an object with a scheme']],
    ['', ['the file: must be an object with a scheme']],
    ['scheme: mtls', ['certificates: must be a list of SHA-256 fingerprints']],
    ['scheme: mtls\ncertificates: []', ['certificates: must have at least one certificate']],
    [
      'scheme: mtls\ncertificates: [abc]',
      ['certificates.0: must be the SHA-256 of a certificate in hex, with colons or without'],
    ],
    [
      'scheme: basic\nuser: "a:b"',
      ['user: must have 1 to 100 printable characters of ASCII without a colon'],
    ],
    [`${HMAC}timestamp: { header: x-signature }`, ['timestamp.header: is that of the signature']],
    ['scheme: bearer\nscheme: basic', [expect.stringMatching(/^It is not YAML: .*unique/)]],
    ['scheme: [', [expect.stringMatching(/^It is not YAML: /)]],
    ['a: &a [x]\nb: *a', [expect.stringMatching(/^It is not YAML without references/)]],
  ])('is refused, and told why: %j', (text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  it.each([
    ['{body}', undefined],
    ['v0:{timestamp}:{body}', /names no header/],
    ['{time}', /may hold \{body\} and \{timestamp\}/],
    ['{body}{body}', /each once/],
    ['body', /must hold \{body\}/],
    ['é{body}', /ASCII/],
  ])('may sign %j without a time or not', (signs, fault) => {
    const faults = faultsOf(`${HMAC}signs: "${signs}"`);
    expect(faults).toEqual(fault === undefined ? [] : [expect.stringMatching(fault)]);
  });

  it.each([
    ['v0:{timestamp}:{body}', undefined],
    ['{body}|{timestamp}', undefined],
    ['{body}', /not signed protects from nothing/],
    ['{timestamp}{body}', /between the two/],
    ['{timestamp}0{body}', /between the two/],
    ['{timestamp}.', /must hold \{body\}/],
  ])('may sign %j with a time or not', (signs, fault) => {
    const faults = faultsOf(`${HMAC}timestamp: { header: x-time }\nsigns: "${signs}"`);
    expect(faults).toEqual(fault === undefined ? [] : [expect.stringMatching(fault)]);
  });
});

describe('every scheme', () => {
  const schemes = [
    ...Object.values(PRESETS),
    schemeSchema.parse({ scheme: 'mtls', certificates: ['ab'.repeat(32)] }),
    readScheme(`${HMAC}timestamp: { header: x-time, tolerance: 90 }`),
  ];

  it('says how it proves who sent a delivery, and what keeps that from being sent again', () => {
    expect(schemes.map(schemeInShort)).toEqual([
      ...['standard', 'shopify', 'github', 'basic', 'bearer', 'mtls'],
      'hmac x-signature',
    ]);
    for (const scheme of schemes) {
      expect(proofInWords(scheme)).toMatch(/.{10}[^.]$/);
      expect(replayProtection(scheme)).toMatch(/.{10}[^.]$/);
    }
    expect(schemes.map(replayProtection).map((text) => text.split(/[:;]/)[0])).toEqual([
      'a delivery is good for 5 min around its time, which is signed',
      'none by time',
      'none by time',
      'none',
      'none',
      "that of the proxy's TLS",
      'a delivery is good for 1 min 30 s around its time, which is signed',
    ]);
  });

  it('that is a preset is a scheme by its own rules', () => {
    for (const scheme of Object.values(PRESETS)) expect(schemeSchema.parse(scheme)).toEqual(scheme);
    expect(presetOf('constructor')).toBeUndefined();
  });
});

describe('a secret', () => {
  it('that is made is long, and the same when it is given back', () => {
    for (const kind of ['standard', 'hmac', 'basic', 'bearer'] as const) {
      const made = makeSecret(kind);
      expect(made.bytes.length).toBeGreaterThanOrEqual(32);
      expect(takeSecret(kind, `${made.text}\n`)).toEqual(made);
    }
  });

  it.each([
    ['hmac', 'too short', /16 to 512 bytes/],
    ['hmac', 'x'.repeat(513), /16 to 512 bytes/],
    ['hmac', 'two lines of it\nand more', /one line/],
    ['bearer', 'with a space in it', /no space/],
    ['standard', 'not of Standard Webhooks', /whsec_/],
    ['mtls', 'a certificate needs none', /no secret/],
  ] as const)('of %s is refused as %j, and never quoted', (kind, text, why) => {
    expect(() => takeSecret(kind, text)).toThrow(why);
    expect(() => takeSecret(kind, text)).not.toThrow(text);
  });
});
