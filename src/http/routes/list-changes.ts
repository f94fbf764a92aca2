import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { readChanges } from '../../changes/read-changes.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import type { OpenStream } from '../change-streams/open-streams.ts';
import { linkNextPage } from '../next-page.ts';
import { problemResponse } from '../openapi.ts';
import { changesSchema } from './changes-schema.ts';

const EVENT_STREAM = 'text/event-stream';

const query = z.object({
  after: z.string().max(2_000).optional().meta({
    description: 'A cursor that an answer gave; without one, from the first change that is kept.',
  }),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** Every version that the tenant's items get, for those who keep a copy of them. */
export function registerListChanges(app: FastifyInstance, openStream: OpenStream): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/tenants/:tenant/changes',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'The change feed: every version of the items, each once, in order',
        description:
          `With \`Accept: ${EVENT_STREAM}\` they come as they are made, as server-sent events: \`data\` is a Change, ` +
          '`id` its cursor, and `Last-Event-ID` says where to go on. See docs/changes.md.',
        params: z.object({ tenant: z.string() }),
        querystring: query,
        response: {
          200: changesSchema.describe('A Link header with rel="next" leads to what there is more now.'),
          ...problemResponse,
        },
      },
    },
    async (request, reply) => {
      const { tenant } = request.params;
      await knownTenant(request.database, tenant);
      const { after, limit } = request.query;
      if (wantsStream(request)) {
        const from = { tenant, after: lastEventId(request) ?? after };
        const stream = await openStream(request, reply, from);
        // Nobody on the way may keep it back.
        reply.header('content-type', EVENT_STREAM).header('x-accel-buffering', 'no');
        return stream as never;
      }
      const page = await readChanges(request.database, { tenant, after, limit });
      if (page.more) linkNextPage(request, reply, { after: page.next });
      return page;
    },
  );
}

function wantsStream({ method, headers }: Pick<FastifyRequest, 'method' | 'headers'>): boolean {
  return method === 'GET' && (headers.accept ?? '').toLowerCase().includes(EVENT_STREAM);
}

/** Of a client that comes again: its address is still that of its first time. */
function lastEventId({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  const id = headers['last-event-id'];
  return id === undefined || id === '' ? undefined : String(id);
}
