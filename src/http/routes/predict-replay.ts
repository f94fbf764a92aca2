import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { formatTime } from '../../domain/time.ts';
import { changesItem, type ItemOutcome } from '../../domain/predict-item.ts';
import { checkReplay } from '../../replay/check-replay.ts';
import { ReplayRefused } from '../../replay/replay-refused.ts';
import { freezeWindow } from '../../replay/freeze-window.ts';
import { predictReplay } from '../../replay/predict-replay.ts';
import type { RejectedEvent } from '../../replay/replay-items.ts';
import { knownTenant } from '../../database/known-tenant.ts';
import { problemResponse } from '../openapi.ts';
import { ProblemError } from '../problems.ts';
import { predictionSchema, replayRequestSchema } from './replay-schema.ts';

/** A request has to end while somebody waits for it; the command line predicts windows of any size. */
const MOST_EVENTS = 100_000;

interface PredictedItem {
  itemId: string;
  outcome: ItemOutcome;
  changed: boolean;
}

/** Says what a replay would do, from one snapshot of the database, and changes nothing. */
export function registerPredictReplay(app: FastifyInstance): void {
  app.withTypeProvider<ZodTypeProvider>().post(
    '/v1/tenants/:tenant/replays/prediction',
    {
      config: { role: 'operator', reads: 'long' },
      schema: {
        summary: 'What a replay would do: a dry run',
        params: z.object({ tenant: z.string() }),
        querystring: z.object({
          limit: z.coerce
            .number()
            .int()
            .min(1)
            .max(1000)
            .default(100)
            .meta({ description: 'Most items, and most rejected events, that are named.' }),
        }),
        body: replayRequestSchema,
        response: { 200: predictionSchema, ...problemResponse },
      },
    },
    async ({ params: { tenant }, query: { limit }, body, database }) => {
      const { state } = await knownTenant(database, tenant);
      const { rate: _rate, ...asked } = body;
      const window = await freezeWindow(database, { tenant, ...asked });
      const total = await checkReplay(database, window, { dryRun: true }).catch((error: unknown) => {
        throw error instanceof ReplayRefused
          ? new ProblemError('replay_refused', { detail: error.message })
          : error;
      });
      if (total > MOST_EVENTS) {
        throw new ProblemError('replay_refused', {
          detail:
            `The window holds ${total} events, and no more than ${MOST_EVENTS} are predicted here; ` +
            '`catalog-sync replay --dry-run` predicts any number.',
        });
      }
      const named = firstOf(limit);
      const rejectedEvents: RejectedEvent[] = [];
      const prediction = await predictReplay(database, window, {
        item: named.add,
        rejected: (event) => {
          if (rejectedEvents.length < limit) rejectedEvents.push(event);
        },
      });
      return {
        since: formatTime(window.since),
        until: formatTime(window.until),
        ...prediction,
        touchedItems: named.items(),
        rejectedEvents,
        startable: state !== 'closed',
      };
    },
  );
}

/** Keeps the first items, those that would change before the others, and held ones last. */
function firstOf(limit: number) {
  const kept: PredictedItem[][] = [[], [], []];
  return {
    add: (itemId: string, outcome: ItemOutcome): void => {
      const changed = changesItem(outcome);
      const group = kept[changed ? 0 : outcome === 'held' ? 2 : 1];
      if (group && group.length < limit) group.push({ itemId, outcome, changed });
    },
    items: (): PredictedItem[] => kept.flat().slice(0, limit),
  };
}
