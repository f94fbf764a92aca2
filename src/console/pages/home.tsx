import type { Tenant, Tenants } from '../api/types.ts';
import { secondsInWords } from '../../domain/span.ts';
import { shownRuleInWords } from '../../domain/stock-rule-words.ts';
import { StateBadge } from '../parts/badge.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Empty, Show } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';
import type { Loaded } from '../state/use-loaded.ts';
import { LatestEvents } from '../events/latest-events.tsx';
import { StorefrontsInShort } from '../storefronts/in-short.tsx';
import { SeenModes } from '../events/seen-modes.tsx';

/** Where looking up begins: how the tenant stands, and what came in last. */
export function Home({ tenant, tenants }: { tenant: string; tenants: Loaded<Tenants> }) {
  return (
    <Page title={`Look up in ${tenant}`}>
      <p class="lead">
        Type a SKU, an item id or an event id into the box above (key <kbd>/</kbd>). The answer says which
        event won, which lost, and by what rule.
      </p>
      <Show loaded={tenants} what="The tenant">
        {({ tenants: all }) => {
          const one = all.find((some) => some.tenant === tenant);
          return one ? <Figures one={one} /> : <Unknown tenant={tenant} />;
        }}
      </Show>
      <SeenModes tenant={tenant} />
      <LatestEvents tenant={tenant} />
    </Page>
  );
}

function Figures({ one }: { one: Tenant }) {
  return (
    <section class="card" aria-labelledby="stand">
      <h2 id="stand">
        How {one.tenant} stands <StateBadge state={one.state} />
      </h2>
      <dl class="figures">
        <div>
          <dt>Items</dt>
          <dd>{one.items.toLocaleString()}</dd>
        </div>
        <div>
          <dt>Events in the last 24 h</dt>
          <dd>{one.eventsLastDay.toLocaleString()}</dd>
        </div>
        <div>
          <dt>Under way</dt>
          <dd>{one.pendingEvents.toLocaleString()}</dd>
        </div>
        <div>
          <dt>Held</dt>
          <dd>{one.heldEvents.toLocaleString()}</dd>
        </div>
      </dl>
      <p>
        Stock rule: {shownRuleInWords(one.stockRule)}
        {one.stockRuleChange && (
          <>
            {' '}
            (<Link href={paths.replay(one.tenant, one.stockRuleChange.replayId)}>a replay</Link> carries it
            out)
          </>
        )}
      </p>
      <ul class="suppliers">
        {one.suppliers.map(({ supplier, state, figureExpiresSeconds, lastHeard, ignored }) => (
          <li key={supplier}>
            <Link href={paths.supplier(one.tenant, supplier)}>{supplier}</Link> <StateBadge state={state} />
            <span class="soft">
              {' '}
              {lastHeard === null ? (
                'never heard from'
              ) : (
                <>
                  last heard from <Time at={lastHeard.at} /> by {lastHeard.by}
                </>
              )}
            </span>
            {figureExpiresSeconds !== null && (
              <span class="soft">; figures expire after {secondsInWords(figureExpiresSeconds)}</span>
            )}
            {ignored.length > 0 && <NotRead fields={ignored} />}
          </li>
        ))}
      </ul>
      {one.suppliers.length === 0 && (
        <Empty title="No supplier yet.">
          <p>
            Add one: <code>npx catalog-sync supplier add acme --tenant {one.tenant}</code>
          </p>
        </Empty>
      )}
      <StorefrontsInShort tenant={one.tenant} />
      {one.state === 'closed' && (
        <p>
          Events are kept and held while the tenant is closed.{' '}
          <Link href={paths.gate(one.tenant)}>The gate</Link> says what is missing to open it.
        </p>
      )}
    </section>
  );
}

/** What a supplier sends in vain: a field that it means to be read may be among them. */
function NotRead({ fields }: { fields: Tenant['suppliers'][number]['ignored'] }) {
  return (
    <details class="soft">
      <summary>
        {fields.length === 1 ? '1 field is not read' : `${fields.length} fields are not read`}
      </summary>
      <ul>
        {fields.map(({ field, count, lastSeen }) => (
          <li key={field}>
            <Foreign text={field} />: {count === 1 ? '1 event' : `${count.toLocaleString()} events`}, last{' '}
            <Time at={lastSeen} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Unknown({ tenant }: { tenant: string }) {
  return (
    <Empty title={`There is no tenant ${tenant}, or you may not see it.`}>
      <p>
        Choose another above, or add it: <code>npx catalog-sync tenant add {tenant}</code>
      </p>
    </Empty>
  );
}
