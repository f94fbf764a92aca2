import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Database } from '../../database/client.ts';
import { NAME } from '../../domain/identity.ts';
import { readGate } from '../../gate/read-gate.ts';
import type { ServerDependencies } from '../dependencies.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import { gateStatusSchema, type GateStatus } from './gate-schema.ts';

/** Where a tenant's launch stands. Neither Temporal nor a worker is asked. */
export function registerGetGate(app: FastifyInstance, { database }: ServerDependencies): void {
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
    async ({ params: { tenant } }) => statusOf(database, tenant),
  );
}

/** @throws ProblemError for an unknown tenant */
export async function statusOf(database: Database, tenant: string): Promise<GateStatus> {
  const status = NAME.test(tenant) ? await readGate(database, tenant) : undefined;
  if (!status) throw new ProblemError('not_found');
  return status;
}
