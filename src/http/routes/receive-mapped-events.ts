import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { microsOf } from '../../domain/time.ts';
import { readMappedDelivery } from '../../feed/delivery/read-mapped-delivery.ts';
import { feedOfDelivery } from '../../feed/delivery/feed-of-delivery.ts';
import { firstReceived } from '../../feed/delivery/first-received.ts';
import { findAddressedFeed, type AddressedFeed } from '../../feed/delivery/find-addressed-feed.ts';
import { deliveryProblemResponses } from '../delivery-problems.ts';
import type { ServerDependencies } from '../dependencies.ts';
import { orFeedProblem } from '../feed-problem.ts';
import { noteRefusals } from '../note-refusals.ts';
import { problemResponse } from '../openapi.ts';
import { receiptsSchema, recordDelivery } from '../record-delivery.ts';
import type { SupplierDoor } from '../signed-delivery.ts';
import { feedSender } from '../feed-sender.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The feed that a mapped delivery names, as its proof was judged by; undefined: there is none. */
    addressedFeed: AddressedFeed | undefined;
  }
}

/** Takes a body of any shape into the ledger, as a feed's definition reads it; needs PostgreSQL only. */
export function registerReceiveMappedEvents(
  app: FastifyInstance,
  dependencies: ServerDependencies,
  door: SupplierDoor,
): void {
  const { databases, now = () => microsOf(new Date()) } = dependencies;
  const { intake: database } = databases;

  app.register(async (route) => {
    noteRefusals(route, database);
    route.decorateRequest('addressedFeed');
    route.removeAllContentTypeParsers();
    route.addContentTypeParser('*', (request: FastifyRequest, payload: Readable) =>
      app.readBody(request, payload),
    );
    route.setValidatorCompiler(() => () => true);

    route.withTypeProvider<ZodTypeProvider>().post(
      '/v1/tenants/:tenant/feeds/:feed/events',
      {
        config: { public: true, deliveries: true },
        schema: {
          summary: 'Events of a supplier, in a shape of its own',
          description:
            "Signed by the scheme of the feed's supplier. A body of any shape and media type, as the feed's definition reads " +
            'it: 1 to 500 events, all of them or none. What columns.id says names an event, else its content; of the moment ' +
            'of its receipt, with what is signed of its sending.',
          params: z.object({ tenant: z.string(), feed: z.string() }),
          response: { 202: receiptsSchema, ...deliveryProblemResponses(), ...problemResponse },
        },
        onRequest: async (request) => {
          const feed = await findAddressedFeed(database, request.params);
          request.addressedFeed = feed;
          await door.judge(request, feedSender(request.params.tenant, feed));
        },
      },
      async (request, reply) => {
        const { tenant, feed } = request.params;
        const { sender, addressedFeed } = request;
        if (!sender) throw new Error(`nobody was judged for ${request.url}`);
        const { bytes, sending } = door.open(request, sender);
        const definition = await orFeedProblem(() =>
          feedOfDelivery(database, { tenant, feed }, addressedFeed),
        );
        const version = addressedFeed?.version ?? 0;
        const receivedAt =
          definition.times.of === 'received' && sending === undefined
            ? await firstReceived(database, { tenant, feed, version }, bytes, now())
            : now();
        const delivery = await readMappedDelivery(bytes, definition, { receivedAt, sending });
        return reply.code(202).send(await recordDelivery(delivery, sender, dependencies, reply));
      },
    );
  });
}
