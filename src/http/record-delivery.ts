import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { workflowIdOf } from '../intake/event-id.ts';
import { explainConflicts } from '../intake/explain-conflict.ts';
import { boundNames } from '../intake/ignored-fields.ts';
import type { Delivery } from '../intake/read-delivery.ts';
import { warnOfSameMoment } from '../intake/same-moment.ts';
import { recordSupplierEvents, type Receipt } from '../ledger/record-supplier-events.ts';
import type { ServerDependencies } from './dependencies.ts';
import { problemErrors, ProblemError } from './problems.ts';
import { traceDelivery, type DeliverySpans } from './trace-delivery.ts';

export const receiptsSchema = z
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
  .meta({ id: 'Receipts', description: 'In the order of the events; none of an empty batch.' });

type Needed = Pick<ServerDependencies, 'databases' | 'metrics' | 'tracing'>;

/**
 * Puts what a supplier has sent into the ledger.
 *
 * @param reply to the request that brought it
 * @returns what is answered
 * @throws ProblemError
 */
export async function recordDelivery(
  delivery: Delivery,
  sender: { tenant: string; supplier: string },
  dependencies: Needed,
  reply: FastifyReply,
): Promise<z.input<typeof receiptsSchema>> {
  const { tracing } = dependencies;
  if (!tracing) return record(delivery, sender, dependencies);
  return traceDelivery(tracing, reply, sender, (beginEvents) =>
    record(delivery, sender, dependencies, beginEvents),
  );
}

async function record(
  delivery: Delivery,
  { tenant, supplier }: { tenant: string; supplier: string },
  { databases: { intake: database }, metrics }: Needed,
  beginEvents?: (eventIds: readonly string[]) => DeliverySpans,
): Promise<z.input<typeof receiptsSchema>> {
  if (!delivery.ok) throw new ProblemError('invalid_shape', { errors: delivery.errors });
  if (delivery.events.length === 0) return { results: [] };

  const spans = beginEvents?.(delivery.events.map(({ eventId }) => eventId));
  const events = delivery.events.map(({ pointer: _pointer, isHashedId: _isHashedId, ...event }, index) => ({
    ...event,
    workflowId: workflowIdOf({ tenant, supplier, eventId: event.eventId }),
    ...(spans && { traceparent: spans.traceparents[index] }),
  }));
  const receipts = await recordSupplierEvents(database, { tenant, supplier, events });
  spans?.received(receipts);
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
  if (conflicts.length === 0) return { results, ...notes };
  const errors = await explainConflicts(database, { tenant, supplier }, conflicts);
  if (delivery.single) {
    throw new ProblemError('event_id_reused', {
      detail: `The event id is ${conflicts[0]?.eventId}.`,
      errors: errors.flat(),
    });
  }
  return {
    results: results.map((result) =>
      result.status === 'conflict' ? { ...result, errors: errors.shift() ?? [] } : result,
    ),
    ...notes,
  };
}

function countByStatus(receipts: readonly Receipt[]): Map<Receipt['status'], number> {
  const counts = new Map<Receipt['status'], number>();
  for (const { status } of receipts) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
}
