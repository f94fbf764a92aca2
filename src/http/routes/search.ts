import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { search } from '../../trace/search.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import { problemResponse } from '../openapi.ts';
import { searchSchema } from './search-schema.ts';

/** Longer than any item id, in characters. */
const LONGEST = 512;

/** Finds the items that a text may mean. */
export function registerSearch(app: FastifyInstance): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/tenants/:tenant/search',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'The items that a SKU, an item id or an event id stands for',
        params: z.object({ tenant: z.string() }),
        querystring: z.object({
          q: z
            .string('is needed: what to look for')
            .max(LONGEST, `must have at most ${LONGEST} characters`)
            .meta({ description: 'A SKU, an item id or an event id.' }),
        }),
        response: { 200: searchSchema, ...problemResponse },
      },
    },
    async ({ params: { tenant }, query: { q }, database }) => {
      await knownTenant(database, tenant);
      return search(database, tenant, q);
    },
  );
}
