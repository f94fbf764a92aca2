import type { Database } from '../database/client.ts';
import { writeAudit } from '../database/audit.ts';
import type { Origin } from '../domain/origin.ts';
import { endSweep } from './sweep-rows.ts';

/**
 * Ends a sweep at once, also while Temporal is away: nothing more is asked for or repaired. What it has renewed is
 * published.
 *
 * @returns false when it had ended before; undefined when there is none
 */
export async function cancelSweep(
  database: Database,
  sweepId: string,
  actor: string,
  reason?: string,
  origin?: Origin,
): Promise<boolean | undefined> {
  return database.$transaction(async (transaction) => {
    const sweep = await transaction.sweep.findUnique({ where: { id: sweepId } });
    if (!sweep) return undefined;
    const ended = await endSweep(transaction, sweepId, 'cancelled');
    if (ended) {
      await writeAudit(transaction, {
        ...{ tenant: sweep.tenantId, actor, reason, origin },
        ...{ action: 'sweep.cancel', subject: `sweep/${sweepId}` },
      });
    }
    return ended;
  });
}
