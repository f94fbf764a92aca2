import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { itemIdOf } from '../../domain/identity.ts';
import { isStorable } from '../../domain/safe-text.ts';
import { normalizeSku } from '../../domain/normalize.ts';
import { readItem } from '../../trace/read-item.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import { itemSchema } from './item-schema.ts';

/** What the catalog says of an item now. The SKU is normalized as an event's would be. */
export function registerGetItem(app: FastifyInstance): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/tenants/:tenant/items/:sku',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'An item of the catalog',
        params: z.object({ tenant: z.string(), sku: z.string() }),
        response: { 200: itemSchema, ...problemResponse },
      },
    },
    async ({ params, database }) => {
      const itemId = itemIdOf(params.tenant, normalizeSku(params.sku));
      // The database knows no NUL, and would say so with an error.
      const item = isStorable(itemId) ? await readItem(database, params.tenant, itemId) : undefined;
      if (!item) throw new ProblemError('not_found');
      return item;
    },
  );
}
