import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { saveCatalogItem as saveInDatabase } from '../src/ledger/save-catalog-item.ts';
import type { Saved, SyncInput } from '../src/domain/sync-event.ts';
import { mustParseTime } from '../src/domain/time.ts';
import { provenDatabaseFailure } from './database-failure.ts';
import { unsealed } from './check-seal.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { itemOf } from './normalize-supplier-event.ts';
import type { FirstAttempts } from './first-attempts.ts';

/**
 * Decides the event's contest for its item and writes item, version and decision, in one transaction.
 * Run twice, it changes nothing and answers the same.
 */
export function saveCatalogItemActivity(dependencies: ActivityDependencies, firstAttempts: FirstAttempts) {
  const { database, metrics, seal } = dependencies;
  return async function saveCatalogItem(input: SyncInput): Promise<Saved> {
    const isFirst = Context.current().info.isLocal;
    if (isFirst && !firstAttempts.allowed('database')) {
      throw ApplicationFailure.retryable(
        'save catalog item: the database failed several times in a row',
        'database_rests',
      );
    }
    const item = itemOf(seal, input);
    if (input.replayId !== undefined) throw unsealed();
    try {
      const { saved, fresh, decidedAt } = await saveInDatabase(database, { ...input, ...item });
      firstAttempts.succeeded('database');
      if (fresh && saved.outcome === 'applied') {
        metrics.eventDecided({ tenant: input.tenant, supplier: input.supplier, outcome: 'applied' });
      }
      if (fresh && (saved.outcome === 'won' || saved.outcome === 'superseded') && decidedAt !== undefined) {
        metrics.eventDecided({
          tenant: input.tenant,
          supplier: input.supplier,
          outcome: saved.outcome,
          ...(saved.outcome === 'superseded' && { failureMode: 'stale_catalog_version' as const }),
          decidedLagSeconds: Number(decidedAt - mustParseTime(input.receivedAt)) / 1e6,
        });
      }
      return saved;
    } catch (error) {
      firstAttempts.failed('database');
      throw provenDatabaseFailure(seal, input.seq, 'save catalog item', error);
    }
  };
}
