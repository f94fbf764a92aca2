import { useEffect, useRef } from 'preact/hooks';
import type { TraceAnswer } from '../api/types.ts';
import { OutcomeBadge } from '../parts/badge.tsx';
import { EventId } from '../parts/event-id.tsx';
import { WithTimes } from '../parts/time.tsx';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';
import type { Fix } from './fix-dialog.tsx';
import { idsOf } from './ids-of.ts';

/** What became of the fix that somebody has just made here, as the story goes on. */
export function FixOutcome({
  tenant,
  fix: { kind, made },
  trace,
}: {
  tenant: string;
  fix: Fix;
  trace: TraceAnswer;
}) {
  const notice = useRef<HTMLDivElement>(null);
  useEffect(() => notice.current?.focus(), [made.eventId]);
  const event = trace.events.find(
    ({ supplier, eventId }) => supplier === made.supplier && eventId === made.eventId,
  );
  const stands = event?.outcome === 'won' || event?.outcome === 'applied';
  return (
    <div ref={notice} class={stands ? 'notice good' : 'notice'} role="status" tabIndex={-1}>
      <p class="notice-title">
        {kind === 'correction' ? `Corrected to ${made.quantity.toLocaleString()}` : 'Voided'}: event{' '}
        <Link href={paths.event(tenant, made.supplier, made.eventId)}>
          <EventId text={made.eventId} />
        </Link>{' '}
        {event && <OutcomeBadge outcome={event.outcome} />}
      </p>
      <p>
        {event?.rule ? (
          <WithTimes text={event.rule} day={event.updatedAt.slice(0, 10)} precise ids={idsOf(trace)} />
        ) : (
          inWords({ kind, made } as Fix)
        )}
      </p>
    </div>
  );
}

/** Before it is decided. */
function inWords({ kind, made }: Fix): string {
  if (kind === 'void') return 'It took its event out of the contest.';
  if (made.held) return 'It is held: the tenant is closed. It goes on when that opens.';
  const { losesTo } = made;
  return losesTo === null
    ? 'It is in the ledger, and about to be decided.'
    : `It will lose to event ${losesTo.eventId} of ${losesTo.supplier}. Void that one, if it is wrong.`;
}
