import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { cloudEventsBatchSchema, sentCloudEventSchema } from '../../intake/cloud-event-schema.ts';
import { deliveryType, type DeliveryType } from '../../intake/media-types.ts';
import { readDelivery } from '../../intake/read-delivery.ts';
import { supplierEventsSchema } from '../../intake/supplier-event-schema.ts';
import { readJson } from '../body-parsing.ts';
import { deliveryProblemResponses } from '../delivery-problems.ts';
import type { ServerDependencies } from '../dependencies.ts';
import { noteRefusals } from '../note-refusals.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import { receiptsSchema, recordDelivery } from '../record-delivery.ts';
import type { SupplierDoor } from '../signed-delivery.ts';

const ofStandardWebhooks = z
  .string()
  .optional()
  .meta({ description: 'Of Standard Webhooks: needed unless the supplier has another scheme.' });

const schema = {
  summary: 'Events of a supplier',
  description:
    "Signed by the supplier's scheme: with Standard Webhooks headers over the bytes of the body, unless another one was " +
    'agreed on. One event, an array of 1 to 500, or CloudEvents 1.0 of type inventory.updated, in binary mode too; any ' +
    'other JSON type is read as application/json. All or nothing in its shape check. An event is named by what is ' +
    'signed: its own id; else source and id of a CloudEvent in JSON; else, for a single event, webhook-id where that ' +
    'is signed, in binary mode too, because ce-* headers are not signed; else its content. Fields that are not read ' +
    'are ignored, and named in the answer.',
  params: z.object({ tenant: z.string(), supplier: z.string() }),
  headers: z.object({
    'webhook-id': ofStandardWebhooks,
    'webhook-timestamp': ofStandardWebhooks,
    'webhook-signature': ofStandardWebhooks,
  }),
  body: {
    content: {
      'application/json': { schema: supplierEventsSchema },
      'application/cloudevents+json': { schema: sentCloudEventSchema },
      'application/cloudevents-batch+json': { schema: cloudEventsBatchSchema },
    } satisfies Record<DeliveryType, { schema: z.ZodType }>,
  },
  response: {
    202: receiptsSchema,
    ...deliveryProblemResponses(),
    ...problemResponse,
  },
};

/** Takes a supplier's events into the ledger; needs PostgreSQL only. */
export function registerReceiveEvents(
  app: FastifyInstance,
  dependencies: ServerDependencies,
  door: SupplierDoor,
): void {
  app.register(async (route) => {
    noteRefusals(route, dependencies.databases.intake);
    // The signature is over the bytes, so they come unparsed; the schemas above are held against them afterwards.
    route.removeAllContentTypeParsers();
    // Of any type: which of them are taken is judged before.
    route.addContentTypeParser('*', (request: FastifyRequest, payload: Readable) =>
      app.readBody(request, payload),
    );
    route.setValidatorCompiler(() => () => true);

    route.withTypeProvider<ZodTypeProvider>().post(
      '/v1/tenants/:tenant/suppliers/:supplier/events',
      {
        config: { public: true, deliveries: true },
        schema,
        onRequest: async (request) => {
          typeOf(request);
          await door.judge(request, request.params);
        },
      },
      async (request, reply) => {
        const { bytes, signedId } = door.open(request, request.params);
        const delivery = readDelivery({
          type: typeOf(request),
          headers: request.headers,
          rawHeaders: request.raw.rawHeaders,
          signedId,
          body: readJson(bytes),
        });
        return reply.code(202).send(await recordDelivery(delivery, request.params, dependencies, reply));
      },
    );
  });
}

/** @throws ProblemError for any type but those of a delivery */
function typeOf(request: FastifyRequest): DeliveryType {
  const type = deliveryType(request.headers['content-type']);
  if (!type) throw new ProblemError('unsupported_media_type');
  return type;
}
