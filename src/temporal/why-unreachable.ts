import type { ConnectionOptions } from '@temporalio/client';
import { probeConnection } from './probe-connection.ts';

const HINTS: readonly [fault: RegExp, todo: string][] = [
  [
    /certificate.?required|alert number 116|bad.?certificate|unknown.?ca\b|alert number (?:42|48)/i,
    'It wants a client certificate that it knows: set TEMPORAL_TLS_CLIENT_CERT_PATH and TEMPORAL_TLS_CLIENT_KEY_PATH.',
  ],
  [
    /unknown.?issuer|self.signed|unable.to.(?:verify|get)/i,
    'Nobody that is known here signed its certificate: set TEMPORAL_TLS_SERVER_CA_CERT_PATH.',
  ],
  [/not.?valid.?for.?name|ALTNAME/i, 'Its certificate is for another name: set TEMPORAL_TLS_SERVER_NAME.'],
  [/unauthenticated|\bjwt\b|api key|unauthorized/i, 'It does not take the API key: set TEMPORAL_API_KEY.'],
  [/wrong.version.number|packet.length.too.long/i, 'It does not speak TLS: set TEMPORAL_TLS=false.'],
];

/** What to do about a Temporal that could not be reached; it is asked once more, to find out. */
export async function whyUnreachable(
  error: unknown,
  options: Pick<ConnectionOptions, 'address' | 'tls'>,
): Promise<string> {
  const told = `${textOf(error)}\n${await probeConnection(options)}`;
  const hint = HINTS.find(([fault]) => fault.test(told))?.[1] ?? guess(told, options.tls);
  return `Temporal at ${options.address ?? 'its default address'} cannot be reached. ${hint}`;
}

/** Not every server says why it ends a connection. */
function guess(told: string, tls: ConnectionOptions['tls']): string {
  if (!/ECONNRESET|closed$/.test(told)) return 'See that it runs, and that TEMPORAL_ADDRESS is where it is.';
  return tls
    ? 'It ends the connection: it may want a client certificate (TEMPORAL_TLS_CLIENT_CERT_PATH, TEMPORAL_TLS_CLIENT_KEY_PATH) or an API key.'
    : 'It ends the connection: if it speaks TLS only, set TEMPORAL_TLS=true.';
}

function textOf(error: unknown): string {
  const parts: string[] = [];
  for (let one = error; one instanceof Error; one = one.cause) {
    parts.push(one.message, 'details' in one ? String(one.details) : '');
  }
  return parts.length > 0 ? parts.join('\n') : String(error);
}
