import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { approveRun, cancelRun, refuseRun } from '../../feed/run/decide-run.ts';
import { auditedBy } from '../audited-by.ts';
import { orFeedProblem } from '../feed-problem.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import { runOf } from './feed-runs.ts';
import { decisionSchema, runStatusSchema } from './feeds-schema.ts';

const params = z.object({ tenant: z.string(), feed: z.string(), run: z.string() });
const response = { 200: runStatusSchema, ...problemResponse };

/** What people say of a run. */
export function registerDecideFeedRun(app: FastifyInstance): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();

  for (const [does, decide, summary] of [
    ['approve', approveRun, 'Let the figures of a held run flow'],
    ['refuse', refuseRun, 'End a held run; nothing of it flows'],
  ] as const) {
    routes.post(
      `/v1/tenants/:tenant/feeds/:feed/runs/:run/${does}`,
      { config: { role: 'operator' }, schema: { summary, params, body: decisionSchema, response } },
      async (request) => {
        const { database, body } = request;
        await runOf(database, request.params);
        const { tenant, run: runId } = request.params;
        const by = { ...auditedBy(request), reason: body.reason };
        await orFeedProblem(() => decide(database, { tenant, runId, by }));
        return runOf(database, request.params);
      },
    );
  }

  routes.post(
    '/v1/tenants/:tenant/feeds/:feed/runs/:run/cancel',
    {
      config: { role: 'operator' },
      schema: { summary: 'End a run at once; what is in the ledger of it stays', params, response },
    },
    async ({ id, ip, principal, database, params: of }) => {
      await runOf(database, of);
      const by = auditedBy({ id, ip, principal });
      await orFeedProblem(() => cancelRun(database, { tenant: of.tenant, runId: of.run, by }));
      const status = await runOf(database, of);
      // Cancelled before is as good: the request may have been repeated.
      if (status.state === 'cancelled') return status;
      throw new ProblemError('feed_refused', { detail: `The run has ended: it is ${status.state}.` });
    },
  );
}
