import { api, queryOf } from '../api/request.ts';
import type { OwnEvents } from '../api/types.ts';
import { FateBadge } from '../parts/badge.tsx';
import { EventId } from '../parts/event-id.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Empty, Show } from '../parts/loading.tsx';
import { Quantity } from '../parts/quantity.tsx';
import { Sentence } from '../parts/sentence.tsx';
import { Pager, Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { usePages } from '../state/use-pages.ts';
import { timesAgain } from '../events/times-again.ts';

const EVERY_MS = 5_000;

type Own = OwnEvents['events'][number];

/** A supplier's events with what became of each, as the supplier itself may know it. */
export function OwnEventList({ tenant, supplier, sku }: { tenant: string; supplier: string; sku: string }) {
  const path = api`/v1/tenants/${tenant}/suppliers/${supplier}/events`;
  const events = usePages<OwnEvents>(`${path}${queryOf({ sku, limit: 50 })}`, () => EVERY_MS);
  return (
    <section aria-labelledby="own-events">
      <div class="section-head">
        <h2 id="own-events">Events</h2>
        <Pager pages={events} label="events" />
      </div>
      <Show loaded={events} what="The list of events">
        {({ events: rows }) =>
          rows.length === 0 ? (
            <Empty title={sku === '' ? 'No event yet.' : 'No event of this SKU.'} />
          ) : (
            <Table
              caption="Events, newest first"
              columns={['Received', 'Event', 'SKU', 'Quantity #', 'Figure of', 'What became of it']}
              rows={rows}
              keyOf={(event) => event.eventId}
              cells={(event) => [
                <Time at={event.receivedAt} />,
                <EventId text={event.eventId} />,
                <>
                  <Foreign text={event.sku} />
                  {event.location !== null && (
                    <div class="soft">
                      <Foreign text={event.location} />
                    </div>
                  )}
                </>,
                <Quantity of={event.quantity} />,
                <Time at={event.updatedAt} />,
                <FateOf event={event} />,
              ]}
            />
          )
        }
      </Show>
    </section>
  );
}

function FateOf({ event: { fate, words, duplicates, conflicts } }: { event: Own }) {
  return (
    <>
      <FateBadge fate={fate} /> <Sentence text={words} />
      {duplicates + conflicts > 0 && <div class="soft">{timesAgain(duplicates, conflicts)}</div>}
    </>
  );
}
