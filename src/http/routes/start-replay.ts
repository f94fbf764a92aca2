import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { auditedBy } from '../audited-by.ts';
import type { Database } from '../../database/client.ts';
import { isStatementTimeout } from '../../database/database-unavailable.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import { isStorable } from '../../domain/safe-text.ts';
import { checkReplay } from '../../replay/check-replay.ts';
import { ReplayRefused } from '../../replay/replay-refused.ts';
import { freezeWindow, type AskedWindow } from '../../replay/freeze-window.ts';
import { readReplayStatus, type ReplayStatus } from '../../replay/replay-status.ts';
import type { ReplayWindow } from '../../replay/replay-window.ts';
import { findRepeated, IdempotencyKeyReused, requestReplay } from '../../replay/request-replay.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import { replayRequestSchema, replayStatusSchema } from './replay-schema.ts';

const headers = z.object({
  'idempotency-key': z
    .string()
    .min(1, 'must have 1 to 200 characters')
    .max(200, 'must have 1 to 200 characters')
    .refine(isStorable, 'must not hold control characters')
    .optional()
    .meta({ description: 'Makes the request safe to repeat.' }),
});

/** Writes a replay down, which the workers then start: it needs no Temporal. */
export function registerStartReplay(app: FastifyInstance): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    '/v1/tenants/:tenant/replays',
    {
      config: { role: 'operator', looksFirst: 'long' },
      schema: {
        summary: 'Send the events of a time window through the sync again',
        params: z.object({ tenant: z.string() }),
        headers,
        body: replayRequestSchema,
        response: {
          202: replayStatusSchema.describe('It is going to run; Location says where to look.'),
          ...problemResponse,
        },
      },
    },
    async (request, reply) => {
      const { database, reads } = request;
      const { tenant } = request.params;
      const { rate, ...asked } = request.body;
      const key = request.headers['idempotency-key'];
      const content = JSON.stringify({ ...request.body }, (_, value: unknown) =>
        typeof value === 'bigint' ? value.toString() : value,
      );
      const idempotency = key === undefined ? undefined : { key, content };
      try {
        let id = idempotency && (await findRepeated(database, tenant, idempotency));
        if (id === undefined) {
          const { window, eventsTotal } = await lookAt(reads, { tenant, ...asked });
          const { actor: requestedBy, origin } = auditedBy(request);
          id = await requestReplay(database, {
            ...window,
            rate,
            eventsTotal,
            requestedBy,
            origin,
            idempotency,
          });
        }
        const status = (await readReplayStatus(database, id)) as ReplayStatus;
        return await reply.code(202).header('location', `/v1/tenants/${tenant}/replays/${id}`).send(status);
      } catch (error) {
        if (error instanceof ReplayRefused)
          throw new ProblemError('replay_refused', { detail: error.message });
        if (error instanceof IdempotencyKeyReused) {
          throw new ProblemError('idempotency_key_reused', { detail: error.message });
        }
        throw error;
      }
    },
  );
}

/** Counting may take seconds: not on the connections that everybody needs to be known by. */
async function lookAt(
  reads: Database,
  asked: AskedWindow,
): Promise<{ window: ReplayWindow; eventsTotal: number }> {
  try {
    await knownTenant(reads, asked.tenant);
    const window = await freezeWindow(reads, asked);
    return { window, eventsTotal: await checkReplay(reads, window) };
  } catch (error) {
    // Nothing was changed yet.
    throw isStatementTimeout(error) ? new ProblemError('too_slow') : error;
  }
}
