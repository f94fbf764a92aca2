import type { FastifyInstance, FastifyRequest } from 'fastify';
import { createRateLimits } from '../../intake/rate-limits.ts';
import { addressKey } from '../../process/address-key.ts';
import { ProblemError } from '../problems.ts';
import type { ServerLimits } from './limits.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Takes suppliers' events: what is asked of an address is counted apart from everything else. */
    deliveries?: true;
    /** Health checks are answered whoever asks how often: they often share an address with the traffic. */
    uncounted?: true;
  }
  interface FastifyInstance {
    /** For a request that is refused as not who it says: how many seconds its address has to wait first; 0: none. */
    countRefusal: (request: FastifyRequest) => number;
  }
}

/** So many addresses are remembered, those that were heard of last; of IPv6, networks of 64 bits. */
const MOST_ADDRESSES = 10_000;

/**
 * Bounds what an address may ask for in a minute, before anything is done for it, and how often it may be told that it is
 * not who it says. Deliveries are counted apart, so that a page of the console takes nothing from a supplier
 * at the same address; and who is who he says is never refused for the refusals of others there.
 */
export function guardAddresses(
  app: FastifyInstance,
  limits: Pick<ServerLimits, 'addressRequestsPerMinute' | 'refusalsPerMinute' | 'trustedProxies'>,
): void {
  const requests = createRateLimits({ most: MOST_ADDRESSES });
  const refusals = createRateLimits({ most: MOST_ADDRESSES });

  let hasWarned = limits.trustedProxies.length > 0;

  app.addHook('onRequest', async (request) => {
    if (!hasWarned && request.headers['x-forwarded-for'] !== undefined) {
      hasWarned = true;
      request.log.warn(
        'X-Forwarded-For is believed of TRUST_PROXY alone: all clients of a proxy count as one',
      );
    }
    if (request.routeOptions.config?.uncounted) return;
    const wait = requests.take(nameOf(request), limits.addressRequestsPerMinute, monotonic());
    if (wait === 0) return;
    const detail = `It is ${limits.addressRequestsPerMinute} a minute for an address.`;
    throw new ProblemError('rate_limited', { detail, retryAfter: wait });
  });
  app.decorate('countRefusal', (request: FastifyRequest) =>
    refusals.take(nameOf(request), limits.refusalsPerMinute, monotonic()),
  );
}

function nameOf(request: FastifyRequest): string {
  const kind = request.routeOptions.config?.deliveries ? 'deliveries' : 'other';
  return `${kind} ${addressKey(request.ip)}`;
}

/** Not the clock, which may be set. In µs. */
function monotonic(): bigint {
  return BigInt(Math.floor(performance.now() * 1_000));
}
