import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { knownSupplier } from '../../database/known-tenant.ts';
import { fateInWords } from '../../domain/fate.ts';
import { isStorable } from '../../domain/safe-text.ts';
import { formatTime } from '../../domain/time.ts';
import { findOwnEvent, listOwnEvents, ownFigures, type OwnEvent } from '../../ledger/own-events.ts';
import { linkNextPage } from '../next-page.ts';
import { problemResponse } from '../openapi.ts';
import { eventPlace } from '../page-schema.ts';
import { ProblemError } from '../problems.ts';
import { ownEventSchema, ownEventsSchema, type OwnEvents } from './own-events-schema.ts';

const query = z.object({
  sku: z.string().max(1024).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  before: eventPlace,
});

/** In a path, browsers read `.` and `..` as steps, even percent-encoded; suppliers may use them as ids. */
const named = z.object({ event: z.string().max(1024) });

/** What became of a supplier's own events, for itself: nothing here tells of another supplier. */
export function registerOwnEvents(app: FastifyInstance): void {
  const routes = app.withTypeProvider<ZodTypeProvider>();

  routes.get(
    '/v1/tenants/:tenant/suppliers/:supplier/events',
    {
      config: { role: 'supplier' },
      schema: {
        summary: "A supplier's own events, the newest first, and what became of each",
        description: 'For a token of the role supplier too. Nothing of it depends on other suppliers.',
        params: z.object({ tenant: z.string(), supplier: z.string() }),
        querystring: query,
        response: {
          200: ownEventsSchema.describe('A Link header with rel="next" leads to older ones.'),
          ...problemResponse,
        },
      },
    },
    async (request, reply) => {
      const { database, params } = request;
      await knownSupplier(database, params.tenant, params.supplier);
      const { limit, before, sku } = request.query;
      if (sku !== undefined && !isStorable(sku)) return { events: [] };
      const events = await listOwnEvents(database, { ...params, sku }, { before, limit });
      const last = events.at(-1);
      if (events.length === limit && last) {
        linkNextPage(request, reply, { before: `${last.receivedAt}-${last.seq}` });
      }
      return { events: events.map(told) };
    },
  );

  routes.get(
    '/v1/tenants/:tenant/suppliers/:supplier/event',
    {
      config: { role: 'supplier' },
      schema: {
        summary: "What became of one of a supplier's own events",
        description: 'For a token of the role supplier too. Nothing of it depends on other suppliers.',
        params: z.object({ tenant: z.string(), supplier: z.string() }),
        querystring: named,
        response: { 200: ownEventSchema, ...problemResponse },
      },
    },
    async ({ database, params, query: { event: eventId } }) => {
      await knownSupplier(database, params.tenant, params.supplier);
      const event = isStorable(eventId) ? await findOwnEvent(database, params, eventId) : undefined;
      if (!event) throw new ProblemError('not_found');
      const figures = await ownFigures(database, params, event.seq);
      return {
        event: told(event),
        figures: figures.map((one) => ({ ...one, updatedAt: formatTime(one.updatedAt) })),
      };
    },
  );
}

function told(event: OwnEvent): OwnEvents['events'][number] {
  const { seq: _seq, failureDetail, ...shown } = event;
  return {
    ...shown,
    updatedAt: formatTime(event.updatedAt),
    receivedAt: formatTime(event.receivedAt),
    words: fateInWords(event.fate, { ...event, detail: failureDetail }),
  };
}
