import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { auditedBy } from '../audited-by.ts';
import type { Database } from '../../database/client.ts';
import { NAME } from '../../domain/identity.ts';
import { isStorable } from '../../domain/safe-text.ts';
import { cancelReplay } from '../../replay/cancel-replay.ts';
import { ReplayRefused } from '../../replay/replay-refused.ts';
import { readItemsById } from '../../replay/replay-items.ts';
import { readReplayStatus, type ReplayStatus } from '../../replay/replay-status.ts';
import { linkNextPage } from '../next-page.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import { replayStatusSchema, replayWithItemsSchema } from './replay-schema.ts';

const params = z.object({ tenant: z.string(), replay: z.string() });

const page = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: z.string().refine(isStorable).default('').meta({ description: 'As a Link header gave it.' }),
});

/** How a replay stands, and its end before its time. */
export function registerGetReplay(app: FastifyInstance): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/v1/tenants/:tenant/replays/:replay',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'How a replay stands, and what it did to items',
        params,
        querystring: page,
        response: {
          200: replayWithItemsSchema.describe(
            'Items that it has finished with, sorted by id; a Link header with rel="next" leads to more.',
          ),
          ...problemResponse,
        },
      },
    },
    async (request, reply) => {
      const { database } = request;
      const { tenant, replay } = request.params;
      const { limit, after } = request.query;
      const status = await statusOf(database, tenant, replay);
      const touchedItems = await readItemsById(database, { replayId: replay, after, limit });
      const last = touchedItems.at(-1);
      if (touchedItems.length === limit && last) linkNextPage(request, reply, { after: last.itemId });
      return { ...status, touchedItems };
    },
  );

  routes.post(
    '/v1/tenants/:tenant/replays/:replay/cancel',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'End a replay; what it has started goes on to its end',
        params,
        response: { 200: replayStatusSchema, ...problemResponse },
      },
    },
    async ({ id, ip, principal, database, params: { tenant, replay } }) => {
      const { actor, origin } = auditedBy({ id, ip, principal });
      await statusOf(database, tenant, replay);
      await cancelReplay(database, replay, actor, undefined, origin).catch((error: unknown) => {
        throw error instanceof ReplayRefused
          ? new ProblemError('replay_not_cancellable', { detail: error.message.replaceAll('\n', ' ') })
          : error;
      });
      const status = await statusOf(database, tenant, replay);
      // Cancelled before is as good: the request may have been repeated.
      if (status.state !== 'cancelled') {
        throw new ProblemError('replay_ended', { detail: `The replay is ${status.state}.` });
      }
      return status;
    },
  );
}

async function statusOf(database: Database, tenant: string, replay: string): Promise<ReplayStatus> {
  const status = NAME.test(replay) ? await readReplayStatus(database, replay) : undefined;
  if (status?.tenant !== tenant) throw new ProblemError('not_found');
  return status;
}
