import type { Events } from '../api/types.ts';
import { OutcomeBadge } from '../parts/badge.tsx';
import { EventId } from '../parts/event-id.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Quantity } from '../parts/quantity.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { Link, OutsideLink } from '../routing/link.tsx';
import { pathOfItemId, paths } from '../routing/paths.ts';
import { Sender } from './sender.tsx';
import { timesAgain } from './times-again.ts';

type LedgerEvent = Events['events'][number];

/** Events of many items; each leads to its story. */
export function EventTable({
  tenant,
  events,
  caption,
  details = false,
}: {
  tenant: string;
  events: readonly LedgerEvent[];
  caption: string;
  /** With what went wrong. */
  details?: boolean;
}) {
  const columns = ['Received', 'Event', 'Supplier', 'SKU', 'Quantity #', 'Outcome'];
  return (
    <Table
      caption={caption}
      columns={details ? [...columns, 'What happened', 'Workflow'] : columns}
      telling={['Received', 'Event', 'Supplier', 'Outcome', 'What happened', 'Workflow']}
      rows={events}
      keyOf={(event) => `${event.supplier} ${event.eventId}`}
      cells={(event) => [
        <Time at={event.receivedAt} />,
        <>
          <Link href={paths.event(tenant, event.supplier, event.eventId)}>
            <EventId text={event.eventId} />
          </Link>
          {event.kind !== 'update' && <div class="soft">{event.kind}</div>}
        </>,
        <Sender event={event} />,
        <Sku event={event} />,
        event.kind === 'void' || event.kind === 'expiry' ? '' : <Quantity of={event.quantity} />,
        <OutcomeOf event={event} tenant={details ? undefined : tenant} />,
        ...(details
          ? [<WhatHappened event={event} />, <OutsideLink href={event.workflowUrl}>Temporal</OutsideLink>]
          : []),
      ]}
    />
  );
}

function WhatHappened({ event: { failureDetail, duplicates, conflicts } }: { event: LedgerEvent }) {
  return (
    <>
      {failureDetail !== null && <Foreign text={failureDetail} />}
      {duplicates + conflicts > 0 && <div class="soft">{timesAgain(duplicates, conflicts)}</div>}
    </>
  );
}

/** Leads to the item, where the SKU was good enough to have one. */
function Sku({ event: { sku, itemId } }: { event: LedgerEvent }) {
  if (itemId === null) return <Foreign text={sku} />;
  return (
    <Link href={pathOfItemId(itemId)}>
      <Foreign text={sku} />
    </Link>
  );
}

/** What became of an event, with the failure mode unless the whole list is of one. */
function OutcomeOf({ event, tenant }: { event: LedgerEvent; tenant: string | undefined }) {
  return (
    <>
      <OutcomeBadge outcome={event.outcome} />
      {tenant !== undefined && event.failureMode !== null && (
        <>
          {' '}
          <Link href={paths.failureMode(tenant, event.failureMode)}>{event.failureMode}</Link>
        </>
      )}
    </>
  );
}
