import type { FastifyInstance } from 'fastify';
import { ProblemError } from './problems.ts';

/**
 * What says who asks, for which host, and what the body is. Node takes the first of two, a proxy before us may have
 * judged the last.
 */
const ONCE: ReadonlySet<string> = new Set([
  'authorization',
  'content-type',
  'host',
  'idempotency-key',
  'origin',
  'webhook-id',
  'webhook-signature',
  'webhook-timestamp',
  'x-csrf-token',
]);

/** Refuses a request that has one of these headers twice, before anything is made of it. */
export function refuseRepeatedHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const header = findRepeated(request.raw.rawHeaders);
    if (header === undefined) return;
    throw new ProblemError('repeated_header', { errors: [{ header, detail: 'was sent more than once' }] });
  });
}

/** @param rawHeaders names and values in turn, as Node gives them: only there a header that was sent twice shows */
function findRepeated(rawHeaders: readonly string[]): string | undefined {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? '').toLowerCase();
    if (!ONCE.has(name)) continue;
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return undefined;
}
