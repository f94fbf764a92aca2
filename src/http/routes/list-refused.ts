import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { knownSupplier } from '../../database/known-tenant.ts';
import { formatTime } from '../../domain/time.ts';
import { listRefused } from '../../intake/list-refused.ts';
import { linkNextPage } from '../next-page.ts';
import { problemResponse } from '../openapi.ts';
import { beforeNumber } from '../page-schema.ts';
import { refusedSchema } from './refused-schema.ts';

const page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  before: beforeNumber,
});

/** Which of a supplier's deliveries were refused, and why. */
export function registerListRefused(app: FastifyInstance): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/tenants/:tenant/suppliers/:supplier/deliveries',
    {
      config: { role: 'supplier' },
      schema: {
        summary: "A supplier's refused deliveries, the newest first",
        description:
          'The last 200, of those that were not signed the last 50. For a token of the role supplier too.',
        params: z.object({ tenant: z.string(), supplier: z.string() }),
        querystring: page,
        response: {
          200: refusedSchema.describe('A Link header with rel="next" leads to older ones.'),
          ...problemResponse,
        },
      },
    },
    async (request, reply) => {
      const { database, params } = request;
      await knownSupplier(database, params.tenant, params.supplier);
      const { limit, before } = request.query;
      const refused = await listRefused(database, { ...params, before }, limit);
      const last = refused.at(-1);
      if (refused.length === limit && last) linkNextPage(request, reply, { before: last.id.toString() });
      return {
        deliveries: refused.map(({ id, refusedAt, supplier: _supplier, ...shown }) => ({
          id: id.toString(),
          refusedAt: formatTime(refusedAt),
          ...shown,
        })),
      };
    },
  );
}
