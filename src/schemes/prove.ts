import type { X509Certificate } from 'node:crypto';
import type { Micros } from '../domain/time.ts';
import { signMessage } from '../standard-webhooks/sign-message.ts';
import { hmacOf } from './hmac.ts';
import type { HmacScheme, Scheme } from './scheme.ts';

/** What a sender proves itself by. */
export interface SenderProof {
  supplier: string;
  scheme: Scheme;
  /** Of no length where the scheme goes by none. */
  secret: Buffer;
}

/** A request's headers, as they prove who sends it, and of which of them nobody is to be shown the value. */
export interface ProvingHeaders {
  headers: Record<string, string>;
  secret: ReadonlySet<string>;
}

/**
 * What a supplier's program adds to a request: the other side of `verifyRequest`. For `mtls` there is nothing to add, the
 * certificate being shown by TLS.
 *
 * @param body exactly what is sent
 * @param message.id names it, where that is signed
 */
export function proveRequest(
  { supplier, scheme, secret }: SenderProof,
  body: Buffer,
  message: { id: string; at: Micros },
): ProvingHeaders {
  switch (scheme.scheme) {
    case 'standard': {
      const timestampSeconds = Number(message.at / 1_000_000n);
      return shown({ ...signMessage({ id: message.id, timestampSeconds, body, secret }) });
    }
    case 'hmac':
      return shown(hmacHeaders(scheme, secret, body, message.at));
    case 'basic': {
      const pair = Buffer.concat([Buffer.from(`${scheme.user ?? supplier}:`), secret]);
      return hidden({ authorization: `Basic ${pair.toString('base64')}` });
    }
    case 'bearer':
      return hidden({ authorization: `Bearer ${secret.toString('latin1')}` });
    case 'mtls':
      return shown({});
  }
}

/** A certificate as a proxy tells of it in a header (RFC 9440). */
export function certificateHeader(certificate: X509Certificate): string {
  return `:${certificate.raw.toString('base64')}:`;
}

function hmacHeaders(scheme: HmacScheme, secret: Buffer, body: Buffer, at: Micros): Record<string, string> {
  const { header, encoding, prefix, timestamp } = scheme;
  const time = timestamp ? timeAs(timestamp.format, at) : '';
  const signature = hmacOf(scheme, secret, time, body).toString(encoding);
  return { ...(timestamp && { [timestamp.header]: time }), [header]: `${prefix}${signature}` };
}

function timeAs(format: NonNullable<HmacScheme['timestamp']>['format'], at: Micros): string {
  const ms = Number(at / 1_000n);
  if (format === 'rfc3339') return new Date(ms).toISOString();
  return String(format === 'seconds' ? Math.floor(ms / 1_000) : ms);
}

const shown = (headers: Record<string, string>): ProvingHeaders => ({ headers, secret: new Set() });
const hidden = (headers: Record<string, string>): ProvingHeaders => ({
  headers,
  secret: new Set(Object.keys(headers)),
});
