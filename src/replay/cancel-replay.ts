import type { Database } from '../database/client.ts';
import { endReplay } from './replay-rows.ts';
import { writeAudit } from '../database/audit.ts';
import type { Origin } from '../domain/origin.ts';

/**
 * Ends a replay at once, also while Temporal is away: nothing more of it is started. What was started goes on to its
 * end.
 *
 * @returns false when it had ended before; undefined when there is none
 */
export async function cancelReplay(
  database: Database,
  replayId: string,
  actor: string,
  reason?: string,
  origin?: Origin,
): Promise<boolean | undefined> {
  return database.$transaction(
    async (transaction) => {
      const replay = await transaction.replay.findUnique({ where: { id: replayId } });
      if (!replay) return undefined;
      const ended = await endReplay(transaction, replayId, 'cancelled');
      if (ended) {
        await writeAudit(transaction, {
          tenant: replay.tenantId,
          actor,
          reason,
          origin,
          action: 'replay.cancel',
          subject: `replay/${replayId}`,
        });
      }
      return ended;
    },
    { timeout: 20_000 },
  );
}
