import type { Transaction } from '../database/client.ts';
import { formatTime } from '../domain/time.ts';
import { findPruned } from '../retention/pruned-windows.ts';
import { ReplayRefused } from './replay-refused.ts';
import type { ReplayWindow } from './replay-window.ts';

/**
 * A window that lacks what was pruned would be replayed by half.
 *
 * @throws ReplayRefused
 */
export async function refusePruned(
  database: Pick<Transaction, '$queryRaw'>,
  window: Pick<ReplayWindow, 'tenant' | 'by' | 'since' | 'until'>,
): Promise<void> {
  const pruned = await findPruned(database, window);
  if (!pruned) return;
  const { pruneId, at, archive, from, to } = pruned;
  const verb = window.by === 'received_at' ? 'received' : 'updated';
  const where = archive === null ? 'kept in no archive' : `archived in ${archive}`;
  throw new ReplayRefused(
    `The window reaches into what was pruned: events ${verb} from ${formatTime(from)} to ${formatTime(to)}\n` +
      `have left the ledger (prune ${pruneId} on ${formatTime(at).slice(0, 10)}; ${where}). ` +
      `Let it begin after ${formatTime(to)}.`,
  );
}
