import { secondsInWords } from '../domain/span.ts';
import { PRESETS } from './presets.ts';
import type { HmacScheme, Scheme } from './scheme.ts';

const COUNTS_ONCE = 'what is sent again counts once';

/** A few words for a list. */
export function schemeInShort(scheme: Scheme): string {
  if (scheme.scheme !== 'hmac') return scheme.scheme;
  const [preset] = Object.entries(PRESETS).find(([, one]) => isSame(one, scheme)) ?? [];
  return preset ?? `hmac ${scheme.header}`;
}

/** How a delivery proves who sent it, in a sentence without its full stop. */
export function proofInWords(scheme: Scheme): string {
  switch (scheme.scheme) {
    case 'standard':
      return 'Standard Webhooks: HMAC-SHA256 of webhook-id, webhook-timestamp and body';
    case 'hmac':
      return hmacInWords(scheme);
    case 'basic':
      return `user ${scheme.user ?? ''} and a password in Authorization: Basic`;
    case 'bearer':
      return 'a token in Authorization: Bearer';
    case 'mtls':
      return `a client certificate that a trusted proxy tells of, one of ${scheme.certificates.length}`;
  }
}

/** What keeps a delivery that somebody has seen from being sent again, in a sentence without its full stop. */
export function replayProtection(scheme: Scheme): string {
  switch (scheme.scheme) {
    case 'standard':
      return `a delivery is good for 5 min around its time, which is signed; ${COUNTS_ONCE}`;
    case 'hmac':
      return scheme.timestamp
        ? `a delivery is good for ${secondsInWords(scheme.timestamp.tolerance)} around its time, which is signed; ${COUNTS_ONCE}`
        : `none by time: whoever has seen a delivery can send it again at any time; ${COUNTS_ONCE}, unless a feed dates it by its receipt`;
    case 'basic':
    case 'bearer':
      return 'none: whoever has seen one delivery can send any other in its name, so only TLS protects it';
    case 'mtls':
      return "that of the proxy's TLS; a delivery itself is not signed, so whoever can pass by the proxy can send any";
  }
}

function hmacInWords({ header, algorithm, encoding, prefix, timestamp, signs }: HmacScheme): string {
  const signed = timestamp ? `${signs}, with the time in ${timestamp.header}` : signs;
  const form = prefix === '' ? encoding : `${encoding} behind ${prefix}`;
  return `HMAC-${algorithm.toUpperCase()} of ${signed} in ${header}, as ${form}`;
}

function isSame(one: Scheme, other: HmacScheme): boolean {
  return one.scheme === 'hmac' && hmacInWords(one) === hmacInWords(other);
}
