import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { NAME } from '../../domain/identity.ts';
import { TENANT_STATES, type TenantState } from '../../domain/flags.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';

/** What storefronts need to know of a tenant. */
export function registerGetTenant(app: FastifyInstance): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/tenants/:tenant',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'A tenant',
        params: z.object({ tenant: z.string() }),
        response: {
          200: z.object({
            tenant: z.string(),
            state: z.enum(TENANT_STATES),
            ownStorefront: z.boolean().meta({
              description: 'Whether it has a storefront of its own; else the default one, if any, is told.',
            }),
          }),
          ...problemResponse,
        },
      },
    },
    async ({ params: { tenant }, database }) => {
      const row = NAME.test(tenant)
        ? await database.tenant.findUnique({
            where: { id: tenant },
            select: { state: true, storefrontUrl: true },
          })
        : null;
      if (!row) throw new ProblemError('not_found');
      // An address comes and goes with a secret of its own.
      return { tenant, state: row.state as TenantState, ownStorefront: row.storefrontUrl !== null };
    },
  );
}
