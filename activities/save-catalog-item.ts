import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { saveCatalogItem as saveInDatabase } from '../src/ledger/save-catalog-item.ts';
import type { Saved, SyncInput } from '../src/domain/sync-event.ts';
import type { AttemptStart } from '../src/ledger/publish-attempt.ts';
import { mustParseTime } from '../src/domain/time.ts';
import { provenDatabaseFailure } from './database-failure.ts';
import { unsealed } from './check-seal.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { itemOf } from './normalize-supplier-event.ts';
import type { BegunAttempts } from './begun-attempts.ts';
import type { FirstAttempts } from './first-attempts.ts';

/**
 * Decides the event's contest for its item and writes item, version and decision, in one transaction.
 * Run twice, it changes nothing and answers the same.
 *
 * Its first attempt begins the publish, too, in the same transaction: a round trip and a commit less. publishCatalogItem makes
 * the call, and owns all retries.
 */
export function saveCatalogItemActivity(
  dependencies: ActivityDependencies,
  { firstAttempts, begunAttempts }: { firstAttempts: FirstAttempts; begunAttempts: BegunAttempts },
) {
  const { database, metrics, seal } = dependencies;
  return async function saveCatalogItem(input: SyncInput): Promise<Saved> {
    const { isLocal: isFirst, workflowExecution } = Context.current().info;
    if (isFirst && !firstAttempts.allowed('database')) {
      throw ApplicationFailure.retryable(
        'save catalog item: the database failed several times in a row',
        'database_rests',
      );
    }
    const item = itemOf(seal, input);
    if (input.replayId !== undefined) throw unsealed();
    const { tenant, seq } = input;
    const publish = isFirst ? begunAttempts.prepare({ tenant, seq, itemId: item.itemId }) : undefined;
    let handed: { version: number; start: AttemptStart } | undefined;
    try {
      const { saved, fresh, decidedAt, begun } = await saveInDatabase(
        database,
        { ...input, ...item },
        publish && { workflowId: workflowExecution?.workflowId ?? '', failed: publish.failed },
      );
      if (begun && 'version' in saved) handed = { version: saved.version, start: begun };
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
      throw provenDatabaseFailure(seal, seq, 'save catalog item', error);
    } finally {
      publish?.hand(handed?.version, handed?.start);
    }
  };
}
