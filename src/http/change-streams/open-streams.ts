import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { readChanges, type ChangePage } from '../../changes/read-changes.ts';
import { readHead } from '../../changes/read-head.ts';
import { watchHeads } from '../../changes/watch-heads.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import type { Database } from '../../database/client.ts';
import { askerOf } from '../limits/limit-reads.ts';
import type { ServerLimits } from '../limits/limits.ts';
import { createTurns, NoTurn, type TurnLimits } from '../limits/turns.ts';
import { ProblemError } from '../problems.ts';
import { tellChanges } from './tell-changes.ts';

const LOOK_EVERY_MS = 1_000;
const AT_ONCE = 100;
/** In seconds. */
const RETRY_AFTER = 30;
/** A client that takes nothing any more is left after so long when its stream is over, in ms. */
const LEFT_AFTER_MS = 1_000;

const NOBODY_WAITS = {
  waitingPerPerson: 0,
  waitingPerTenant: 0,
  waiting: 0,
  waitMs: 0,
  longestRestMs: 0,
} satisfies Partial<TurnLimits>;

/** Readers that catch up read by turns of their own: they hold up no list, and no tenant another. */
const PAGES: TurnLimits = {
  ...{ perPerson: 1, perTenant: 1, total: 2 },
  ...{ waitingPerPerson: 64, waitingPerTenant: 64, waiting: 256 },
  ...{ waitMs: 30_000, longestRestMs: 250 },
};

/** Begins a stream of changes. @throws ProblemError `too_many_at_once`, and what reading the first page throws */
export type OpenStream = (
  request: FastifyRequest,
  reply: FastifyReply,
  from: { tenant: string; after: string | undefined },
) => Promise<Readable>;

/**
 * Streams of change feeds: so many at once of whoever reads, of a tenant and in all. Each ends after a while, when its
 * reader may not read any more, and at once when the server closes; its client comes again where it was.
 */
export function openStreams(
  app: FastifyInstance,
  reads: Database,
  limits: Pick<ServerLimits, 'streamsPerToken' | 'streamsPerTenant' | 'streamsAtOnce' | 'streamSeconds'>,
): OpenStream {
  const places = createTurns({
    perPerson: limits.streamsPerToken,
    perTenant: limits.streamsPerTenant,
    total: limits.streamsAtOnce,
    ...NOBODY_WAITS,
  });
  const pages = createTurns(PAGES);
  const follow = watchHeads((tenant) => readHead(reads, tenant), LOOK_EVERY_MS);
  const open = new Set<AbortController>();
  app.addHook('preClose', async () => {
    for (const one of open) one.abort();
  });

  return async (request, reply, { tenant, after }) => {
    const asker = askerOf(request);
    const leavePlace = await places.take(asker).catch((error: unknown) => {
      throw error instanceof NoTurn ? tooMany(limits) : error;
    });
    const watch = follow(tenant);
    const over = new AbortController();
    const { signal } = over;
    const leave = (): void => {
      leavePlace();
      watch.leave();
      clearTimeout(timer);
      open.delete(over);
    };
    const timer = setTimeout(() => over.abort(), limits.streamSeconds * 1_000);
    reply.raw.once('close', () => over.abort());
    open.add(over);

    const read = (from: string | undefined): Promise<ChangePage> =>
      readChanges(request.database, { tenant, after: from, limit: AT_ONCE });
    const next = async (from: string): Promise<ChangePage> => {
      const end = await pages.take(asker, signal);
      try {
        return await read(from);
      } finally {
        end();
      }
    };
    const admit = async (): Promise<void> => {
      await app.admit(request);
      await knownTenant(request.database, tenant);
    };
    try {
      const mark = watch.mark();
      const first = await read(after);
      const stream = Readable.from(
        quietly(tellChanges({ first, mark, watch, next, admit, signal }), request),
      );
      stream.once('close', leave);
      signal.addEventListener('abort', () => setTimeout(() => stream.destroy(), LEFT_AFTER_MS).unref());
      return stream;
    } catch (error) {
      leave();
      throw error;
    }
  };
}

/** Once it has begun, nothing can be answered: it ends, and the reason is given to whoever comes again. */
async function* quietly(texts: AsyncGenerator<string>, request: FastifyRequest): AsyncGenerator<string> {
  try {
    yield* texts;
  } catch (error) {
    request.log.info({ err: error }, 'a stream of changes ends');
  }
}

function tooMany(limits: Pick<ServerLimits, 'streamsPerToken' | 'streamsPerTenant'>): ProblemError {
  const detail = `It is ${limits.streamsPerToken} streams of a token, ${limits.streamsPerTenant} of a tenant.`;
  return new ProblemError('too_many_at_once', { detail, retryAfter: RETRY_AFTER });
}
