import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { knownTenant } from '../../database/known-tenant.ts';
import { NAME } from '../../domain/identity.ts';
import { microsOf } from '../../domain/time.ts';
import { previewSample } from '../../feed/preview/preview-sample.ts';
import { problemResponse } from '../openapi.ts';
import { samplePreviewSchema } from './preview-feed-schema.ts';

const body = z
  .strictObject({
    supplier: z.string().regex(NAME, 'must be the name of a supplier'),
    sample: z.base64('must be base64').meta({ description: "The beginning of a supplier's file." }),
    name: z.string().max(200).optional(),
    writtenAt: z.iso.datetime().optional().meta({ description: 'When the file was written.' }),
    document: z
      .record(z.string(), z.unknown())
      .optional()
      .meta({ description: 'A feed, finished or not; without one it is guessed.' }),
  })
  .meta({ id: 'FeedPreviewRequest' });

/** Says what a sample of a file would become, as somebody writes a feed for it; nothing is written. */
export function registerPreviewFeed(app: FastifyInstance): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    '/v1/tenants/:tenant/feed-previews',
    {
      config: { role: 'operator', reads: 'long' },
      schema: {
        summary: "What a sample of a supplier's file would become by a feed, or by its look: a dry run",
        params: z.object({ tenant: z.string() }),
        body,
        response: { 200: samplePreviewSchema, ...problemResponse },
      },
    },
    async ({ database, params: { tenant }, body: { supplier, sample, name, writtenAt, document } }) => {
      await knownTenant(database, tenant);
      const bytes = Buffer.from(sample, 'base64');
      const receivedAt = microsOf(new Date());
      const shown = await previewSample(database, {
        ...{ tenant, supplier, name, bytes, receivedAt, document },
        writtenAt: writtenAt === undefined ? undefined : microsOf(new Date(writtenAt)),
      });
      const { preview } = shown;
      const told = preview && {
        ...preview,
        found: { ...preview.found },
        unreadable: preview.unreadable ?? null,
        closed: preview.closed ?? null,
      };
      const sampled = shown.sample && { ...shown.sample, found: { ...shown.sample.found } };
      return { ...shown, sample: sampled, preview: told };
    },
  );
}
