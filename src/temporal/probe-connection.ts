import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionOptions } from '@temporalio/client';

type Options = Pick<ConnectionOptions, 'address' | 'tls'>;

const WITHIN_MS = 2_000;
/** A server tells that it does not like a certificate after the handshake, in ms. */
const SECOND_THOUGHTS_MS = 500;
const HTTP2_PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0';

/**
 * Connects once more, without gRPC, whose libraries say only that the time was over.
 *
 * @returns what went wrong, for `whyUnreachable`; empty when nothing did
 */
export async function probeConnection(options: Options): Promise<string> {
  const [, host = '', port = ''] = /^\[?(.*?)\]?:(\d+)$/.exec(options.address ?? '') ?? [];
  const socket = options.tls ? tlsSocket(host, Number(port), options) : net.connect(Number(port), host);
  const failure = once(socket, 'error').then(([error]: unknown[]) => wordsOf(error));
  try {
    const signal = AbortSignal.timeout(WITHIN_MS);
    return await Promise.race([
      failure,
      options.tls ? shakeHands(socket, signal) : speakPlainly(socket, signal),
    ]);
  } catch {
    return 'timed out';
  } finally {
    // Whatever it says from now on is of no interest.
    socket.on('error', () => undefined).destroy();
  }
}

function tlsSocket(host: string, port: number, { tls: wanted }: Options): tls.TLSSocket {
  const { serverNameOverride, serverRootCACertificate, clientCertPair } =
    typeof wanted === 'object' && wanted ? wanted : {};
  const servername = serverNameOverride ?? (net.isIP(host) ? undefined : host);
  return tls.connect({
    ...{ host, port, ALPNProtocols: ['h2'] },
    ...(servername !== undefined && { servername }),
    ...(serverRootCACertificate && { ca: Buffer.from(serverRootCACertificate) }),
    ...(clientCertPair && { cert: Buffer.from(clientCertPair.crt), key: Buffer.from(clientCertPair.key) }),
  });
}

async function shakeHands(socket: net.Socket, signal: AbortSignal): Promise<string> {
  await once(socket, 'secureConnect', { signal });
  const ended = once(socket, 'close', { signal }).then(() => 'closed');
  return Promise.race([ended, sleep(SECOND_THOUGHTS_MS, '')]);
}

/** A server that speaks TLS only answers with an alert, a record of type 21, or with nothing. */
async function speakPlainly(socket: net.Socket, signal: AbortSignal): Promise<string> {
  await once(socket, 'connect', { signal });
  socket.write(HTTP2_PREFACE, 'latin1');
  const answer = once(socket, 'data', { signal }).then(([data]: unknown[]) =>
    Buffer.isBuffer(data) && data[0] === 21 ? 'closed' : '',
  );
  return Promise.race([answer, once(socket, 'close', { signal }).then(() => 'closed')]);
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${'code' in error ? String(error.code) : ''} ${error.message}`;
}
