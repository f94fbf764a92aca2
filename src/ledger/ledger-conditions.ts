import type { EventOutcome } from '../domain/event-outcome.ts';
import type { FailureMode } from '../domain/failure-modes.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { publishingFails } from './publishing-fails.ts';
import { untraceableEvents } from './traced-events.ts';

/**
 * Whether the event of the row `e` is now what an outcome says. Each condition says again what an index knows, so that the few
 * of a kind need not be looked for among the many of another.
 */
export function isNow(outcome: EventOutcome, tenant: string): Prisma.Sql {
  switch (outcome) {
    case 'rejected':
    case 'applied':
      return Prisma.sql`e.decision = ${outcome}`;
    case 'voided':
      return Prisma.sql`e.voided_by_seq IS NOT NULL AND event_outcome(e) = ${outcome}`;
    case 'won':
    case 'superseded':
      return Prisma.sql`e.decision IN ('won', 'superseded') AND e.voided_by_seq IS NULL AND event_outcome(e) = ${outcome}`;
    case 'pending':
    case 'held':
    case 'failed':
      // Closed flags may hold a hundred thousand: their flags are looked at without a call for each.
      return Prisma.sql`e.decision IS NULL AND outcome_with_flags(e, (
        SELECT f.flows FROM supplier_flow(ARRAY[${tenant}]) f WHERE f.supplier_id = e.supplier_id)) = ${outcome}`;
  }
}

/**
 * Whether the event of the row `e` went wrong in a way, or goes wrong now. Some ways are no property of the event's own
 * row.
 *
 * @param among what is known of the events that are looked at: their tenant, and a condition on the ledger's row `x`
 */
export function wentWrongBy(mode: FailureMode, among: { tenant: string; narrowed?: Prisma.Sql }): Prisma.Sql {
  switch (mode) {
    case 'duplicate_event':
      return Prisma.sql`EXISTS (SELECT 1 FROM duplicate_count d WHERE d.seq = e.seq AND d.duplicates > 0)`;
    case 'conflicting_event':
      return Prisma.sql`EXISTS (SELECT 1 FROM duplicate_count d WHERE d.seq = e.seq AND d.conflicts > 0)`;
    case 'unknown_sku':
      return Prisma.sql`is_unknown(e)`;
    case 'publish_rejected':
    case 'storefront_unreachable':
      // An array is read once, before the events.
      return Prisma.sql`e.seq = ANY (ARRAY(SELECT f.seq FROM (${publishingFails(among.tenant)}) f WHERE f.mode = ${mode}))`;
    case 'old_quantity_shown':
    case 'wrong_quantity_shown':
      return Prisma.sql`EXISTS (SELECT 1 FROM storefront_probe p WHERE p.item_id = e.item_id AND p.failure_mode = ${mode})`;
    case 'untraceable_event':
      return Prisma.sql`e.seq IN (${untraceableEvents(among.tenant, among.narrowed)})`;
    default:
      return Prisma.sql`e.failure_mode = ${mode}`;
  }
}
