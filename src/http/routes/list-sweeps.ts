import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { knownTenant } from '../../database/known-tenant.ts';
import { listSweeps, type SweepPlace } from '../../sweep/sweep-status.ts';
import { linkNextPage } from '../next-page.ts';
import { problemResponse } from '../openapi.ts';
import { sweepListSchema } from './sweep-schema.ts';

const page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  before: z
    .string()
    .regex(/^\d{1,18}-[a-z0-9-]{1,40}$/, 'must be what a Link header gave')
    .transform((text): SweepPlace => {
      const dash = text.indexOf('-');
      return { createdAt: BigInt(text.slice(0, dash)), sweepId: text.slice(dash + 1) };
    })
    .optional(),
});

/** The sweeps that there were. */
export function registerListSweeps(app: FastifyInstance): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/tenants/:tenant/sweeps',
    {
      config: { role: 'viewer' },
      schema: {
        summary: "A tenant's sweeps, the newest first",
        params: z.object({ tenant: z.string() }),
        querystring: page,
        response: {
          200: sweepListSchema.describe('A Link header with rel="next" leads to older ones.'),
          ...problemResponse,
        },
      },
    },
    async (request, reply) => {
      const { database } = request;
      const { tenant } = request.params;
      await knownTenant(database, tenant);
      const { limit, before } = request.query;
      const { sweeps, next } = await listSweeps(database, { tenant, before, limit });
      if (next) linkNextPage(request, reply, { before: `${next.createdAt}-${next.sweepId}` });
      return { sweeps };
    },
  );
}
