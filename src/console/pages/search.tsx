import { useEffect } from 'preact/hooks';
import { api, get, queryOf } from '../api/request.ts';
import type { SearchHits } from '../api/types.ts';
import { EventId } from '../parts/event-id.tsx';
import { Foreign, seen } from '../parts/foreign-text.tsx';
import { Empty, Show } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { Link } from '../routing/link.tsx';
import { navigate } from '../routing/location.ts';
import { paths } from '../routing/paths.ts';
import { useLoaded } from '../state/use-loaded.ts';

export function Search({ tenant, text }: { tenant: string; text: string }) {
  if (text.trim() !== '') return <Meanings tenant={tenant} text={text} />;
  return (
    <Page title="Look up">
      <Empty title="There is nothing to look up.">
        <p>Type a SKU, an item id or an event id into the box above.</p>
      </Empty>
    </Page>
  );
}

/** What a text means. A single meaning opens at once. */
function Meanings({ tenant, text }: { tenant: string; text: string }) {
  const path = api`/v1/tenants/${tenant}/search` + queryOf({ q: text });
  const hits = useLoaded(path, (signal) => get<SearchHits>(path, signal));
  const only = hits.data && onlyMeaning(tenant, hits.data);
  useEffect(() => {
    if (only !== undefined) navigate(only, { replace: true });
  }, [only]);
  return (
    <Page
      title={`Look up ${seen(text)}`}
      heading={
        <>
          Look up <Foreign text={text} />
        </>
      }
    >
      <Show loaded={hits} what="The search">
        {(found) => (only === undefined ? <Hits tenant={tenant} found={found} /> : null)}
      </Show>
    </Page>
  );
}

function onlyMeaning(tenant: string, { items, archived }: SearchHits): string | undefined {
  const [item] = items;
  if (!item || archived.length > 0 || items.length > 1 || item.events.length > 1) return undefined;
  const [event] = item.events;
  return event ? paths.event(tenant, event.supplier, event.eventId) : paths.item(tenant, item.sku);
}

function Hits({ tenant, found }: { tenant: string; found: SearchHits }) {
  if (found.items.length === 0 && found.archived.length > 0) return <Archived found={found} />;
  if (found.items.length === 0) {
    return (
      <Empty title={`Nothing in ${tenant} has this SKU, item id or event id.`}>
        {found.near.length > 0 ? (
          <>
            <p>Is it one of these?</p>
            <ul>
              {found.near.map(({ itemId, sku }) => (
                <li key={itemId}>
                  <Link href={paths.item(tenant, sku)}>
                    <Foreign text={itemId} />
                  </Link>
                </li>
              ))}
            </ul>
          </>
        ) : (
          <p>
            Check the spelling, and the tenant above. An event that was refused at the door (HTTP 4xx) is not
            in the ledger: the supplier has that answer.
          </p>
        )}
      </Empty>
    );
  }
  return (
    <>
      <p>The text means more than one thing:</p>
      <ul class="choices">
        {found.items.flatMap(({ itemId, sku, events }) => [
          ...(events.length === 0
            ? [
                <li key={itemId}>
                  The item{' '}
                  <Link href={paths.item(tenant, sku)}>
                    <Foreign text={itemId} />
                  </Link>
                </li>,
              ]
            : []),
          ...events.map(({ supplier, eventId }) => (
            <li key={`${itemId} ${supplier}`}>
              The event{' '}
              <Link href={paths.event(tenant, supplier, eventId)}>
                <EventId text={eventId} /> of {supplier}
              </Link>
              , for the item <Foreign text={itemId} />
            </li>
          )),
        ])}
      </ul>
      {found.archived.length > 0 && <Archived found={found} />}
    </>
  );
}

function Archived({ found }: { found: SearchHits }) {
  return (
    <Empty title="An event of this id has left the ledger, by its age.">
      <ul>
        {found.archived.map(({ supplier, eventId, where }) => (
          <li key={supplier}>
            <EventId text={eventId} /> of {supplier}: {where}
          </li>
        ))}
      </ul>
    </Empty>
  );
}
