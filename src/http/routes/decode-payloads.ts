import type { Payload } from '@temporalio/common';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { createPayloadCodec, isEncrypted } from '../../access/secrets/payload-codec.ts';
import { webUiOf, type ServerDependencies } from '../dependencies.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';

const MOST_PAYLOADS = 1_000;

/** As protobuf's JSON has them: bytes in base64. */
const payloads = z.object({
  payloads: z
    .array(
      z.looseObject({ metadata: z.record(z.string(), z.string()).optional(), data: z.string().optional() }),
    )
    .max(MOST_PAYLOADS, `must have at most ${MOST_PAYLOADS} payloads`),
});
type JsonPayload = z.output<typeof payloads>['payloads'][number];

/**
 * Opens encrypted payloads for the Temporal Web UI: its "remote codec endpoint" is this address without `/decode`. A
 * payload does not say whose it is, so it is for those who may see every tenant.
 */
export function registerDecodePayloads(app: FastifyInstance, dependencies: ServerDependencies): void {
  const codec = createPayloadCodec(dependencies.secretsKeys, { encrypts: false });
  const { origin } = new URL(webUiOf(dependencies).temporalUiUrl);

  const open = async (payload: JsonPayload): Promise<JsonPayload> => {
    const stored = fromJson(payload);
    if (!isEncrypted(stored)) return payload;
    // One under another key does not hide the others; it stays as it is, with the key's name.
    const [opened = stored] = await codec.decode([stored]).catch(() => [stored]);
    return toJson(opened);
  };

  app.register(async (routes) => {
    // With errors too, or the Web UI could not tell what is wrong.
    routes.addHook('onSend', async (request, reply) => {
      reply.header('vary', 'Origin');
      if (request.headers.origin !== origin) return;
      reply.headers({ 'access-control-allow-origin': origin, 'access-control-allow-credentials': 'true' });
    });
    routes.options('/codec/decode', {
      config: { public: true },
      schema: { hide: true },
      handler: async (_request, reply) =>
        reply
          .code(204)
          .headers({
            'access-control-allow-methods': 'POST',
            'access-control-allow-headers': 'authorization, content-type, x-namespace, x-csrf-token',
            'access-control-max-age': '600',
          })
          .send(),
    });
    routes.withTypeProvider<ZodTypeProvider>().post(
      '/codec/decode',
      {
        config: { role: 'support', readsFor: origin },
        schema: {
          summary: 'Opens encrypted payloads of workflows, for the Temporal Web UI',
          description: 'For tokens and sessions of every tenant. What cannot be opened comes back as it is.',
          body: payloads,
          response: { 200: payloads, ...problemResponse },
        },
        preHandler: async ({ principal }) => {
          if (principal?.tenant === null) return;
          throw new ProblemError('role_too_weak', {
            detail: 'A payload does not say whose it is: this needs a token for every tenant.',
          });
        },
      },
      async ({ body }) => ({ payloads: await Promise.all(body.payloads.map(open)) }),
    );
  });
}

function fromJson({ metadata = {}, data = '' }: JsonPayload): Payload {
  const bytes = Object.entries(metadata).map(([name, text]) => [name, Buffer.from(text, 'base64')] as const);
  return { metadata: Object.fromEntries(bytes), data: Buffer.from(data, 'base64') };
}

function toJson({ metadata, data }: Payload): JsonPayload {
  const texts = Object.entries(metadata ?? {}).map(([name, bytes]) => [name, base64(bytes)] as const);
  return { metadata: Object.fromEntries(texts), data: base64(data ?? new Uint8Array()) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
