import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { heardKey, readLastHeard, toldHeard } from '../../feed/health/last-heard.ts';
import { summarizeTenants } from '../../ledger/summarize-tenants.ts';
import { NAME } from '../../domain/identity.ts';
import { linkNextPage } from '../next-page.ts';
import { problemResponse } from '../openapi.ts';
import { tenantsSchema } from './tenants-schema.ts';

const page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(100),
  after: z.union([z.literal(''), z.string().regex(NAME)]).default(''),
});

/** The tenants that the asker may see, with how much there is of each. */
export function registerListTenants(app: FastifyInstance): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/tenants',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'The tenants that you may see',
        querystring: page,
        response: {
          200: tenantsSchema.describe('By name; a Link header with rel="next" leads to more.'),
          ...problemResponse,
        },
      },
    },
    async (request, reply) => {
      const { limit, after } = request.query;
      const { database, principal } = request;
      const only = principal?.tenant ?? null;
      const tenants = await summarizeTenants(database, { only, after, limit });
      const last = tenants.at(-1);
      if (tenants.length === limit && last) linkNextPage(request, reply, { after: last.tenant });
      const heard = await readLastHeard(
        database,
        tenants.map(({ tenant }) => tenant),
      );
      return {
        tenants: tenants.map(({ suppliers, ...one }) => ({
          ...one,
          suppliers: suppliers.map((supplier) => ({
            ...supplier,
            lastHeard: toldHeard(heard.get(heardKey({ tenant: one.tenant, supplier: supplier.supplier }))),
          })),
        })),
      };
    },
  );
}
