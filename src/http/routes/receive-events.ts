import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { recordSupplierEvents, type Receipt } from '../../ledger/record-supplier-events.ts';
import { cloudEventsBatchSchema, sentCloudEventSchema } from '../../intake/cloud-event-schema.ts';
import { workflowIdOf } from '../../intake/event-id.ts';
import { explainConflicts } from '../../intake/explain-conflict.ts';
import { deliveryType, type DeliveryType } from '../../intake/media-types.ts';
import { boundNames } from '../../intake/ignored-fields.ts';
import { readDelivery } from '../../intake/read-delivery.ts';
import { warnOfSameMoment } from '../../intake/same-moment.ts';
import { supplierEventsSchema } from '../../intake/supplier-event-schema.ts';
import { readJson } from '../body-parsing.ts';
import { deliveryProblemResponses } from '../delivery-problems.ts';
import type { ServerDependencies } from '../dependencies.ts';
import { noteRefusals } from '../note-refusals.ts';
import { problemResponse } from '../openapi.ts';
import { problemErrors, ProblemError } from '../problems.ts';
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
    202: z
      .object({
        results: z.array(
          z.object({
            eventId: z.string(),
            workflowId: z.string(),
            status: z.enum(['accepted', 'duplicate', 'conflict']),
            hashedFrom: z.literal('source and id').optional().meta({
              description: 'The event id is a hash: source and id have more than 200 bytes together.',
            }),
            errors: problemErrors.optional().meta({
              description: 'Of a conflict: what differs from the first delivery of the id.',
            }),
          }),
        ),
        ignored: z.array(z.string()).optional().meta({
          description:
            'Fields of events that are not read here; only when there are any, and at most 50 names, then "…".',
        }),
        warnings: z
          .array(z.object({ pointer: z.string(), message: z.string() }))
          .optional()
          .meta({ description: 'What was taken, but is hardly meant so; only when there is any.' }),
      })
      .meta({ id: 'Receipts', description: 'In the order of the events; none of an empty batch.' }),
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
  const { databases, metrics } = dependencies;
  const { intake: database } = databases;

  app.register(async (route) => {
    noteRefusals(route, database);
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
        const { tenant, supplier } = request.params;
        const { bytes, signedId } = door.open(request, request.params);

        const delivery = readDelivery({
          type: typeOf(request),
          headers: request.headers,
          rawHeaders: request.raw.rawHeaders,
          signedId,
          body: readJson(bytes),
        });
        if (!delivery.ok) throw new ProblemError('invalid_shape', { errors: delivery.errors });
        if (delivery.events.length === 0) return reply.code(202).send({ results: [] });

        const events = delivery.events.map(({ pointer: _pointer, isHashedId: _isHashedId, ...event }) => ({
          ...event,
          workflowId: workflowIdOf({ tenant, supplier, eventId: event.eventId }),
        }));
        const receipts = await recordSupplierEvents(database, { tenant, supplier, events });
        for (const [status, count] of countByStatus(receipts)) {
          metrics?.eventsReceived({ tenant, supplier, status, count });
        }
        const results = receipts.map((receipt, index) => ({
          ...receipt,
          ...(delivery.events[index]?.isHashedId && { hashedFrom: 'source and id' as const }),
        }));

        const ignored = boundNames(delivery.events.flatMap((event) => event.ignored));
        const warnings = warnOfSameMoment(delivery.events);
        const notes = { ...(ignored.length > 0 && { ignored }), ...(warnings.length > 0 && { warnings }) };
        const conflicts = delivery.events.filter((_, index) => results[index]?.status === 'conflict');
        if (conflicts.length === 0) return reply.code(202).send({ results, ...notes });
        const errors = await explainConflicts(database, { tenant, supplier }, conflicts);
        if (delivery.single) {
          throw new ProblemError('event_id_reused', {
            detail: `The event id is ${conflicts[0]?.eventId}.`,
            errors: errors.flat(),
          });
        }
        return reply.code(202).send({
          results: results.map((result) =>
            result.status === 'conflict' ? { ...result, errors: errors.shift() ?? [] } : result,
          ),
          ...notes,
        });
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

function countByStatus(receipts: readonly Receipt[]): Map<Receipt['status'], number> {
  const counts = new Map<Receipt['status'], number>();
  for (const { status } of receipts) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
}
