import type { FastifyContextConfig, FastifyInstance, FastifyRequest } from 'fastify';
import { claimedTokenId, type Principal } from '../../access/tokens.ts';
import { bearerTokenOf } from '../../process/bearer-token.ts';
import { isSafe } from '../changes-nothing.ts';
import { ProblemError } from '../problems.ts';
import { letDeliveriesGoFirst } from './deliveries-first.ts';
import type { ServerLimits } from './limits.ts';
import { createTurns, NoTurn, type Asker, type TurnLimits } from './turns.ts';

/** Reads of one kind take turns with each other only: a storefront that hangs holds up traces, and no list. */
export type ReadKind = 'quick' | 'trace' | 'long';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * As what it takes its turn; a GET with a role is a quick one unless it says otherwise. It changes nothing, though
     * its method may.
     */
    reads?: ReadKind;
    /** The same for a route that changes something once it has looked at much. */
    looksFirst?: ReadKind;
    /** Takes no turn: it reads no more than who asks. */
    turnless?: true;
    /** Of a query of its: whether it looks at much, and so takes its turn with what is long. */
    isLong?: (query: unknown) => boolean;
  }
}

/** A read that waits for its turn anyway hardly notices; one that does not has no more to bear than this. */
const WAIT_FOR_DELIVERIES_MS = 100;

/** In seconds. */
const RETRY_AFTER: Record<ReadKind, number> = { quick: 1, trace: 3, long: 5 };

/**
 * Bounds how many reads are worked on at once: of somebody, of a tenant and in all, so that whoever reads much waits for
 * himself, and before each of them the deliveries that are here. A few more wait their turn; the others are told to come
 * again, by a token before anybody looks whose it is.
 */
export function limitReads(
  app: FastifyInstance,
  limits: Pick<ServerLimits, 'readsPerToken' | 'readsPerTenant' | 'readsAtOnce'>,
): void {
  const reading: TurnLimits = {
    perPerson: limits.readsPerToken,
    perTenant: limits.readsPerTenant,
    total: limits.readsAtOnce,
    waitingPerPerson: 64,
    waitingPerTenant: 96,
    waiting: 256,
    waitMs: 2_000,
    longestRestMs: 250,
  };
  // Each keeps the database busy for seconds.
  const long = {
    ...reading,
    perPerson: 1,
    perTenant: 1,
    total: 2,
    waitingPerPerson: 2,
    waitingPerTenant: 8,
    longestRestMs: 3_000,
  };
  const turns = {
    quick: createTurns(reading),
    trace: createTurns(reading),
    long: createTurns(long),
  };

  const deliveriesHaveGone = letDeliveriesGoFirst(app);

  app.addHook('onRequest', async ({ routeOptions: { config, method }, headers, query }) => {
    const kind = kindOf(config, method, query);
    const tokenId = claimedTokenId(bearerTokenOf(headers.authorization) ?? '');
    if (kind && tokenId !== undefined && turns[kind].isFull(tokenId)) throw tooMany(kind);
  });

  app.addHook('onRoute', (route) => {
    const { config, method, handler } = route;
    const usual = kindOf(config, method, undefined);
    if (!usual) return;
    route.handler = async function (request, reply) {
      const end = await turnOf(request, kindOf(config, method, request.query) ?? usual);
      try {
        await deliveriesHaveGone(WAIT_FOR_DELIVERIES_MS);
        return await handler.call(this, request, reply);
      } finally {
        end();
      }
    };
  });

  async function turnOf(request: FastifyRequest, kind: ReadKind): Promise<() => void> {
    const gone = new AbortController();
    const leave = (): void => gone.abort();
    request.raw.socket.once('close', leave);
    try {
      return await turns[kind].take(askerOf(request), gone.signal);
    } catch (error) {
      throw error instanceof NoTurn ? tooMany(kind) : error;
    } finally {
      request.raw.socket.off('close', leave);
    }
  }
}

function kindOf(
  config: FastifyContextConfig | undefined,
  method: string | string[] | undefined,
  query: unknown,
): ReadKind | undefined {
  if (config?.turnless) return undefined;
  if (config?.isLong?.(query ?? {})) return 'long';
  const said = config?.reads ?? config?.looksFirst;
  if (said) return said;
  const isRead = [method].flat().every((one) => one !== undefined && isSafe(one));
  return isRead && config?.role !== undefined ? 'quick' : undefined;
}

/** What belongs to no tenant counts for the tenant of whoever asks; where they have none either, for themselves. */
export function askerOf({ params, principal }: FastifyRequest): Asker {
  const person = personOf(principal);
  const { tenant = principal?.tenant } = (params ?? {}) as { tenant?: string };
  return { person, tenant: tenant ?? `of ${person}` };
}

/** A token's sessions count as the token, and those of somebody of the single sign-on as one. */
function personOf(principal: Principal | null): string {
  return principal?.tokenId ?? principal?.subject ?? principal?.session?.id ?? '';
}

function tooMany(kind: ReadKind): ProblemError {
  return new ProblemError('too_many_at_once', { retryAfter: RETRY_AFTER[kind] });
}
