import type { FastifyInstance } from 'fastify';
import { hasTls } from './console/session-cookie.ts';

/** Sent with every answer; a page sets its own Content-Security-Policy or Cache-Control before, and keeps it. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** For a year browsers ask over TLS alone. Its neighbours in the domain decide for themselves. */
export const HSTS = 'max-age=31536000';

export function addSecurityHeaders(app: FastifyInstance, publicUrl: string | undefined): void {
  const headers = {
    ...SECURITY_HEADERS,
    ...(hasTls(publicUrl) && { 'strict-transport-security': HSTS }),
  };
  app.addHook('onSend', async (request, reply) => {
    for (const [name, value] of Object.entries(headers)) {
      if (!reply.hasHeader(name)) reply.header(name, value);
    }
    reply.header('x-request-id', request.id);
  });
}
