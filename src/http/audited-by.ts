import type { FastifyRequest } from 'fastify';
import { actorOf } from '../access/tokens.ts';
import type { Door, Origin } from '../domain/origin.ts';

/** By which way a request came. */
export function doorOf({ id, ip }: Pick<FastifyRequest, 'id' | 'ip'>): Door {
  return { requestId: id, address: ip };
}

/** By whose right a request is carried out, and by which way it came. */
export function originOf(request: Pick<FastifyRequest, 'id' | 'ip' | 'principal'>): Origin {
  const { principal } = request;
  return {
    principal: { kind: principal?.session ? 'console' : 'token', name: principal?.name ?? '' },
    tokenId: principal?.tokenId ?? null,
    ...(principal && { role: principal.role }),
    ...doorOf(request),
  };
}

/** Who asks, for the audit list. */
export function auditedBy(request: Pick<FastifyRequest, 'id' | 'ip' | 'principal'>): {
  actor: string;
  origin: Origin;
} {
  return { actor: actorOf(request.principal), origin: originOf(request) };
}

/** The same of a supplier, by the proof that its scheme asks for. */
export function auditedBySupplier(
  request: Pick<FastifyRequest, 'id' | 'ip'>,
  supplier: string,
): { actor: string; origin: Origin } {
  const principal = { kind: 'supplier', name: supplier } as const;
  return { actor: `supplier ${supplier}`, origin: { principal, tokenId: null, ...doorOf(request) } };
}
