import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { auditedBy } from '../audited-by.ts';
import type { Database } from '../../database/client.ts';
import { NAME } from '../../domain/identity.ts';
import { isStorable } from '../../domain/safe-text.ts';
import { cancelSweep } from '../../sweep/cancel-sweep.ts';
import { placeOf, readFindings } from '../../sweep/read-findings.ts';
import { readSweepStatus, type SweepStatus } from '../../sweep/sweep-status.ts';
import { linkNextPage } from '../next-page.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import { sweepStatusSchema, sweepWithFindingsSchema } from './sweep-schema.ts';

const params = z.object({ tenant: z.string(), sweep: z.string() });

const page = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: z.string().refine(isStorable).default('').meta({ description: 'As a Link header gave it.' }),
});

/** How a sweep stands, and its end before its time. */
export function registerGetSweep(app: FastifyInstance): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/v1/tenants/:tenant/sweeps/:sweep',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'How a sweep stands, and what it found',
        params,
        querystring: page,
        response: {
          200: sweepWithFindingsSchema.describe(
            'Items that differ, sorted by id and storefront; a Link header with rel="next" leads to more.',
          ),
          ...problemResponse,
        },
      },
    },
    async (request, reply) => {
      const { database } = request;
      const { tenant, sweep } = request.params;
      const { limit, after } = request.query;
      const status = await statusOf(database, tenant, sweep);
      const foundItems = await readFindings(database, { sweepId: sweep, after, limit });
      const last = foundItems.at(-1);
      if (foundItems.length === limit && last) linkNextPage(request, reply, { after: placeOf(last) });
      return { ...status, foundItems };
    },
  );

  routes.post(
    '/v1/tenants/:tenant/sweeps/:sweep/cancel',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'End a sweep; what it has repaired is published',
        params,
        response: { 200: sweepStatusSchema, ...problemResponse },
      },
    },
    async ({ id, ip, principal, database, params: { tenant, sweep } }) => {
      const { actor, origin } = auditedBy({ id, ip, principal });
      await statusOf(database, tenant, sweep);
      await cancelSweep(database, sweep, actor, undefined, origin);
      const status = await statusOf(database, tenant, sweep);
      // Cancelled before is as good: the request may have been repeated.
      if (status.state !== 'cancelled') {
        throw new ProblemError('sweep_ended', { detail: `The sweep is ${status.state}.` });
      }
      return status;
    },
  );
}

async function statusOf(database: Database, tenant: string, sweep: string): Promise<SweepStatus> {
  const status = NAME.test(sweep) ? await readSweepStatus(database, sweep) : undefined;
  if (status?.tenant !== tenant) throw new ProblemError('not_found');
  return status;
}
