import type { ActivityDependencies } from './dependencies.ts';
import { createFirstAttempts } from './first-attempts.ts';
import { gateActivities } from './launch-gate.ts';
import { normalizeSupplierEventActivity } from './normalize-supplier-event.ts';
import { publishCatalogItemActivity } from './publish-catalog-item.ts';
import { recordEventFailureActivity } from './record-event-failure.ts';
import { replayActivities } from './replay-supplier-events.ts';
import { resyncCatalogItemActivity } from './resync-catalog-item.ts';
import { saveCatalogItemActivity } from './save-catalog-item.ts';

/** The activities of an event's way, of a replay and of the launch gate, given what they need of the process that runs them. */
export function createActivities(dependencies: ActivityDependencies) {
  const firstAttempts = createFirstAttempts();
  return {
    normalizeSupplierEvent: normalizeSupplierEventActivity(dependencies),
    saveCatalogItem: saveCatalogItemActivity(dependencies, firstAttempts),
    resyncCatalogItem: resyncCatalogItemActivity(dependencies, firstAttempts),
    publishCatalogItem: publishCatalogItemActivity(dependencies, firstAttempts),
    recordEventFailure: recordEventFailureActivity(dependencies),
    ...replayActivities(dependencies),
    ...gateActivities(dependencies),
  };
}

export type Activities = ReturnType<typeof createActivities>;
