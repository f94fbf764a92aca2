import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { resyncCatalogItem as resyncInDatabase } from '../src/replay/resync-catalog-item.ts';
import type { Resynced, SyncInput } from '../src/domain/sync-event.ts';
import { provenDatabaseFailure } from './database-failure.ts';
import { unsealed } from './check-seal.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { itemOf } from './normalize-supplier-event.ts';
import type { FirstAttempts } from './first-attempts.ts';

/**
 * An event's save in a replay. Its policy is that of saveCatalogItem. It counts in no metric of lag: how long ago
 * the event came says nothing of how the sync does now.
 */
export function resyncCatalogItemActivity(
  { database, seal }: ActivityDependencies,
  firstAttempts: FirstAttempts,
) {
  return async function resyncCatalogItem(input: SyncInput): Promise<Resynced> {
    if (Context.current().info.isLocal && !firstAttempts.allowed('database')) {
      throw ApplicationFailure.retryable(
        'resync catalog item: the database failed several times in a row',
        'database_rests',
      );
    }
    const item = itemOf(seal, input);
    const { replayId } = input;
    if (replayId === undefined) throw unsealed();
    try {
      const resynced = await resyncInDatabase(database, { ...input, ...item, replayId });
      firstAttempts.succeeded('database');
      return resynced;
    } catch (error) {
      firstAttempts.failed('database');
      throw provenDatabaseFailure(seal, input.seq, 'resync catalog item', error);
    }
  };
}
