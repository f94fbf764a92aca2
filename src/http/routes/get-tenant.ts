import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { NAME } from '../../domain/identity.ts';
import { TENANT_STATES, type TenantState } from '../../domain/flags.ts';
import { shownStockRule } from '../../domain/stock-rule-words.ts';
import { tenantStockRule, WITH_STOCK_RULE } from '../../flags/stock-rule.ts';
import { replayProtection, schemeInShort } from '../../schemes/in-words.ts';
import { schemeOf } from '../../schemes/scheme.ts';
import { UNKNOWN_SKU_RULES, type UnknownSkuRule } from '../../domain/sku-alias.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import { figureExpiresSchema, stockRuleChangeSchema, stockRuleSchema } from './stock-rule-schema.ts';

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
            unknownSkus: z.enum(UNKNOWN_SKU_RULES).meta({
              description: "What becomes of a supplier's code that has no alias.",
            }),
            stockRule: stockRuleSchema,
            stockRuleChange: stockRuleChangeSchema,
            suppliers: z.array(
              z.object({
                supplier: z.string(),
                figureExpiresSeconds: figureExpiresSchema,
                scheme: z
                  .string()
                  .meta({ description: 'How its deliveries prove who sent them, in a word or two.' }),
                replayProtection: z.string().meta({
                  description:
                    'What keeps a delivery that somebody has seen from being sent again, in a sentence.',
                }),
              }),
            ),
          }),
          ...problemResponse,
        },
      },
    },
    async ({ params: { tenant }, database }) => {
      const row = NAME.test(tenant)
        ? await database.tenant.findUnique({
            where: { id: tenant },
            select: {
              state: true,
              unknownSkus: true,
              stockRuleId: true,
              stockRuleBefore: true,
              suppliers: {
                select: { id: true, figureExpiresUs: true, scheme: true },
                orderBy: { id: 'asc' },
              },
              _count: { select: { storefronts: true } },
              ...WITH_STOCK_RULE,
            },
          })
        : null;
      if (!row) throw new ProblemError('not_found');
      const { rule, change } = tenantStockRule(row);
      return {
        tenant,
        state: row.state as TenantState,
        ownStorefront: row._count.storefronts > 0,
        unknownSkus: row.unknownSkus as UnknownSkuRule,
        stockRule: shownStockRule(rule),
        stockRuleChange: change,
        suppliers: row.suppliers.map(({ id, figureExpiresUs, scheme }) => ({
          supplier: id,
          figureExpiresSeconds: figureExpiresUs === null ? null : Number(figureExpiresUs) / 1e6,
          scheme: schemeInShort(schemeOf(scheme)),
          replayProtection: replayProtection(schemeOf(scheme)),
        })),
      };
    },
  );
}
