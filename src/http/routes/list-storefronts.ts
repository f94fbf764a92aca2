import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { knownTenant } from '../../database/known-tenant.ts';
import { listStorefronts } from '../../storefronts/list-storefronts.ts';
import { problemResponse } from '../openapi.ts';

const limit = (description: string) => z.number().nullable().meta({ description });

const storefrontsSchema = z.object({
  storefronts: z
    .array(
      z.object({
        name: z.string(),
        kind: z.string().meta({ description: 'How it is told.' }),
        state: z.enum(['closed', 'open']),
        place: z.int().meta({ description: 'Those of a lower one are told first.' }),
        callsPerSecond: limit('Null: as many as there are to make.'),
        itemsPerCall: limit('Null: one.'),
        callsAtOnce: limit('Null: as many as there are to make, unless another limit is set.'),
      }),
    )
    .meta({ description: 'In the order in which they are told; none: the default one, if any, is told.' }),
});

/** A tenant's storefronts, without addresses and whatever else says how to reach them. */
export function registerListStorefronts(app: FastifyInstance): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/tenants/:tenant/storefronts',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'The storefronts of a tenant',
        params: z.object({ tenant: z.string() }),
        response: { 200: storefrontsSchema, ...problemResponse },
      },
    },
    async ({ params: { tenant }, database }) => {
      await knownTenant(database, tenant);
      const storefronts = await listStorefronts(database, tenant);
      return {
        storefronts: storefronts.map(({ storefront: name, kind, state, place, limits }) => ({
          ...{ name, kind, state: state as 'closed' | 'open', place },
          callsPerSecond: limits?.callsPerSecond ?? null,
          itemsPerCall: limits?.itemsPerCall ?? null,
          callsAtOnce: limits?.callsAtOnce ?? null,
        })),
      };
    },
  );
}
