import { beforeNumber } from '../page-schema.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import {
  DEFAULT_LIMIT,
  HIGHEST_LIMIT,
  traceEvent,
  traceItem,
  type FoundTrace,
  type TraceSurroundings,
} from '../../trace/find-trace.ts';
import { archivedWords } from '../../retention/archive-words.ts';
import { findArchived } from '../../retention/find-archived.ts';
import type { Trace } from '../../trace/trace.ts';
import { webUiOf, type ServerDependencies } from '../dependencies.ts';
import { linkNextPage } from '../next-page.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import { traceSchema } from './trace-schema.ts';

const page = z.object({
  limit: z.coerce.number().int().min(1).max(HIGHEST_LIMIT).default(DEFAULT_LIMIT),
  before: beforeNumber,
});

const response = {
  200: traceSchema.describe('The newest events; a Link header with rel="next" leads to older ones.'),
  ...problemResponse,
};

/** In a path, browsers read `.` and `..` as steps, even percent-encoded; suppliers may use them as ids. */
const keySchema = page.extend({
  sku: z.string().max(1024).optional().meta({ description: 'Of an item.' }),
  supplier: z.string().max(40).optional().meta({ description: 'With event: who sent it.' }),
  event: z.string().max(1024).optional().meta({ description: 'With supplier: the id of an event.' }),
});

/** The story of an item, by its SKU or by one of its events. The SKU is normalized as an event's would be. */
export function registerGetTrace(app: FastifyInstance, dependencies: ServerDependencies): void {
  const surroundings: TraceSurroundings = {
    ...webUiOf(dependencies),
    defaultStorefrontUrl: dependencies.defaultStorefrontUrl,
  };
  const tracedEvent = async (
    { database }: FastifyRequest,
    query: Parameters<typeof traceEvent>[1],
  ): Promise<FoundTrace | undefined> => {
    const found = await traceEvent(database, query, surroundings);
    if (found) return found;
    const { tenant, supplier, eventId } = query;
    const [gone] = await findArchived(database, { eventId, supplier, tenants: [tenant] });
    if (gone) throw new ProblemError('event_archived', { detail: `It was ${archivedWords(gone)}.` });
    return undefined;
  };
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/v1/tenants/:tenant/items/:sku/trace',
    {
      config: { role: 'viewer', reads: 'trace' },
      schema: {
        summary: 'The story of an item: which event won, which lost, and why',
        params: z.object({ tenant: z.string(), sku: z.string() }),
        querystring: page,
        response,
      },
    },
    async (request, reply) =>
      answer(
        await traceItem(request.database, { ...request.params, ...request.query }, surroundings),
        request,
        reply,
      ),
  );

  routes.get(
    '/v1/tenants/:tenant/suppliers/:supplier/events/:event/trace',
    {
      config: { role: 'viewer', reads: 'trace' },
      schema: {
        summary: 'What became of an event, and the story of its item',
        params: z.object({ tenant: z.string(), supplier: z.string(), event: z.string() }),
        querystring: page,
        response,
      },
    },
    async (request, reply) => {
      const { event, ...owner } = request.params;
      const query = { ...owner, eventId: event, ...request.query };
      return answer(await tracedEvent(request, query), request, reply);
    },
  );

  routes.get(
    '/v1/tenants/:tenant/trace',
    {
      config: { role: 'viewer', reads: 'trace' },
      schema: {
        summary: 'The same for any SKU or event id, whatever characters it is of',
        description: 'Give either sku, or supplier and event.',
        params: z.object({ tenant: z.string() }),
        querystring: keySchema,
        response,
      },
    },
    async (request, reply) => {
      const { sku, supplier, event, ...rest } = request.query;
      const { tenant } = request.params;
      if (sku !== undefined && supplier === undefined && event === undefined) {
        return answer(
          await traceItem(request.database, { tenant, sku, ...rest }, surroundings),
          request,
          reply,
        );
      }
      if (sku === undefined && supplier !== undefined && event !== undefined) {
        const query = { tenant, supplier, eventId: event, ...rest };
        return answer(await tracedEvent(request, query), request, reply);
      }
      throw new ProblemError('invalid_shape', { detail: 'Give either sku, or supplier and event.' });
    },
  );
}

function answer(found: FoundTrace | undefined, request: FastifyRequest, reply: FastifyReply): Trace {
  if (!found) throw new ProblemError('not_found');
  if (found.olderBefore !== undefined) linkNextPage(request, reply, { before: found.olderBefore.toString() });
  return found.trace;
}
