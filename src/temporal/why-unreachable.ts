import type { ConnectionOptions } from '@temporalio/client';

const HINTS: readonly [fault: RegExp, todo: string][] = [
  [
    /certificate ?required|alert number 116|bad ?certificate|unknown ?ca\b|alert number (?:42|48)/i,
    'It wants a client certificate that it knows: set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH.',
  ],
  [
    /unknown ?issuer|self[- ]signed|unable to (?:verify|get)|ca ?used ?as ?end ?entity/i,
    'Nobody that is known here signed its certificate: set TEMPORAL_TLS_SERVER_CA_CERT_PATH.',
  ],
  [
    /not ?valid ?for ?name|altnames|ERR_TLS_CERT_ALTNAME_INVALID/i,
    'Its certificate is for another name: set TEMPORAL_TLS_SERVER_NAME.',
  ],
  [
    /unauthenticated|jwt|invalid (?:token|api key)|request unauthorized/i,
    'It does not take the API key: set TEMPORAL_API_KEY.',
  ],
  [
    /wrong version number|packet length too long|InvalidContentType|corrupt ?message/i,
    'It does not speak TLS: set TEMPORAL_TLS=false.',
  ],
];

/** What to do about a Temporal that cannot be reached, as far as its answer tells. */
export function whyUnreachable(
  error: unknown,
  { address, tls }: Pick<ConnectionOptions, 'address' | 'tls'>,
): string {
  const told = textOf(error);
  const hint = HINTS.find(([fault]) => fault.test(told))?.[1] ?? guess(told, tls);
  return `Temporal at ${address ?? 'its default address'} cannot be reached. ${hint}`;
}

/** A server that ends the connection within the handshake does not say why. */
function guess(told: string, tls: ConnectionOptions['tls']): string {
  const ended = /ECONNRESET|dropped|closed|broken pipe|end of file|eof|goaway|frame|h2 protocol/i.test(told);
  if (ended && !tls) return 'It ends the connection: if it speaks TLS only, set TEMPORAL_TLS=true.';
  if (ended && typeof tls === 'object' && !tls?.clientCertPair) {
    return 'It ends the connection: if it wants a client certificate, set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH.';
  }
  return 'See that it runs, and that TEMPORAL_ADDRESS is where it is.';
}

function textOf(error: unknown): string {
  const parts: string[] = [];
  for (let one = error; one instanceof Error; one = one.cause) {
    parts.push(
      one.message,
      String('details' in one ? one.details : ''),
      String('code' in one ? one.code : ''),
    );
  }
  return parts.length > 0 ? parts.join('\n') : String(error);
}
