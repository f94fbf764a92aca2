import type { FastifyInstance, FastifyReply } from 'fastify';
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
import type { Trace } from '../../trace/trace.ts';
import type { ServerDependencies } from '../dependencies.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import { traceSchema } from './trace-schema.ts';

const page = z.object({
  limit: z.coerce.number().int().min(1).max(HIGHEST_LIMIT).default(DEFAULT_LIMIT),
  before: z
    .string()
    .regex(/^\d{1,18}$/, 'must be a number that a Link header gave')
    .transform(BigInt)
    .optional(),
});

const response = {
  200: traceSchema.describe('The newest events; a Link header with rel="next" leads to older ones.'),
  ...problemResponse,
};

/** The story of an item, by its SKU or by one of its events. The SKU is normalized as an event's would be. */
export function registerGetTrace(app: FastifyInstance, dependencies: ServerDependencies): void {
  const { database } = dependencies;
  const surroundings: TraceSurroundings = {
    temporalUiUrl: (dependencies.temporalUiUrl ?? 'http://127.0.0.1:8233').replace(/\/+$/, ''),
    namespace: dependencies.namespace ?? 'default',
    defaultStorefrontUrl: dependencies.defaultStorefrontUrl,
  };
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/v1/tenants/:tenant/items/:sku/trace',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'The story of an item: which event won, which lost, and why',
        params: z.object({ tenant: z.string(), sku: z.string() }),
        querystring: page,
        response,
      },
    },
    async ({ params, query, url }, reply) =>
      answer(await traceItem(database, { ...params, ...query }, surroundings), url, reply),
  );

  routes.get(
    '/v1/tenants/:tenant/suppliers/:supplier/events/:event/trace',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'What became of an event, and the story of its item',
        params: z.object({ tenant: z.string(), supplier: z.string(), event: z.string() }),
        querystring: page,
        response,
      },
    },
    async ({ params: { event, ...owner }, query, url }, reply) =>
      answer(await traceEvent(database, { ...owner, eventId: event, ...query }, surroundings), url, reply),
  );
}

function answer(found: FoundTrace | undefined, url: string, reply: FastifyReply): Trace {
  if (!found) throw new ProblemError('not_found');
  if (found.olderBefore !== undefined) {
    const next = new URL(url, 'http://localhost');
    next.searchParams.set('before', found.olderBefore.toString());
    void reply.header('link', `<${next.pathname}${next.search}>; rel="next"`);
  }
  return found.trace;
}
