import type { FastifyInstance, FastifyRequest } from 'fastify';
import { findSupplierAccess, type SupplierAccess } from '../access/supplier-secrets.ts';
import { addressesIn } from '../config/address-ranges.ts';
import { microsOf, type Micros } from '../domain/time.ts';
import { createRateLimits } from '../intake/rate-limits.ts';
import { judgeSender, verifySupplier } from '../intake/verify-supplier.ts';
import { withoutMapping } from '../process/address-key.ts';
import { theHeader, type Presented, type Refused } from '../schemes/presented.ts';
import type { ServerDependencies } from './dependencies.ts';
import { DEFAULT_LIMITS } from './limits/limits.ts';
import { refuseTooLarge } from './limits/read-body.ts';
import { ProblemError } from './problems.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the supplier that a delivery names, once it was judged; null on other routes. */
    supplierAccess: SupplierAccess | null;
    /** That this supplier has signed it. */
    isSigned: boolean;
    /** Whom a delivery names, once it was judged; null on other routes. */
    sender: Sender | null;
  }
}

interface Sender {
  tenant: string;
  supplier: string;
}

/** What was sent by a supplier, as is proved. */
export interface SignedDelivery {
  bytes: Buffer;
  /** Names the message, where that is signed too. */
  signedId: string | undefined;
  /** The same of what is sent again, and of nothing else, where what is signed can say so. */
  sending: string | undefined;
}

/**
 * The door of suppliers: one a server, so that all their routes count against the same rate. A route judges with the
 * first of the two in `onRequest`, so that nobody's bytes are kept for nothing; and it opens with the second, whose body
 * it gets unparsed, before it reads anything of that, whatever it then reads it as.
 */
export interface SupplierDoor {
  /** @param most how many bytes it may have, where that is not as many as any body @throws ProblemError */
  judge: (request: FastifyRequest, sender: Sender, most?: number) => Promise<void>;
  /**
   * Counts the request too, against its supplier's rate.
   *
   * @param body unless it is the request's own
   * @throws ProblemError
   */
  open: (request: FastifyRequest, sender: Sender, body?: Buffer) => SignedDelivery;
}

export function createSupplierDoor(app: FastifyInstance, dependencies: ServerDependencies): SupplierDoor {
  const { databases, secretsKeys, now = () => microsOf(new Date()) } = dependencies;
  const limits = { ...DEFAULT_LIMITS, ...dependencies.limits };
  const findAccess = findSupplierAccess(databases.intake, secretsKeys);
  const rateLimits = createRateLimits();
  const isProxy = addressesIn(limits.trustedProxies);
  app.decorateRequest('supplierAccess', null);
  app.decorateRequest('isSigned', false);
  app.decorateRequest('sender', null);

  const present = (request: FastifyRequest, at: Micros): Presented => {
    const { rawHeaders } = request.raw;
    return { headers: request.headers, rawHeaders, certificate: certificateOf(request), now: at };
  };

  /** Not by `request.ip`, which is whom the proxy speaks of: here it counts who speaks. */
  const certificateOf = (request: FastifyRequest): Presented['certificate'] => {
    const header = dependencies.certificateHeader;
    if (header === undefined) {
      return { ok: false, reason: 'no client certificate is believed here: MTLS_HEADER is not set' };
    }
    if (!isProxy(withoutMapping(request.socket.remoteAddress ?? ''))) {
      return { ok: false, reason: 'it did not come by a proxy that may tell of a client certificate' };
    }
    const told = theHeader({ rawHeaders: request.raw.rawHeaders }, header);
    return told.ok ? { ok: true, text: told.value } : told;
  };

  return {
    judge: async (request, sender, most = app.initialConfig.bodyLimit ?? 0) => {
      request.sender = sender;
      refuseTooLarge(request, most);
      const judged = await judgeSender(findAccess, sender, present(request, now()));
      if (!judged.ok) throw notSigned(judged);
      request.supplierAccess = judged.access;
    },
    open: (request, { tenant, supplier }, body = request.body as Buffer) => {
      const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
      const at = now();
      const access = request.supplierAccess;
      const verified = verifySupplier(access, present(request, at), bytes);
      if (!verified.ok) throw notSigned(verified);
      request.isSigned = true;
      const perMinute = access?.rateLimitPerMinute ?? limits.supplierRequestsPerMinute;
      const retryAfter = rateLimits.take(`${tenant}/${supplier}`, perMinute, at);
      if (retryAfter > 0) throw new ProblemError('rate_limited', { retryAfter });
      return { bytes, signedId: verified.signedId, sending: verified.sending };
    },
  };
}

function notSigned({ reason, challenge }: Refused): ProblemError {
  const detail = `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
  const headers = challenge === undefined ? {} : { 'www-authenticate': challenge };
  return new ProblemError('not_signed', { detail, headers });
}
