import type { SyncInput } from '../../domain/sync-event.ts';
import type { Facts } from '../../telemetry/tracing/tracing.ts';

/** What spans say of an event: who sent which. What it is about stands in the ledger, behind a token. */
export function factsOfEvent(event: Pick<SyncInput, 'tenant' | 'supplier' | 'eventId' | 'replayId'>): Facts {
  const { tenant, supplier, eventId, replayId } = event;
  return {
    ...{ 'catalog.tenant': tenant, 'catalog.supplier': supplier, 'catalog.event_id': eventId },
    'catalog.replay_id': replayId,
  };
}
