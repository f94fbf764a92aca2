import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { NAME } from '../../domain/identity.ts';
import { uploadFile } from '../../feed/run/upload-file.ts';
import { auditedBy } from '../audited-by.ts';
import { orFeedProblem } from '../feed-problem.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import { askedRunSchema } from './feeds-schema.ts';

/** Takes a supplier's file as it comes, part by part: no more than one of them is in memory. */
export function registerReceiveFile(app: FastifyInstance): void {
  app.register(async (route) => {
    route.removeAllContentTypeParsers();
    route.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    route.setValidatorCompiler(() => () => true);

    route.withTypeProvider<ZodTypeProvider>().post(
      '/v1/tenants/:tenant/feeds/:feed/files',
      {
        config: { role: 'operator' },
        schema: {
          summary: 'A file of a supplier, to be run through a feed',
          description:
            'Its bytes as they are, of any media type, packed or not. What is read of it the feed says.',
          params: z.object({ tenant: z.string(), feed: z.string() }),
          querystring: z.object({ name: z.string().optional().meta({ description: 'As people know it.' }) }),
          response: {
            202: askedRunSchema.describe(
              'It is going to be read, or is the file of the last run; Location says where to look.',
            ),
            ...problemResponse,
          },
        },
      },
      async (request, reply) => {
        const { tenant, feed } = request.params;
        if (!NAME.test(tenant) || !NAME.test(feed)) throw new ProblemError('not_found');
        const { name } = request.query;
        const chunks = (request.body as Readable | null | undefined) ?? Readable.from([]);
        const file = {
          tenant,
          feed,
          name: typeof name === 'string' ? name : 'file',
          chunks,
          by: auditedBy(request),
        };
        const { runId, state } = await orFeedProblem(() => uploadFile(request.database, file));
        const location = `/v1/tenants/${tenant}/feeds/${feed}/runs/${runId}`;
        return reply.code(202).header('location', location).send({ runId, state });
      },
    );
  });
}
