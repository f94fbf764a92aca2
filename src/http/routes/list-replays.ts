import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { listReplays, type ReplayPlace } from '../../replay/list-replays.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import { linkNextPage } from '../next-page.ts';
import { problemResponse } from '../openapi.ts';
import { replayListSchema } from './replay-schema.ts';

const page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  before: z
    .string()
    .regex(/^\d{1,18}-[a-z0-9-]{1,40}$/, 'must be what a Link header gave')
    .transform((text): ReplayPlace => {
      const dash = text.indexOf('-');
      return { createdAt: BigInt(text.slice(0, dash)), replayId: text.slice(dash + 1) };
    })
    .optional(),
});

/** The replays that there were. */
export function registerListReplays(app: FastifyInstance): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/tenants/:tenant/replays',
    {
      config: { role: 'viewer' },
      schema: {
        summary: "A tenant's replays, the newest first",
        params: z.object({ tenant: z.string() }),
        querystring: page,
        response: {
          200: replayListSchema.describe('A Link header with rel="next" leads to older ones.'),
          ...problemResponse,
        },
      },
    },
    async (request, reply) => {
      const { database } = request;
      const { tenant } = request.params;
      await knownTenant(database, tenant);
      const { limit, before } = request.query;
      const { replays, next } = await listReplays(database, { tenant, before, limit });
      if (next) linkNextPage(request, reply, { before: `${next.createdAt}-${next.replayId}` });
      return { replays };
    },
  );
}
