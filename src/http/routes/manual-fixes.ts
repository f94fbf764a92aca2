import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { knownSupplier } from '../../database/known-tenant.ts';
import { correctItem } from '../../manual/correct-item.ts';
import { voidEvent } from '../../manual/void-event.ts';
import { auditedBy } from '../audited-by.ts';
import { problemResponse } from '../openapi.ts';
import { correctedSchema, correctionSchema, voidedSchema, voidRequestSchema } from './fixes-schema.ts';

/**
 * Corrections and voids, as `catalog-sync correct` and `void` make them. SKU and event id stand in the body: in a path,
 * browsers read `.` and `..` as steps.
 */
export function registerManualFixes(app: FastifyInstance): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.post(
    '/v1/tenants/:tenant/corrections',
    {
      config: { role: 'operator' },
      schema: {
        summary: "Set an item's quantity by hand, with a reason",
        description:
          'It is an event of the supplier `manual`, and competes like any: a later event of a supplier wins over it again.',
        params: z.object({ tenant: z.string() }),
        body: correctionSchema,
        response: {
          202: correctedSchema.describe('It is in the ledger, and goes the way of all events.'),
          ...problemResponse,
        },
      },
    },
    async ({ id, ip, principal, database, params: { tenant }, body }, reply) => {
      const by = auditedBy({ id, ip, principal });
      return reply.code(202).send(await correctItem(database, { tenant, ...body, ...by }));
    },
  );

  routes.post(
    '/v1/tenants/:tenant/suppliers/:supplier/voids',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'Take a wrong event out of the contest for its item, for good, with a reason',
        description:
          'If it was the winner, the best of the others takes the item over in a new version, which is published.',
        params: z.object({ tenant: z.string(), supplier: z.string() }),
        body: voidRequestSchema,
        response: { 200: voidedSchema.describe('It is done.'), ...problemResponse },
      },
    },
    async ({ id, ip, principal, database, params: { tenant, supplier }, body }) => {
      await knownSupplier(database, tenant, supplier);
      const by = auditedBy({ id, ip, principal });
      return voidEvent(database, { tenant, supplier, ...body, ...by });
    },
  );
}
