import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Database } from '../database/client.ts';
import { refusedDeliveries } from '../intake/refused-deliveries.ts';
import type { Problem } from './problems.ts';

const MOST_BYTES = 2_147_483_647;

/** Writes down what the routes of a scope refuse of suppliers: whatever is answered with 400 to 499. */
export function noteRefusals(scope: FastifyInstance, database: Database): void {
  const note = refusedDeliveries(database, (error) =>
    scope.log.warn({ error }, 'a refused delivery could not be written down'),
  );
  scope.addHook('onSend', async (request, reply, payload) => {
    if (reply.statusCode < 400 || reply.statusCode >= 500 || typeof payload !== 'string') return payload;
    const sender = request.sender ?? (request.params as { tenant?: string; supplier?: string });
    const { tenant, supplier } = sender;
    if (tenant === undefined || supplier === undefined) return payload;
    const { code, detail, errors = [] } = JSON.parse(payload) as Problem;
    note(
      {
        ...{ tenant, supplier, status: reply.statusCode, code, reason: detail, faults: errors },
        bytes: bytesOf(request),
        signed: request.isSigned,
      },
      BigInt(Math.floor(performance.now() * 1_000)),
    );
    return payload;
  });
}

function bytesOf({ body }: Pick<FastifyRequest, 'body'>): number | null {
  return Buffer.isBuffer(body) ? Math.min(body.length, MOST_BYTES) : null;
}
