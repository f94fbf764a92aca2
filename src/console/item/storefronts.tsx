import type { TraceAnswer } from '../api/types.ts';
import { StateBadge } from '../parts/badge.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { NoFigure } from './no-figure.tsx';

type Storefront = TraceAnswer['storefronts'][number];

/** Where a tenant has several: what each was told last, and what it shows now. The answer says it of a single one. */
export function Storefronts({ storefronts }: Pick<TraceAnswer, 'storefronts'>) {
  if (storefronts.length < 2) return null;
  return (
    <section aria-labelledby="storefronts">
      <h2 id="storefronts">Storefronts</h2>
      <Table
        caption="Storefronts of the tenant, in the order in which they are told"
        columns={['Storefront', 'Told last', 'Shows now']}
        rows={storefronts}
        keyOf={({ name }) => name}
        telling={['Storefront']}
        cells={(one) => [<Name storefront={one} />, <Told storefront={one} />, <ShowsNow storefront={one} />]}
      />
    </section>
  );
}

function Name({ storefront: { name, kind, state, place } }: { storefront: Storefront }) {
  return (
    <>
      <strong>{name}</strong> <StateBadge state={state} />
      <div class="soft">
        {kind}, place {place}
      </div>
    </>
  );
}

function Told({ storefront: { told, accepted, failedTries, waitsFor } }: { storefront: Storefront }) {
  return (
    <>
      {told === null ? (
        <span class="soft">nothing yet</span>
      ) : (
        <>
          {told.quantity.toLocaleString()}, version {told.version} <StateBadge state={told.status} />{' '}
          <Time at={told.at} />
          {told.reason !== null && (
            <div>
              <Foreign text={told.reason} />
            </div>
          )}
        </>
      )}
      {failedTries > 1 && <div class="soft">{failedTries} tries failed one after the other</div>}
      {accepted !== null && accepted.version !== told?.version && (
        <div class="soft">
          accepted version {accepted.version} at <Time at={accepted.at} />
        </div>
      )}
      {waitsFor.length > 0 && <div class="soft">waits for {waitsFor.join(', ')}</div>}
    </>
  );
}

function ShowsNow({ storefront: { state, shows } }: { storefront: Storefront }) {
  if (state === 'closed') return <span class="soft">not asked: it is closed</span>;
  if (shows === null) return <span class="soft">no address is known</span>;
  if ('error' in shows) return <NoFigure {...shows} />;
  return (
    <>
      <strong>{shows.quantity.toLocaleString()}</strong>, version {shows.version}{' '}
      {shows.wrong !== null && <span class="badge bad">{WRONG[shows.wrong]}</span>}
    </>
  );
}

const WRONG = {
  old_quantity_shown: 'older than it accepted',
  wrong_quantity_shown: 'another figure',
} as const;
