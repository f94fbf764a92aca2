import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { removeAliases } from '../../aliases/change-aliases.ts';
import { listAliases, type AliasPlace } from '../../aliases/list-aliases.ts';
import { AliasRefused } from '../../aliases/alias-refused.ts';
import { takeAliases } from '../../aliases/take-aliases.ts';
import { listUnknownSkus } from '../../aliases/unknown-skus.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import { NAME } from '../../domain/identity.ts';
import { isStorable } from '../../domain/safe-text.ts';
import { auditedBy } from '../audited-by.ts';
import { linkNextPage } from '../next-page.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import {
  aliasImportedSchema,
  aliasImportSchema,
  aliasListSchema,
  unknownSkusSchema,
} from './aliases-schema.ts';

const supplierName = z.string().regex(NAME, 'must be the name of a supplier').optional();
const listQuery = z.object({
  supplier: supplierName,
  search: z.string().max(1000).optional().meta({
    description: 'A code, a GTIN with or without its leading zeros, or the SKU that it means; in full.',
  }),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: z
    .string()
    .max(1000)
    .refine((text) => isStorable(text) && text.includes('/'), 'must be what a Link header gave')
    .transform((text): AliasPlace => {
      const slash = text.indexOf('/');
      return { supplier: text.slice(0, slash), codeKey: text.slice(slash + 1) };
    })
    .optional(),
});
const unknownQuery = z.object({
  supplier: supplierName,
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** Suppliers' own codes, and those that nobody knows. */
export function registerAliases(app: FastifyInstance): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();
  const params = z.object({ tenant: z.string(), supplier: z.string() });

  routes.get(
    '/v1/tenants/:tenant/aliases',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'What suppliers call the SKUs of a tenant',
        params: z.object({ tenant: z.string() }),
        querystring: listQuery,
        response: {
          200: aliasListSchema.describe('A Link header with rel="next" leads to further ones.'),
          ...problemResponse,
        },
      },
    },
    async (request, reply) => {
      const { database, params: of, query } = request;
      await knownTenant(database, of.tenant);
      const { after, limit, supplier, search } = query;
      if (search !== undefined && !isStorable(search)) return { aliases: [] };
      const { aliases, next } = await listAliases(
        database,
        { tenant: of.tenant, supplier, search },
        { after, limit },
      );
      if (next) linkNextPage(request, reply, { after: `${next.supplier}/${next.codeKey}` });
      return { aliases };
    },
  );

  routes.post(
    '/v1/tenants/:tenant/suppliers/:supplier/aliases',
    {
      config: { role: 'operator' },
      schema: {
        summary: "Say what a supplier's codes mean",
        description:
          'All or none. Codes that are not named stay as they are; events that waited for one flow.',
        params,
        body: aliasImportSchema,
        response: { 200: aliasImportedSchema, ...problemResponse },
      },
    },
    async ({ id, ip, principal, database, body, params: owner }) => {
      await knownTenant(database, owner.tenant);
      if (!NAME.test(owner.supplier)) throw new ProblemError('not_found');
      const { aliases, reason, dryRun = false } = body;
      const rows = aliases.map(({ code, sku, factor }, index) => ({
        ...{ line: index + 1, code, sku },
        factor: factor === undefined ? '' : String(factor),
      }));
      const how = { by: { ...auditedBy({ id, ip, principal }), reason }, dryRun };
      const imported = await orAliasProblem(() => takeAliases(database, owner, rows, how));
      return { ...imported, dryRun };
    },
  );

  routes.delete(
    '/v1/tenants/:tenant/suppliers/:supplier/aliases/:code',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'Forget an alias; what came by it stays as it is',
        params: params.extend({ code: z.string() }),
        response: { 204: z.null(), ...problemResponse },
      },
    },
    async ({ id, ip, principal, database, params: { tenant, supplier, code } }, reply) => {
      await knownTenant(database, tenant);
      if (!NAME.test(supplier) || !isStorable(code)) throw new ProblemError('not_found');
      const by = auditedBy({ id, ip, principal });
      const removed = await removeAliases(database, { tenant, supplier }, [code], by);
      if (removed.length === 0) throw new ProblemError('not_found');
      return reply.code(204).send(null);
    },
  );

  routes.get(
    '/v1/tenants/:tenant/unknown-skus',
    {
      config: { role: 'viewer' },
      schema: {
        summary: "Suppliers' codes whose events wait for an alias",
        params: z.object({ tenant: z.string() }),
        querystring: unknownQuery,
        response: { 200: unknownSkusSchema, ...problemResponse },
      },
    },
    async ({ database, params: { tenant }, query: { supplier, limit } }) => {
      await knownTenant(database, tenant);
      const unknown = await database.$transaction((transaction) =>
        listUnknownSkus(transaction, { tenant, supplier }, limit),
      );
      return { unknown };
    },
  );
}

async function orAliasProblem<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AliasRefused)) throw error;
    if (error.faults.length === 0) throw new ProblemError('not_found');
    const errors = error.faults.map(({ line, fault }) => ({
      pointer: `/aliases/${line - 1}`,
      detail: fault,
    }));
    throw new ProblemError('invalid_shape', { errors });
  }
}
