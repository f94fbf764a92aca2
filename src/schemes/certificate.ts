import { createHash } from 'node:crypto';
import { decodeBase64 } from '../standard-webhooks/base64.ts';
import { isOneOf } from './constant-time.ts';
import { refuse, type Judged, type Presented } from './presented.ts';

/** Whether the client's certificate, as a trusted proxy tells it, is one of a supplier's. */
export function verifyCertificate(certificates: readonly string[], { certificate }: Presented): Judged {
  if (!certificate.ok) return certificate;
  const fingerprint = fingerprintOf(certificate.text);
  if (fingerprint === undefined) {
    return refuse("the proxy's header is neither a certificate nor the SHA-256 of one");
  }
  const expected = certificates.map((one) => Buffer.from(one, 'hex'));
  return isOneOf(fingerprint, expected) ? { ok: true } : refuse('the certificate is none of this supplier');
}

/**
 * The SHA-256 of a certificate, out of what proxies make of it: the hash in hex (Envoy, HAProxy), or the certificate as
 * RFC 9440 writes it, as a PEM that is percent-encoded (nginx, AWS), or as its base64 alone (Traefik).
 */
export function fingerprintOf(text: string): Buffer | undefined {
  const hex = text.replaceAll(':', '');
  if (/^[0-9a-f]{64}$/i.test(hex)) return Buffer.from(hex, 'hex');
  const der = decodeBase64(/^:(.+):$/.exec(text)?.[1] ?? base64OfPem(text) ?? text);
  return der && der.length > 0 ? createHash('sha256').update(der).digest() : undefined;
}

const PEM = /^-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*$/;

function base64OfPem(text: string): string | undefined {
  try {
    return PEM.exec(decodeURIComponent(text))?.[1]?.replaceAll(/\s/g, '');
  } catch {
    return undefined;
  }
}
