import type { Events } from '../api/types.ts';
import { api } from '../api/request.ts';
import { Empty, Show } from '../parts/loading.tsx';
import { Pager } from '../parts/table.tsx';
import { usePages } from '../state/use-pages.ts';
import { EventTable } from './event-table.tsx';

const EVERY_MS = 5000;

/** What came in last. */
export function LatestEvents({ tenant }: { tenant: string }) {
  const pages = usePages<Events>(`${api`/v1/tenants/${tenant}/events`}?limit=20`, () => EVERY_MS);
  return (
    <section aria-labelledby="latest">
      <h2 id="latest">Latest events</h2>
      <Show loaded={pages} what="The list of events">
        {({ events }) =>
          events.length === 0 ? (
            <Empty title="No event has arrived yet.">
              <p>
                A supplier sends them by <code>POST /v1/tenants/{tenant}/suppliers/…/events</code>; a file
                goes in with <code>npx catalog-sync ingest FILE --tenant {tenant} --supplier …</code>
              </p>
            </Empty>
          ) : (
            <>
              <EventTable tenant={tenant} events={events} caption="Latest events" />
              <Pager pages={pages} label="events" />
            </>
          )
        }
      </Show>
    </section>
  );
}
