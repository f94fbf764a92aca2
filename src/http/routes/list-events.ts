import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { listEvents } from '../../ledger/list-events.ts';
import { FAILURE_MODES, type FailureMode } from '../../domain/failure-modes.ts';
import { NAME } from '../../domain/identity.ts';
import { EVENT_OUTCOMES } from '../../domain/event-outcome.ts';
import { formatTime } from '../../domain/time.ts';
import { workflowUrl } from '../../temporal/workflow-url.ts';
import { webUiOf, type ServerDependencies } from '../dependencies.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import { linkNextPage } from '../next-page.ts';
import { problemResponse } from '../openapi.ts';
import { eventPlace } from '../page-schema.ts';
import { eventsSchema } from './events-schema.ts';

const query = z.object({
  supplier: z.string().regex(NAME, 'must be the name of a supplier').optional(),
  outcome: z.enum(EVENT_OUTCOMES, `must be one of ${EVENT_OUTCOMES.join(', ')}`).optional(),
  failureMode: z
    .enum(Object.keys(FAILURE_MODES) as [FailureMode, ...FailureMode[]], 'must be a failure mode')
    .optional(),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  before: eventPlace,
});

/** What no row and no index says of an event is found out for each, one after the other. */
function looksAtMuch(asked: unknown): boolean {
  const { outcome, failureMode } = asked as { outcome?: unknown; failureMode?: unknown };
  return outcome === 'superseded' || failureMode === 'untraceable_event';
}

/** Events of the ledger, such as those that went wrong in one way. */
export function registerListEvents(app: FastifyInstance, dependencies: ServerDependencies): void {
  const webUi = webUiOf(dependencies);
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/tenants/:tenant/events',
    {
      config: { role: 'viewer', isLong: looksAtMuch },
      schema: {
        summary: "A tenant's events, the newest first",
        params: z.object({ tenant: z.string() }),
        querystring: query,
        response: {
          200: eventsSchema.describe('A Link header with rel="next" leads to older ones.'),
          ...problemResponse,
        },
      },
    },
    async (request, reply) => {
      const { database } = request;
      const { tenant } = request.params;
      await knownTenant(database, tenant);
      const { limit, before, ...filter } = request.query;
      const events = await listEvents(database, { tenant, ...filter }, { before, limit });
      const last = events.at(-1);
      if (events.length === limit && last) {
        linkNextPage(request, reply, { before: `${last.receivedAt}-${last.seq}` });
      }
      return {
        events: events.map(({ seq: _seq, updatedAt, receivedAt, ...event }) => ({
          ...event,
          updatedAt: formatTime(updatedAt),
          receivedAt: formatTime(receivedAt),
          workflowUrl: workflowUrl(webUi, event.workflowId),
        })),
      };
    },
  );
}
