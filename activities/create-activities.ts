import { createAskedToWait } from './asked-to-wait.ts';
import { createBegunAttempts } from './begun-attempts.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { withoutQueryErrors } from './database-failure.ts';
import { feedActivities } from './carry-feed-run.ts';
import { createFirstAttempts } from './first-attempts.ts';
import { gateActivities } from './launch-gate.ts';
import { normalizeSupplierEventActivity } from './normalize-supplier-event.ts';
import { publishCatalogItemActivity } from './publish-catalog-item.ts';
import { notifyActivities } from './tell-people.ts';
import { pruneLedgerActivity } from './prune-ledger.ts';
import { recordEventFailureActivity } from './record-event-failure.ts';
import { replayActivities } from './replay-supplier-events.ts';
import { resyncCatalogItemActivity } from './resync-catalog-item.ts';
import { saveCatalogItemActivity } from './save-catalog-item.ts';
import { createStorefrontBreaker } from './storefront-breaker.ts';
import { closeUnsentAttempt } from '../src/ledger/publish-attempt.ts';
import { sweepActivities } from './sweep-storefront.ts';

/** The activities of an event's way, of a replay, of a sweep, of a feed's run and of the launch gate, given what they need of the process that runs them. */
export function createActivities(dependencies: ActivityDependencies) {
  const firstAttempts = createFirstAttempts();
  const breaker = createStorefrontBreaker();
  const asked = createAskedToWait();
  const begunAttempts = createBegunAttempts({
    ...{ breaker, asked, firstAttempts },
    drop: ({ attemptId }) => {
      void closeUnsentAttempt(dependencies.database, attemptId).catch((error: unknown) =>
        dependencies.log.warn({ error }, 'an attempt that was not made is closed later'),
      );
    },
  });
  return withoutQueryErrors({
    normalizeSupplierEvent: normalizeSupplierEventActivity(dependencies),
    saveCatalogItem: saveCatalogItemActivity(dependencies, { firstAttempts, begunAttempts }),
    resyncCatalogItem: resyncCatalogItemActivity(dependencies, firstAttempts),
    publishCatalogItem: publishCatalogItemActivity(dependencies, {
      firstAttempts,
      begunAttempts,
      breaker,
      asked,
    }),
    pruneLedger: pruneLedgerActivity(dependencies),
    recordEventFailure: recordEventFailureActivity(dependencies),
    ...replayActivities(dependencies),
    ...sweepActivities(dependencies),
    ...feedActivities(dependencies),
    ...gateActivities(dependencies),
    ...notifyActivities(dependencies),
  });
}

export type Activities = ReturnType<typeof createActivities>;
