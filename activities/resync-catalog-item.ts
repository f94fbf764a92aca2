import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { resyncCatalogItem as resyncInDatabase } from '../src/replay/resync-catalog-item.ts';
import type { Resynced, SaveRequest } from '../src/domain/sync-event.ts';
import { databaseFailure } from './database-failure.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { FirstAttempts } from './first-attempts.ts';

/**
 * An event's save in a replay. Its policy is that of saveCatalogItem. It counts in no metric of lag: how long ago
 * the event came says nothing of how the sync does now.
 */
export function resyncCatalogItemActivity({ database }: ActivityDependencies, firstAttempts: FirstAttempts) {
  return async function resyncCatalogItem(request: SaveRequest & { replayId: string }): Promise<Resynced> {
    if (Context.current().info.isLocal && !firstAttempts.allowed('database')) {
      throw ApplicationFailure.retryable(
        'resync catalog item: the database failed several times in a row',
        'database_rests',
      );
    }
    try {
      const resynced = await resyncInDatabase(database, request);
      firstAttempts.succeeded('database');
      return resynced;
    } catch (error) {
      firstAttempts.failed('database');
      throw databaseFailure('resync catalog item', error);
    }
  };
}
