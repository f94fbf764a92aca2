import { SAME_MOMENT } from '../domain/same-moment.ts';
import { formatTime } from '../domain/time.ts';
import type { Contender } from '../domain/winner.ts';
import type { ExplainedOutcome } from './explain-outcome.ts';
import type { LedgerEvent } from './ledger-event.ts';
import type { EventName, TraceEvent } from './trace.ts';
import { spansUrl } from './spans-url.ts';
import { workflowUrl, type WebUi } from '../temporal/workflow-url.ts';

/** An event of the ledger as a trace tells of it. */
export function describeEvent(
  event: LedgerEvent,
  { outcome, rule, lostTo }: ExplainedOutcome,
  webUi: WebUi,
): TraceEvent {
  const { voidedBy } = event;
  return {
    eventId: event.eventId,
    supplier: event.supplier,
    kind: event.kind,
    actor: event.actor,
    reason: event.reason,
    location: event.location === '' ? null : event.location,
    sku: event.sku,
    quantity: event.quantity,
    updatedAt: formatTime(event.updatedAt),
    updatedAtSent: event.updatedAtSent,
    cameBy: event.cameBy,
    alias: event.alias,
    receivedAt: formatTime(event.receivedAt),
    outcome,
    rule,
    lostTo: lostTo && nameOf(lostTo),
    voids: event.voids,
    voidedBy: voidedBy && { ...voidedBy, at: formatTime(voidedBy.at) },
    failureMode: event.failureMode,
    duplicates: event.duplicates,
    conflicts: event.conflicts,
    deliveries: event.deliveries.map(({ receivedAt, conflict }) => ({
      receivedAt: formatTime(receivedAt),
      conflict,
    })),
    warning: event.sameMoment ? SAME_MOMENT : null,
    workflowHistory: event.started ? 'unknown' : 'none',
    workflowId: event.workflowId,
    workflowUrl: workflowUrl(webUi, event.workflowId),
    spansUrl: spansUrl(webUi, event.traceparent),
  };
}

function nameOf({ supplier, eventId }: Contender): EventName {
  return { supplier, eventId };
}
