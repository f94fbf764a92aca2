import type { TraceAnswer, TraceEvent } from '../api/types.ts';
import { Sender } from '../events/sender.tsx';
import { timesAgain } from '../events/times-again.ts';
import { sentInWords } from '../../domain/time.ts';
import { OutcomeBadge, StateBadge } from '../parts/badge.tsx';
import { EventId } from '../parts/event-id.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Quantity } from '../parts/quantity.tsx';
import { Table } from '../parts/table.tsx';
import { Time, WithTimes } from '../parts/time.tsx';
import { Link, OutsideLink } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';
import { idsOf } from './ids-of.ts';

interface EventName {
  supplier: string;
  eventId: string;
}

/** Every event of an item with what became of it and why: each loser with the rule that beat it. */
export function EventList({
  tenant,
  trace,
  asked,
  onVoid,
}: {
  tenant: string;
  trace: TraceAnswer;
  asked: EventName | undefined;
  /** Undefined for whoever may not. */
  onVoid: ((event: TraceEvent) => void) | undefined;
}) {
  const ids = idsOf(trace);
  return (
    <Table
      caption="Events of the item, newest first"
      columns={[
        'Received',
        'updatedAt',
        'Event',
        'Supplier',
        'Quantity #',
        'Outcome',
        'Why',
        'Version',
        'Workflow',
      ]}
      rows={trace.events}
      keyOf={(event) => `${event.supplier} ${event.eventId}`}
      telling={['Event', 'Supplier', 'Outcome', 'Why', 'Workflow']}
      marked={(event) => event.eventId === asked?.eventId && event.supplier === asked.supplier}
      cells={(event) => [
        <Time at={event.receivedAt} />,
        <UpdatedAt event={event} />,
        <Name event={event} tenant={tenant} />,
        <Sender event={event} />,
        event.kind === 'void' || event.kind === 'expiry' ? '' : <Quantity of={event.quantity} />,
        <OutcomeOf event={event} onVoid={onVoid} />,
        <Why event={event} tenant={tenant} ids={ids} />,
        <Versions event={event} trace={trace} />,
        event.workflowHistory === 'none' ? <span class="soft">not started</span> : <Outside event={event} />,
      ]}
    />
  );
}

/** Where else its story is told. */
function Outside({ event: { workflowUrl, spansUrl } }: { event: TraceEvent }) {
  return (
    <>
      <OutsideLink href={workflowUrl}>Temporal</OutsideLink>
      {spansUrl !== null && (
        <div>
          <OutsideLink href={spansUrl}>Spans</OutsideLink>
        </div>
      )}
    </>
  );
}

/** Of what takes part in a contest, or is going to. */
export function canBeVoided({ kind, outcome }: TraceEvent): boolean {
  return (kind === 'update' || kind === 'correction') && outcome !== 'rejected' && outcome !== 'voided';
}

function OutcomeOf({
  event,
  onVoid,
}: {
  event: TraceEvent;
  onVoid: ((event: TraceEvent) => void) | undefined;
}) {
  return (
    <>
      <OutcomeBadge outcome={event.outcome} />
      {onVoid && canBeVoided(event) && (
        <div>
          <button type="button" class="small" onClick={() => onVoid(event)}>
            Void …
          </button>
        </div>
      )}
    </>
  );
}

/** It decides to the microsecond, whatever was sent. */
function UpdatedAt({ event: { updatedAt, updatedAtSent } }: { event: TraceEvent }) {
  return (
    <>
      <Time at={updatedAt} precise />
      {updatedAtSent !== null && <div class="soft">{sentInWords(updatedAtSent)}</div>}
    </>
  );
}

function Name({ event, tenant }: { event: TraceEvent; tenant: string }) {
  return (
    <>
      <Link href={paths.event(tenant, event.supplier, event.eventId)}>
        <EventId text={event.eventId} />
      </Link>
      <Kind event={event} />
      {event.cameBy !== null && (
        <div class="soft">
          <Foreign text={event.cameBy} />
        </div>
      )}
      {event.alias !== null && (
        <div class="soft">
          <Foreign text={event.alias} />
        </div>
      )}
      {event.duplicates + event.conflicts > 0 && <Deliveries event={event} />}
    </>
  );
}

function Kind({ event: { kind, actor, voids } }: { event: TraceEvent }) {
  if (kind === 'update') return null;
  const [of, who] = kind === 'expiry' ? ['of', voids?.eventId ?? 'a figure'] : ['by', actor ?? 'nobody'];
  return (
    <div class="soft">
      {kind} {of} <Foreign text={who} />
    </div>
  );
}

function Deliveries({ event: { duplicates, conflicts, deliveries } }: { event: TraceEvent }) {
  return (
    <details class="soft">
      <summary>{timesAgain(duplicates, conflicts)}</summary>
      <ul>
        {deliveries.map(({ receivedAt, conflict }) => (
          <li key={receivedAt}>
            <Time at={receivedAt} /> {conflict ? 'other content, refused' : 'the same'}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Why({ event, tenant, ids }: { event: TraceEvent; tenant: string; ids: readonly string[] }) {
  return (
    <div class="why">
      {event.rule === null ? (
        <span class="soft">{event.outcome === 'held' ? 'a flag is closed' : 'not decided yet'}</span>
      ) : (
        <WithTimes text={event.rule} day={event.updatedAt.slice(0, 10)} precise ids={ids} />
      )}
      {event.failureMode !== null && !event.rule?.startsWith(event.failureMode) && (
        <div>
          <Link href={paths.failureMode(tenant, event.failureMode)}>{event.failureMode}</Link>
        </div>
      )}
      {event.warning !== null && (
        <div>
          <span class="badge warn">warning</span> {event.warning}
        </div>
      )}
      {event.reason !== null && (
        <div class="soft">
          Reason: <Foreign text={event.reason} />
        </div>
      )}
    </div>
  );
}

function Versions({ event, trace }: { event: TraceEvent; trace: TraceAnswer }) {
  const made = trace.versions.filter(
    (version) => version.eventId === event.eventId && version.supplier === event.supplier,
  );
  return (
    <>
      {made.map(({ version, publication }) => (
        <div key={version}>
          {version} <StateBadge state={publication} />
        </div>
      ))}
    </>
  );
}
