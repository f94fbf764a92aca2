import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { NAME } from '../../domain/identity.ts';
import { parseTime, type Micros } from '../../domain/time.ts';
import { findAddressedFeed } from '../../feed/delivery/find-addressed-feed.ts';
import { inOnePart } from '../../feed/file/in-one-part.ts';
import { uploadFile } from '../../feed/run/upload-file.ts';
import { auditedBy, auditedBySupplier } from '../audited-by.ts';
import type { ServerDependencies } from '../dependencies.ts';
import { orFeedProblem } from '../feed-problem.ts';
import { feedSender } from '../feed-sender.ts';
import { noteRefusals } from '../note-refusals.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import type { SupplierDoor } from '../signed-delivery.ts';
import { askedRunSchema } from './feeds-schema.ts';

/** A signature is over all bytes, so all of them are in memory until it is judged. */
const SIGNED_FILE_BYTES = 10 * 1024 * 1024;

/**
 * Takes a supplier's file. With a token it is kept as it comes, part by part: no more than one of them is in memory. What
 * a supplier signs is kept once it is proved, whole.
 */
export function registerReceiveFile(
  app: FastifyInstance,
  dependencies: ServerDependencies,
  door: SupplierDoor,
): void {
  const { intake } = dependencies.databases;
  app.register(async (route) => {
    noteRefusals(route, intake);
    route.removeAllContentTypeParsers();
    route.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    route.setValidatorCompiler(() => () => true);

    route.withTypeProvider<ZodTypeProvider>().post(
      '/v1/tenants/:tenant/feeds/:feed/files',
      {
        config: { role: 'operator', orSupplier: true },
        onRequest: async (request) => {
          if (request.principal !== null) return;
          const feed = await findAddressedFeed(intake, request.params);
          await door.judge(request, feedSender(request.params.tenant, feed), SIGNED_FILE_BYTES);
        },
        schema: {
          summary: 'A file of a supplier, to be run through a feed',
          description:
            'Its bytes as they are, of any media type, packed or not. What is read of it the feed says. With a token, or ' +
            "up to 10 MiB proved by the scheme of the feed's supplier.",
          params: z.object({ tenant: z.string(), feed: z.string() }),
          querystring: z.object({
            name: z.string().optional().meta({ description: 'As people know it.' }),
            writtenAt: z.string().optional().meta({
              description: 'When it was written, in RFC 3339; with a token only, as no scheme signs it.',
            }),
          }),
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
        const writtenAt = writtenAtOf(request.query.writtenAt, request.sender !== null);
        const body = (request.body as Readable | null | undefined) ?? Readable.from([]);
        const { sender } = request;
        const named = { tenant, feed, name: typeof name === 'string' ? name : 'file' };
        const { runId, state } = await orFeedProblem(async () => {
          if (!sender)
            return uploadFile(request.database, {
              ...named,
              writtenAt,
              chunks: body,
              by: auditedBy(request),
            });
          const { bytes, sending } = door.open(
            request,
            sender,
            await app.readBody(request, body, SIGNED_FILE_BYTES),
          );
          const by = auditedBySupplier(request, sender.supplier);
          return uploadFile(intake, { ...named, sending, chunks: inOnePart(bytes), by });
        });
        const location = `/v1/tenants/${tenant}/feeds/${feed}/runs/${runId}`;
        return reply.code(202).header('location', location).send({ runId, state });
      },
    );
  });
}

function writtenAtOf(text: unknown, isSigned: boolean): Micros | undefined {
  if (text === undefined) return undefined;
  const parsed = typeof text === 'string' ? parseTime(text) : undefined;
  if (parsed?.ok && !isSigned) return parsed.at;
  const detail = isSigned ? 'is not signed: send it with a token only' : 'must be one time in RFC 3339';
  throw new ProblemError('invalid_shape', { errors: [{ detail: `writtenAt ${detail}` }] });
}
