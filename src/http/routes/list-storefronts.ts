import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { knownTenant } from '../../database/known-tenant.ts';
import { listStorefronts } from '../../storefronts/list-storefronts.ts';
import { readStorefrontWork } from '../../storefronts/read-storefront-work.ts';
import { problemResponse } from '../openapi.ts';
import { storefrontsSchema } from './storefronts-schema.ts';

/** A tenant's storefronts and how they do, without addresses and whatever else says how to reach them. */
export function registerListStorefronts(app: FastifyInstance): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/tenants/:tenant/storefronts',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'The storefronts of a tenant, what waits for each, and what became of its calls',
        params: z.object({ tenant: z.string() }),
        response: { 200: storefrontsSchema, ...problemResponse },
      },
    },
    async ({ params: { tenant }, database }) => {
      await knownTenant(database, tenant);
      const storefronts = await listStorefronts(database, tenant);
      if (storefronts.length === 0) return { storefronts: [] };
      const work = await readStorefrontWork(database, tenant);
      return {
        storefronts: storefronts.flatMap(({ storefront: name, kind, state, place, limits }) => {
          const own = work.get(name);
          // Removed between the two looks.
          if (!own) return [];
          return [
            {
              ...{ name, kind, state: state as 'closed' | 'open', place },
              callsPerSecond: limits?.callsPerSecond ?? null,
              itemsPerCall: limits?.itemsPerCall ?? null,
              callsAtOnce: limits?.callsAtOnce ?? null,
              ...own,
            },
          ];
        }),
      };
    },
  );
}
