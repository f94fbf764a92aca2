import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { knownTenant } from '../../database/known-tenant.ts';
import { readGate } from '../../gate/read-gate.ts';
import { problemResponse } from '../openapi.ts';
import { gateStatusSchema } from './gate-schema.ts';

/** Where a tenant's launch stands. Neither Temporal nor a worker is asked. */
export function registerGetGate(app: FastifyInstance): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/tenants/:tenant/gate',
    {
      config: { role: 'viewer' },
      schema: {
        summary: "Where a tenant's launch stands, signal by signal, and what is missing",
        params: z.object({ tenant: z.string() }),
        response: { 200: gateStatusSchema, ...problemResponse },
      },
    },
    async ({ params: { tenant }, database }) => {
      await knownTenant(database, tenant);
      return readGate(database, tenant);
    },
  );
}
