import type { FailureMode } from '../domain/failure-modes.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { unreached } from './publishing-fails.ts';

/** What the event of the row `e` is now: the same words as in a trace. */
export const EVENT_OUTCOME = Prisma.sql`
  CASE WHEN e.decision = 'rejected' THEN 'rejected'
       WHEN e.decision = 'applied' THEN 'applied'
       WHEN e.voided_by_seq IS NOT NULL THEN 'voided'
       WHEN e.decision IS NOT NULL AND true_winner(e.item_id) = e.seq THEN 'won'
       WHEN e.decision IS NOT NULL THEN 'superseded'
       WHEN e.held_at_us IS NOT NULL THEN 'held'
       WHEN e.start_due_us IS NULL THEN 'failed'
       ELSE 'pending' END`;

/** After so long an event has to have its complete trace, in µs. */
const TRACEABLE_AFTER = 90_000_000n;

/**
 * Whether the event of the row `e`, of a tenant, went wrong in a way, or goes wrong now. Some ways are no property of
 * the event's own row.
 */
export function wentWrongBy(mode: FailureMode, tenant: string): Prisma.Sql {
  switch (mode) {
    case 'duplicate_event':
      return Prisma.sql`EXISTS (SELECT 1 FROM duplicate_delivery d WHERE d.seq = e.seq AND NOT d.conflict)`;
    case 'conflicting_event':
      return Prisma.sql`EXISTS (SELECT 1 FROM duplicate_delivery d WHERE d.seq = e.seq AND d.conflict)`;
    case 'storefront_unreachable':
      // An array is read once, before the events.
      return Prisma.sql`
        (e.failure_mode = ${mode}
         OR e.seq = ANY (ARRAY(SELECT u.seq FROM (${unreached(tenant)}) u)))`;
    case 'old_quantity_shown':
      return Prisma.sql`EXISTS (SELECT 1 FROM storefront_probe p WHERE p.item_id = e.item_id AND p.failure_mode = ${mode})`;
    case 'untraceable_event':
      return Prisma.sql`
        e.received_at_us < now_us() - ${TRACEABLE_AFTER}::bigint
        AND ((e.decision IS NULL AND e.held_at_us IS NULL AND e.failure_mode IS NULL)
             OR e.digest <> event_digest(e.sku, e.quantity, e.updated_at_us))`;
    default:
      return Prisma.sql`e.failure_mode = ${mode}`;
  }
}
