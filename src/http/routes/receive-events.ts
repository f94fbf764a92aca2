import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { findSupplierAccess, type SupplierAccess } from '../../access/supplier-secrets.ts';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { recordSupplierEvents, type Receipt } from '../../ledger/record-supplier-events.ts';
import { microsOf } from '../../domain/time.ts';
import { cloudEventSchema, cloudEventsBatchSchema } from '../../intake/cloud-event-schema.ts';
import { workflowIdOf } from '../../intake/event-id.ts';
import { explainConflicts } from '../../intake/explain-conflict.ts';
import { DELIVERY_TYPES, deliveryType, type DeliveryType } from '../../intake/media-types.ts';
import { createRateLimits } from '../../intake/rate-limits.ts';
import { boundNames } from '../../intake/ignored-fields.ts';
import { readDelivery } from '../../intake/read-delivery.ts';
import { warnOfSameMoment } from '../../intake/same-moment.ts';
import { supplierEventsSchema } from '../../intake/supplier-event-schema.ts';
import { judgeSender, verifySupplier } from '../../intake/verify-supplier.ts';
import { DEFAULT_LIMITS } from '../limits/limits.ts';
import { refuseTooLarge } from '../limits/read-body.ts';
import type { SignatureFault } from '../../standard-webhooks/verify-message.ts';
import { readJson } from '../body-parsing.ts';
import { deliveryProblemResponses } from '../delivery-problems.ts';
import type { ServerDependencies } from '../dependencies.ts';
import { noteRefusals } from '../note-refusals.ts';
import { problemResponse } from '../openapi.ts';
import { problemErrors, ProblemError } from '../problems.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Of the supplier that a delivery names; null on other routes. */
    supplierAccess: SupplierAccess | null;
  }
}

const schema = {
  summary: 'Events of a supplier',
  description:
    'Signed with Standard Webhooks headers over the bytes of the body. One event, an array of 1 to 500, or ' +
    'CloudEvents 1.0 of type inventory.updated, in binary mode too. All or nothing in its shape check. An event is ' +
    'named by what is signed: its own id; else source and id of a CloudEvent in JSON; else, for a single event, ' +
    'webhook-id, in binary mode too, because ce-* headers are not signed. Fields that are not read are ignored, and ' +
    'named in the answer.',
  params: z.object({ tenant: z.string(), supplier: z.string() }),
  headers: z.object({
    'webhook-id': z.string(),
    'webhook-timestamp': z.string(),
    'webhook-signature': z.string(),
  }),
  body: {
    content: {
      'application/json': { schema: supplierEventsSchema },
      'application/cloudevents+json': { schema: cloudEventSchema },
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
      .meta({ id: 'Receipts', description: 'In the order of the events.' }),
    ...deliveryProblemResponses(),
    ...problemResponse,
  },
};

/** Takes a supplier's events into the ledger; needs PostgreSQL only. */
export function registerReceiveEvents(app: FastifyInstance, dependencies: ServerDependencies): void {
  const { databases, secretsKeys, metrics, now = () => microsOf(new Date()) } = dependencies;
  const { intake: database } = databases;
  const findAccess = findSupplierAccess(database, secretsKeys);
  const rateLimits = createRateLimits();
  const usualRate =
    dependencies.limits?.supplierRequestsPerMinute ?? DEFAULT_LIMITS.supplierRequestsPerMinute;

  app.register(async (route) => {
    route.decorateRequest('supplierAccess', null);
    noteRefusals(route, database);
    // The signature is over the bytes, so they come unparsed; the schemas above are held against them afterwards.
    route.removeAllContentTypeParsers();
    route.addContentTypeParser([...DELIVERY_TYPES], (request: FastifyRequest, payload: Readable) =>
      app.readBody(request, payload),
    );
    route.setValidatorCompiler(() => () => true);

    route.withTypeProvider<ZodTypeProvider>().post(
      '/v1/tenants/:tenant/suppliers/:supplier/events',
      {
        config: { public: true, deliveries: true },
        schema,
        // All that can be judged without the body is, so that nobody's bytes are kept for nothing.
        onRequest: async (request) => {
          typeOf(request);
          refuseTooLarge(request, app.initialConfig.bodyLimit ?? 0);
          const sender = await judgeSender(findAccess, {
            ...request.params,
            headers: request.headers,
            now: now(),
          });
          if (!sender.ok) throw notSigned(sender.reason);
          request.supplierAccess = sender.access;
        },
      },
      async (request, reply) => {
        const { tenant, supplier } = request.params;
        const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const at = now();

        const { headers } = request;
        const access = request.supplierAccess;
        const verified = verifySupplier(access, { headers, body: bytes, now: at });
        if (!verified.ok) throw notSigned(verified.reason);
        request.isSigned = true;
        const perMinute = access?.rateLimitPerMinute ?? usualRate;
        const retryAfter = rateLimits.take(`${tenant}/${supplier}`, perMinute, at);
        if (retryAfter > 0) throw new ProblemError('rate_limited', { retryAfter });

        const delivery = readDelivery({
          type: typeOf(request),
          headers,
          rawHeaders: request.raw.rawHeaders,
          body: readJson(bytes),
        });
        if (!delivery.ok) throw new ProblemError('invalid_shape', { errors: delivery.errors });

        const events = delivery.events.map(({ pointer: _pointer, ...event }) => ({
          ...event,
          workflowId: workflowIdOf({ tenant, supplier, eventId: event.eventId }),
        }));
        const results = await recordSupplierEvents(database, { tenant, supplier, events });
        for (const [status, count] of countByStatus(results)) {
          metrics?.eventsReceived({ tenant, supplier, status, count });
        }

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

function notSigned(reason: SignatureFault): ProblemError {
  return new ProblemError('not_signed', { detail: `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.` });
}
