import { beforeNumber } from '../page-schema.ts';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { formatTime } from '../../domain/time.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import { linkNextPage } from '../next-page.ts';
import { problemResponse } from '../openapi.ts';
import { auditSchema } from './audit-schema.ts';

const page = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  before: beforeNumber,
});

/** Who changed what, and why. */
export function registerListAudit(app: FastifyInstance): void {
  app.withTypeProvider<ZodTypeProvider>().get(
    '/v1/tenants/:tenant/audit',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'Who changed what, the newest first',
        description: 'With what belongs to no tenant, for those who may see every tenant.',
        params: z.object({ tenant: z.string() }),
        querystring: page,
        response: {
          200: auditSchema.describe('A Link header with rel="next" leads to older entries.'),
          ...problemResponse,
        },
      },
    },
    async (request, reply) => {
      const { database } = request;
      const { tenant } = request.params;
      await knownTenant(database, tenant);
      const { limit, before } = request.query;
      const seesAll = request.principal?.tenant === null;
      const rows = await database.auditEntry.findMany({
        where: {
          ...(seesAll ? { OR: [{ tenantId: tenant }, { tenantId: null }] } : { tenantId: tenant }),
          ...(before !== undefined && { id: { lt: before } }),
        },
        orderBy: { id: 'desc' },
        take: limit,
      });
      const last = rows.at(-1);
      if (rows.length === limit && last) linkNextPage(request, reply, { before: last.id.toString() });
      return {
        entries: rows.map((row) => ({
          id: row.id.toString(),
          tenant: row.tenantId,
          at: formatTime(row.atUs),
          actor: row.actor,
          principal:
            row.principalKind === null ? null : { kind: row.principalKind, name: row.principalName ?? '' },
          ...{ tokenId: row.tokenId, requestId: row.requestId, address: row.address },
          action: row.action,
          subject: row.subject,
          reason: row.reason,
          before: row.before as Record<string, unknown> | null,
          after: row.after as Record<string, unknown> | null,
        })),
      };
    },
  );
}
