import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { listItems } from '../../changes/list-items.ts';
import { readHead } from '../../changes/read-head.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import { isStorable } from '../../domain/safe-text.ts';
import { linkNextPage } from '../next-page.ts';
import { problemResponse } from '../openapi.ts';
import { itemsSchema } from './changes-schema.ts';

const query = z.object({
  after: z
    .string()
    .max(1024)
    .refine(isStorable, 'must be the SKU that an answer gave as next')
    .optional()
    .meta({ description: 'The SKU with which the page before ended.' }),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** All items of a tenant, to begin a copy of them that the change feed keeps up to date. */
export function registerListItems(app: FastifyInstance): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/tenants/:tenant/items',
    {
      config: { role: 'viewer' },
      schema: {
        summary: "A tenant's items by their SKUs, and from where their changes go on",
        params: z.object({ tenant: z.string() }),
        querystring: query,
        response: {
          200: itemsSchema.describe('A Link header with rel="next" leads to more.'),
          ...problemResponse,
        },
      },
    },
    async (request, reply) => {
      const { database } = request;
      const { tenant } = request.params;
      await knownTenant(database, tenant);
      const { after, limit } = request.query;
      // Before the items: what changes while they are read comes again as a change.
      const changesAfter = after === undefined ? await readHead(database, tenant) : null;
      const { items, more } = await listItems(database, { tenant, after, limit });
      const next = more ? (items.at(-1)?.sku ?? null) : null;
      if (next !== null) linkNextPage(request, reply, { after: next });
      return { items, next, changesAfter };
    },
  );
}
