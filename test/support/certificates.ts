import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** A key and its certificate, in PEM. */
export interface Certified {
  key: string;
  cert: string;
}

interface Issuer {
  name: string;
  privateKey: KeyObject;
}

const DAY_MS = 86_400_000;
const ECDSA_WITH_SHA256 = seq(Buffer.from('06082a8648ce3d040302', 'hex'));

/** An authority of one's own: Node makes keys, but no certificates. */
export function createAuthority(name: string): { cert: string; issue(dnsName: string): Certified } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = { name, privateKey };
  // basicConstraints, critical: CA
  const isAuthority = seq(
    Buffer.from('0603551d13', 'hex'),
    Buffer.from('0101ff', 'hex'),
    octets(seq(tlv(1, Buffer.of(0xff)))),
  );
  return {
    cert: certificate(issuer, name, publicKey, isAuthority),
    issue: (dnsName) => {
      const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      // subjectAltName: a DNS name
      const names = seq(Buffer.from('0603551d11', 'hex'), octets(seq(tlv(0x82, Buffer.from(dnsName)))));
      return {
        key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
        cert: certificate(issuer, dnsName, pair.publicKey, names),
      };
    },
  };
}

/** RFC 5280, version 3, with one extension. */
function certificate(issuer: Issuer, subject: string, publicKey: KeyObject, extension: Buffer): string {
  const now = Date.now();
  const body = seq(
    tlv(0xa0, tlv(2, Buffer.of(2))),
    tlv(2, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ECDSA_WITH_SHA256,
    nameOf(issuer.name),
    seq(timeOf(now - DAY_MS), timeOf(now + DAY_MS)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, seq(extension)),
  );
  const signature = sign('sha256', body, issuer.privateKey);
  const whole = seq(body, ECDSA_WITH_SHA256, tlv(3, Buffer.concat([Buffer.of(0), signature])));
  const lines = whole.toString('base64').replaceAll(/(.{64})/g, '$1\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function nameOf(commonName: string): Buffer {
  return seq(tlv(0x31, seq(Buffer.from('0603550403', 'hex'), tlv(0x0c, Buffer.from(commonName)))));
}

/** UTCTime: YYMMDDHHMMSSZ. */
function timeOf(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/\D/g, '').slice(2, 14);
  return tlv(0x17, Buffer.from(`${digits}Z`));
}

function octets(content: Buffer): Buffer {
  return tlv(4, content);
}

function seq(...parts: Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(parts));
}

/** DER: a tag, a length, the content. */
function tlv(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  const bytes = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...bytes), content]);
}
