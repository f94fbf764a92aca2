import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isLoopbackName } from '../config/public-url.ts';
import { ProblemError } from './problems.ts';

/** By which names the server may be asked. */
export interface HostNames {
  /** Where people reach it, as an origin; undefined: nobody has said. */
  publicUrl?: string | undefined;
  /** `name:port`, or a name with any port. */
  allowedHosts?: readonly string[] | undefined;
}

/** A load balancer asks each server by its address. They say nothing of anybody's data. */
const FREE = new Set(['/healthz', '/readyz']);

/**
 * Refuses what asks for another host. A site can let a name of its own mean this machine (DNS rebinding); its pages
 * would then count as ours.
 *
 * Names of this machine are good with any port: no name server can give them away, and ports are forwarded. Until
 * PUBLIC_URL is set, nobody knows by which name the server is reached from elsewhere; then whatever brings a token or a
 * signature is let through, for a browser has neither to give by itself.
 */
export function holdHosts(app: FastifyInstance, names: HostNames): void {
  app.addHook('onRequest', async (request) => {
    if (FREE.has(request.routeOptions.url ?? '') || isKnown(request.headers.host, names)) return;
    if (names.publicUrl === undefined && bringsProof(request)) return;
    throw new ProblemError('host_unknown');
  });
}

function isKnown(host: string | undefined, { publicUrl, allowedHosts = [] }: HostNames): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  const { hostname } = new URL(`http://${host}`);
  if (isLoopbackName(hostname)) return true;
  const asked = host.toLowerCase();
  if (allowedHosts.includes(asked) || allowedHosts.includes(hostname)) return true;
  if (publicUrl === undefined) return false;
  const { protocol, host: ours } = new URL(publicUrl);
  // The scheme's own port may be written or not.
  return URL.canParse(`${protocol}//${host}`) && new URL(`${protocol}//${host}`).host === ours;
}

function bringsProof({ headers }: FastifyRequest): boolean {
  return headers.authorization !== undefined || headers['webhook-signature'] !== undefined;
}
