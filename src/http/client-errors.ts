import type { Socket } from 'node:net';
import { PROBLEM_TYPE, problemOf, type ProblemCode } from './problems.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

const CODES: Record<string, ProblemCode> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'payload_too_large',
};

/**
 * Answers what Node could not even parse as HTTP, for instance Content-Length together with Transfer-Encoding (a way
 * to smuggle a second request past a proxy). There is no request yet, so the answer is written by hand.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  // Nobody listens, or half an answer is under way: the same test as Node's own handler makes.
  const { _httpMessage: answer } = socket as Socket & { _httpMessage?: { headersSent: boolean } | null };
  if (error.code === 'ECONNRESET' || !socket.writable || answer?.headersSent) {
    socket.destroy();
    return;
  }
  answerByHand(socket, CODES[error.code ?? ''] ?? 'malformed_request');
}

/** For a connection for which there is no room: it may never have said anything. */
export function refuseConnection(socket: Socket): void {
  // It may have gone meanwhile.
  socket.on('error', () => undefined);
  answerByHand(socket, 'too_busy', { 'retry-after': '2' });
}

function answerByHand(socket: Socket, code: ProblemCode, more: Record<string, string> = {}): void {
  const problem = problemOf(code);
  const body = JSON.stringify(problem);
  const headers = {
    ...SECURITY_HEADERS,
    ...more,
    connection: 'close',
    'content-length': String(Buffer.byteLength(body)),
    'content-type': PROBLEM_TYPE,
    date: new Date().toUTCString(),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${problem.status} ${problem.title}\r\n${lines.join('')}\r\n${body}`);
}
