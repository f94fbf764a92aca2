import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify';
import { sessionIdOf } from '../console/session-cookie.ts';
import { isSafe } from '../changes-nothing.ts';
import { ProblemError } from '../problems.ts';
import type { ServerLimits } from './limits.ts';
import { createTurns, NoTurn, type TurnLimits } from './turns.ts';

/** Reads of one kind take turns with each other only: a storefront that hangs holds up traces, and no list. */
export type ReadKind = 'quick' | 'trace' | 'long';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * As what it takes its turn; a GET with a role is a quick one unless it says otherwise. It changes nothing, though
     * its method may.
     */
    reads?: ReadKind;
    /** Of a query of its: whether it looks at much, and so takes its turn with what is long. */
    isLong?: (query: unknown) => boolean;
  }
}

/** In seconds. */
const RETRY_AFTER: Record<ReadKind, number> = { quick: 1, trace: 3, long: 5 };
const TOKEN_ID = /^Bearer +cst_([0-9a-f]{16})_/i;

/**
 * Bounds how many reads are worked on at once: of a token, of a tenant and in all, so that whoever reads much waits for
 * himself. A few more wait their turn; the others are told to come again, before anybody looks who they are.
 */
export function limitReads(
  app: FastifyInstance,
  limits: Pick<ServerLimits, 'readsPerToken' | 'readsPerTenant' | 'readsAtOnce'>,
  publicUrl: string | undefined,
): void {
  const reading: TurnLimits = {
    perToken: limits.readsPerToken,
    perTenant: limits.readsPerTenant,
    total: limits.readsAtOnce,
    waitingPerToken: 64,
    waiting: 256,
    waitMs: 2_000,
  };
  // Each keeps the database busy for seconds.
  const long = { ...reading, perToken: 1, perTenant: 1, total: 2, waitingPerToken: 2 };
  const turns = {
    quick: createTurns(reading),
    trace: createTurns(reading),
    long: createTurns(long),
  };

  app.addHook('onRequest', async ({ routeOptions: { config, method }, headers, query }) => {
    const kind = kindOf(config, method, query);
    const tokenId = TOKEN_ID.exec(headers.authorization ?? '')?.[1];
    if (kind && tokenId !== undefined && turns[kind].isFull(tokenId)) throw tooMany(kind);
  });

  app.addHook('onRoute', (route) => {
    const { config, method, handler } = route;
    const usual = kindOf(config, method, undefined);
    if (!usual) return;
    route.handler = async function (request, reply) {
      const end = await turnOf(request, kindOf(config, method, request.query) ?? usual);
      try {
        return await handler.call(this, request, reply);
      } finally {
        end();
      }
    };
  });

  async function turnOf(request: FastifyRequest, kind: ReadKind): Promise<() => void> {
    const { tenant = '' } = (request.params ?? {}) as { tenant?: string };
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    request.raw.socket.once('close', leave);
    try {
      return await turns[kind].take(askerOf(request, publicUrl), tenant, gone.signal);
    } catch (error) {
      throw error instanceof NoTurn ? tooMany(kind) : error;
    } finally {
      request.raw.socket.off('close', leave);
    }
  }
}

function kindOf(
  config: Pick<FastifyContextConfig, 'role' | 'reads' | 'isLong'> | undefined,
  method: string | string[] | undefined,
  query: unknown,
): ReadKind | undefined {
  if (config?.isLong?.(query ?? {})) return 'long';
  if (config?.reads) return config.reads;
  const isRead = [method].flat().every((one) => one !== undefined && isSafe(one));
  return isRead && config?.role !== undefined ? 'quick' : undefined;
}

/** A token's sessions count as the token. */
function askerOf(request: FastifyRequest, publicUrl: string | undefined): string {
  return request.principal?.tokenId ?? sessionIdOf(request, publicUrl) ?? '';
}

function tooMany(kind: ReadKind): ProblemError {
  return new ProblemError('too_many_at_once', { retryAfter: RETRY_AFTER[kind] });
}
