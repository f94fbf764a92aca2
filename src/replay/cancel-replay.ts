import type { Database } from '../database/client.ts';
import { endReplay } from './replay-rows.ts';
import { writeAudit } from '../database/audit.ts';
import { ReplayRefused } from './replay-refused.ts';
import type { Origin } from '../domain/origin.ts';

/**
 * Ends a replay at once, also while Temporal is away: nothing more of it is started. What was started goes on to its
 * end.
 *
 * @returns false when it had ended before; undefined when there is none
 * @throws ReplayRefused for one that carries out a change of the stock rule: items would be left behind
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
      if (replay.stockRuleId !== null && replay.state === 'running') {
        throw new ReplayRefused(
          `Replay ${replayId} carries out a change of the stock rule and cannot be cancelled. To undo the change, change\n` +
            `the rule back: catalog-sync tenant set ${replay.tenantId} --stock-rule RULE.`,
        );
      }
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
