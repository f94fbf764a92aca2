import type { Events } from '../api/types.ts';
import { OutcomeBadge } from '../parts/badge.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { Link, OutsideLink } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';

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
      rows={events}
      keyOf={(event) => `${event.supplier} ${event.eventId}`}
      cells={(event) => [
        <Time at={event.receivedAt} />,
        <Link href={paths.event(tenant, event.supplier, event.eventId)}>
          <Foreign text={event.eventId} />
        </Link>,
        event.supplier,
        <Foreign text={event.sku} />,
        event.quantity.toLocaleString(),
        <OutcomeBadge outcome={event.outcome} />,
        ...(details
          ? [
              event.failureDetail === null ? '' : <Foreign text={event.failureDetail} />,
              <OutsideLink href={event.workflowUrl}>Temporal</OutsideLink>,
            ]
          : []),
      ]}
    />
  );
}
