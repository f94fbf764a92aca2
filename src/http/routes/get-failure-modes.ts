import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { countFeedFailures } from '../../feed/health/count-feed-failures.ts';
import { countFailureModes } from '../../ledger/count-failure-modes.ts';
import { FAILURE_MODES, isFeedFailure } from '../../domain/failure-modes.ts';
import { SUPPORT_MACROS } from '../../domain/support-macros.ts';
import { formatTime, microsOf, seconds } from '../../domain/time.ts';
import type { ServerDependencies } from '../dependencies.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import { problemResponse } from '../openapi.ts';
import { failureModesSchema } from './failure-modes-schema.ts';
import { momentSchema } from './replay-schema.ts';

const DAY = seconds(24 * 3600);

/** What went wrong lately, by failure mode, with what to do and what support may write. */
export function registerGetFailureModes(app: FastifyInstance, dependencies: ServerDependencies): void {
  const { now = () => microsOf(new Date()) } = dependencies;
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/tenants/:tenant/failure-modes',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'How often each failure mode was seen',
        params: z.object({ tenant: z.string() }),
        querystring: z.object({
          since: momentSchema.optional().meta({ description: '24 hours ago unless given.' }),
        }),
        response: { 200: failureModesSchema, ...problemResponse },
      },
    },
    async ({ params: { tenant }, query, database }) => {
      await knownTenant(database, tenant);
      const since = query.since ?? now() - DAY;
      const ofEvents = await countFailureModes(database, tenant, since);
      const ofFeeds = await countFeedFailures(database, tenant, since);
      return {
        since: formatTime(since),
        failureModes: ofEvents.map(({ failureMode, ...seen }) => {
          const { count, lastSeenAt } = isFeedFailure(failureMode) ? ofFeeds[failureMode] : seen;
          return {
            failureMode,
            ...FAILURE_MODES[failureMode],
            macro: SUPPORT_MACROS[failureMode],
            count,
            lastSeenAt: lastSeenAt === null ? null : formatTime(lastSeenAt),
          };
        }),
      };
    },
  );
}
