import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { auditedBy } from '../audited-by.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import { requestSweep } from '../../sweep/request-sweep.ts';
import { readSweepStatus, type SweepStatus } from '../../sweep/sweep-status.ts';
import { problemResponse } from '../openapi.ts';
import { sweepRequestSchema, sweepStatusSchema } from './sweep-schema.ts';

/** Writes a sweep down, which the workers then start: it needs no Temporal. */
export function registerStartSweep(app: FastifyInstance): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    '/v1/tenants/:tenant/sweeps',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'Ask the storefront for every item of a tenant, and list what differs',
        params: z.object({ tenant: z.string() }),
        body: sweepRequestSchema,
        response: {
          202: sweepStatusSchema.describe(
            'It is going to run, or one that does the same runs already; Location says where to look.',
          ),
          ...problemResponse,
        },
      },
    },
    async (request, reply) => {
      const { database } = request;
      const { tenant } = request.params;
      await knownTenant(database, tenant);
      const { actor: requestedBy, origin } = auditedBy(request);
      const id = await requestSweep(database, { tenant, ...request.body, requestedBy, origin });
      const status = (await readSweepStatus(database, id)) as SweepStatus;
      return reply.code(202).header('location', `/v1/tenants/${tenant}/sweeps/${id}`).send(status);
    },
  );
}
