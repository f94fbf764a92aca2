import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Database } from '../../database/client.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import { NAME } from '../../domain/identity.ts';
import { readRefusals, refusalsAsCsv, refusedByCode } from '../../feed/run/read-refusals.ts';
import { requestRun } from '../../feed/run/request-run.ts';
import { listRuns, readRunStatus, type RunPlace } from '../../feed/run/run-status.ts';
import type { RunStatus } from '../../feed/run/told-run.ts';
import { auditedBy } from '../audited-by.ts';
import { orFeedProblem } from '../feed-problem.ts';
import { linkNextPage } from '../next-page.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import { askedRunSchema, runListSchema, runShownSchema } from './feeds-schema.ts';

const ofFeed = z.object({ tenant: z.string(), feed: z.string() });
const ofRun = z.object({ tenant: z.string(), feed: z.string(), run: z.string() });

const page = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  before: z
    .string()
    .regex(/^\d{1,18}-[a-z0-9-]{1,40}$/, 'must be what a Link header gave')
    .transform((text): RunPlace => {
      const dash = text.indexOf('-');
      return { createdAt: BigInt(text.slice(0, dash)), runId: text.slice(dash + 1) };
    })
    .optional(),
});

/** What became of a feed's files. */
export function registerFeedRuns(app: FastifyInstance): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/v1/tenants/:tenant/feeds/:feed/runs',
    {
      config: { role: 'viewer' },
      schema: {
        summary: "A feed's runs, the newest first",
        params: ofFeed,
        querystring: page,
        response: {
          200: runListSchema.describe('A Link header with rel="next" leads to older ones.'),
          ...problemResponse,
        },
      },
    },
    async (request, reply) => {
      const { database } = request;
      const { tenant, feed } = request.params;
      await knownTenant(database, tenant);
      const { limit, before } = request.query;
      const { runs, next } = await listRuns(database, { tenant, feed: nameOf(feed), before, limit });
      if (next) linkNextPage(request, reply, { before: `${next.createdAt}-${next.runId}` });
      return { runs };
    },
  );

  routes.post(
    '/v1/tenants/:tenant/feeds/:feed/runs',
    {
      config: { role: 'operator' },
      schema: {
        summary: 'Fetch the next file of a feed',
        params: ofFeed,
        response: { 202: askedRunSchema.describe('Location says where to look.'), ...problemResponse },
      },
    },
    async (request, reply) => {
      const { tenant, feed } = request.params;
      await knownTenant(request.database, tenant);
      const asked = { tenant, feed: nameOf(feed), trigger: 'command', by: auditedBy(request) } as const;
      const runId = await orFeedProblem(() => requestRun(request.database, asked));
      const location = `/v1/tenants/${tenant}/feeds/${feed}/runs/${runId}`;
      return reply.code(202).header('location', location).send({ runId, state: 'fetching' });
    },
  );

  routes.get(
    '/v1/tenants/:tenant/feeds/:feed/runs/:run',
    {
      config: { role: 'viewer' },
      schema: {
        summary: 'How a run stands',
        params: ofRun,
        response: { 200: runShownSchema, ...problemResponse },
      },
    },
    async ({ database, params }) => {
      const status = await runOf(database, params);
      const alike = await refusedByCode(database, params.run);
      return { ...status, refused: alike.map((one) => ({ ...one, count: status.refusals[one.code] ?? 0 })) };
    },
  );

  routes.get(
    '/v1/tenants/:tenant/feeds/:feed/runs/:run/refused',
    {
      config: { role: 'viewer' },
      schema: {
        summary: "The refused lines of a run's file as CSV, the reason beside each",
        params: ofRun,
        response: {
          200: { description: 'The first 1,000.', content: { 'text/csv': { schema: z.string() } } },
          ...problemResponse,
        },
      },
    },
    async ({ database, params }, reply) => {
      await runOf(database, params);
      const csv = refusalsAsCsv(await readRefusals(database, params.run));
      return reply
        .header('content-disposition', `attachment; filename="refused-${params.run}.csv"`)
        .type('text/csv; charset=utf-8')
        .send(csv);
    },
  );
}

export async function runOf(
  database: Database,
  { tenant, feed, run }: { tenant: string; feed: string; run: string },
): Promise<RunStatus> {
  const status = NAME.test(run) ? await readRunStatus(database, tenant, run) : undefined;
  if (status?.feed !== feed) throw new ProblemError('not_found');
  return status;
}

/** No feed has another kind of name, and a NUL in it would be an error of the database. */
function nameOf(feed: string): string {
  if (!NAME.test(feed)) throw new ProblemError('not_found');
  return feed;
}
