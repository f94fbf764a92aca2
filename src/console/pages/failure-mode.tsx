import type { ComponentChildren } from 'preact';
import { isFeedFailure, type FailureMode } from '../../domain/failure-modes.ts';
import { api, get, queryOf } from '../api/request.ts';
import type { Events, FailureModes } from '../api/types.ts';
import { EventTable } from '../events/event-table.tsx';
import { UnknownCodes } from '../events/unknown-codes.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Empty, Show } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { Sentence } from '../parts/sentence.tsx';
import { Pager } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';
import { useMay } from '../state/session.ts';
import { useLoaded } from '../state/use-loaded.ts';
import { usePages } from '../state/use-pages.ts';

const EVERY_MS = 15_000;

type Mode = FailureModes['failureModes'][number];

/** A way in which events or files go wrong: what it means, what to do, what to write, and the events. */
export function FailureModePage({ tenant, mode }: { tenant: string; mode: FailureMode }) {
  if (mode === 'unknown_sku') {
    return (
      <ModePage tenant={tenant} mode={mode} oldest={undefined}>
        <UnknownCodes tenant={tenant} />
      </ModePage>
    );
  }
  return isFeedFailure(mode) ? (
    <ModePage tenant={tenant} mode={mode} oldest={undefined}>
      <Empty title="It is of files, so no event carries it.">
        <p>
          <Link href={paths.signals(tenant)}>Feed health</Link>, one of the signals, names the feed, its run
          and the reason.
        </p>
      </Empty>
    </ModePage>
  ) : (
    <WithEvents tenant={tenant} mode={mode} />
  );
}

function WithEvents({ tenant, mode }: { tenant: string; mode: FailureMode }) {
  const events = usePages<Events>(
    `${api`/v1/tenants/${tenant}/events`}${queryOf({ failureMode: mode, limit: 50 })}`,
    () => EVERY_MS,
  );
  return (
    <ModePage tenant={tenant} mode={mode} oldest={events.data?.events.at(-1)?.receivedAt}>
      <section aria-labelledby="events">
        <div class="section-head">
          <h2 id="events">Events</h2>
          <Pager pages={events} label="events" />
        </div>
        <Show loaded={events} what="The list of events">
          {(page) =>
            page.events.length === 0 ? (
              <Empty title="No event went wrong in this way.">
                <p>There is nothing to do.</p>
              </Empty>
            ) : (
              <EventTable
                tenant={tenant}
                events={page.events}
                caption={`Events with ${mode}, newest first`}
                details
              />
            )
          }
        </Show>
      </section>
    </ModePage>
  );
}

function ModePage({
  tenant,
  mode,
  oldest,
  children,
}: {
  tenant: string;
  mode: FailureMode;
  /** Of the events on the page. */
  oldest: string | undefined;
  children: ComponentChildren;
}) {
  const path = api`/v1/tenants/${tenant}/failure-modes`;
  const modes = useLoaded(
    path,
    (signal) => get<FailureModes>(path, signal),
    () => EVERY_MS,
  );
  return (
    <Page title={mode} aside={<Link href={paths.signals(tenant)}>All failure modes</Link>}>
      <Show loaded={modes} what="The failure mode">
        {({ failureModes, since }) => {
          const found = failureModes.find(({ failureMode }) => failureMode === mode);
          return found && <Macro tenant={tenant} mode={found} since={since} oldest={oldest} />;
        }}
      </Show>
      {children}
    </Page>
  );
}

function Macro({
  tenant,
  mode,
  since,
  oldest,
}: {
  tenant: string;
  mode: Mode;
  since: string;
  /** Of the events on the page. */
  oldest: string | undefined;
}) {
  const mayReplay = useMay('operator');
  const from = oldest !== undefined && oldest < since ? oldest : since;
  return (
    <section class="card" aria-labelledby="macro">
      <dl class="facts">
        <dt>Risk</dt>
        <dd>{mode.risk}</dd>
        <dt>What happens</dt>
        <dd>
          <Sentence text={mode.happens} />
        </dd>
        <dt>What to do</dt>
        <dd>
          <Sentence text={mode.todo} />{' '}
          {mayReplay && mode.todo.includes('replay') && (
            <Link href={paths.newReplay(tenant, { failureMode: mode.failureMode, since: from })}>
              Replay these …
            </Link>
          )}
        </dd>
        <dt>Seen</dt>
        <dd>
          {mode.count.toLocaleString()}{' '}
          {mode.failureMode === 'unknown_sku' ? (
            'waiting now'
          ) : (
            <>
              since <Time at={since} />
              {stillSo(mode.failureMode)}
            </>
          )}
          {mode.lastSeenAt !== null && (
            <>
              , last <Time at={mode.lastSeenAt} />
            </>
          )}
        </dd>
      </dl>
      <div class="section-head">
        <h2 id="macro">Support macro</h2>
        <CopyButton text={mode.macro} label="Copy the macro" />
      </div>
      <blockquote class="words">{mode.macro}</blockquote>
    </section>
  );
}

/** What counts for as long as it lasts. */
function stillSo(mode: FailureMode): string {
  if (mode === 'storefront_unreachable' || mode === 'publish_rejected')
    return ', with those that the storefront does not take now';
  if (mode === 'untraceable_event')
    return ', among the newest 5,000 events: the signal looks at all of a day';
  return mode === 'feed_held' || mode === 'supplier_silent' ? ', with those that are so now' : '';
}
