import { useEffect, useRef, useState } from 'preact/hooks';
import { getPage } from '../api/request.ts';
import { traceOf } from '../api/trace-of.ts';
import type { TraceAnswer, TraceEvent } from '../api/types.ts';
import { Answer } from '../item/answer.tsx';
import { Attempts, ReplaysOfItem, VersionChain } from '../item/chain.tsx';
import { canBeVoided, EventList } from '../item/event-list.tsx';
import { CorrectDialog, VoidDialog, type Fix } from '../item/fix-dialog.tsx';
import { FixOutcome } from '../item/fix-outcome.tsx';
import { Shares } from '../item/shares.tsx';
import { Storefronts } from '../item/storefronts.tsx';
import { TimeLine } from '../item/time-line.tsx';
import { Fold } from '../parts/fold.tsx';
import { Foreign, seen } from '../parts/foreign-text.tsx';
import { Empty, Show } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { Pager } from '../parts/table.tsx';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';
import { announce } from '../state/announce.ts';
import { useMay } from '../state/session.ts';
import { useLoaded } from '../state/use-loaded.ts';
import { useTrail } from '../state/use-pages.ts';

const UNDER_WAY_MS = 1000;
const AT_REST_MS = 10_000;

interface EventName {
  supplier: string;
  eventId: string;
}

/** The story of an item. */
export function ItemPage({ tenant, sku }: { tenant: string; sku: string }) {
  return (
    <Story tenant={tenant} name={`${tenant}:${sku}`} address={traceOf(tenant, { sku })} asked={undefined} />
  );
}

/** The same, with an answer about one of its events. */
export function EventPage({ tenant, supplier, event }: { tenant: string; supplier: string; event: string }) {
  return (
    <Story
      tenant={tenant}
      name={event}
      address={traceOf(tenant, { supplier, event })}
      asked={{ supplier, eventId: event }}
    />
  );
}

function Story({
  tenant,
  name,
  address,
  asked,
}: {
  tenant: string;
  name: string;
  address: string;
  asked: EventName | undefined;
}) {
  const newest = useLoaded(
    address,
    (signal) => getPage<TraceAnswer>(address, signal),
    (page) => (page && isUnderWay(page.data) ? UNDER_WAY_MS : AT_REST_MS),
  );
  const trail = useTrail(address);
  const isFirst = trail.address === address;
  const older = useLoaded(isFirst ? '' : trail.address, (signal) =>
    isFirst ? Promise.resolve(undefined) : getPage<TraceAnswer>(trail.address, signal),
  );
  const onScreen = isFirst ? newest : older;
  const next = onScreen.data?.next;
  useSpokenAnswer(newest.data?.data.answer);
  const trace = newest.data?.data;
  const itemId = trace?.item?.itemId;
  const mayFix = useMay('operator');
  const [asks, setAsks] = useState<'correction' | TraceEvent | undefined>();
  const [fix, setFix] = useState<Fix | undefined>();
  const reload = (): void => {
    newest.reload();
    if (!isFirst) older.reload();
  };
  const dialog = {
    tenant,
    onClose: () => setAsks(undefined),
    onDone: (made: Fix) => {
      setAsks(undefined);
      setFix(made);
      reload();
    },
    onUnknown: reload,
  };

  return (
    <Page
      title={seen(name)}
      heading={
        <>
          {asked ? 'Event ' : ''}
          <Foreign text={name} />
        </>
      }
      aside={
        trace?.item &&
        mayFix && (
          <div class="actions">
            <ReplayLink tenant={tenant} trace={trace} />
            <button type="button" onClick={() => setAsks('correction')}>
              Correct …
            </button>
            <VoidAsked trace={trace} asked={asked} onVoid={setAsks} />
          </div>
        )
      }
    >
      {asks === 'correction' && trace?.item && <CorrectDialog {...dialog} item={trace.item} />}
      {asks !== undefined && asks !== 'correction' && <VoidDialog {...dialog} event={asks} />}
      {fix && trace && <FixOutcome tenant={tenant} fix={fix} trace={trace} />}
      {newest.problem?.status === 404 && newest.data === undefined ? (
        <NeverHeardOf tenant={tenant} />
      ) : newest.problem?.code === 'event_archived' ? (
        <Empty title="This event has left the ledger, by its age.">
          <p>{newest.problem.message}</p>
        </Empty>
      ) : (
        <Show loaded={newest} what="The story">
          {(page) => (
            <>
              {asked && itemId !== undefined && (
                <p>
                  An event of the item{' '}
                  <Link href={paths.item(tenant, itemId.slice(tenant.length + 1))}>
                    <Foreign text={itemId} />
                  </Link>
                </p>
              )}
              <Answer trace={page.data} live={isUnderWay(page.data)} asked={asked} />
              <Shares tenant={tenant} trace={page.data} />
              <Storefronts storefronts={page.data.storefronts} />
              <TimeLine trace={page.data} next={page.next} />
              <Show loaded={onScreen} what="The page of events">
                {(shown) =>
                  shown && (
                    <Lists
                      tenant={tenant}
                      trace={shown.data}
                      asked={asked}
                      onVoid={mayFix ? setAsks : undefined}
                      pages={{
                        number: trail.number,
                        newer: trail.newer,
                        older: next === undefined ? undefined : () => trail.goOlder(next),
                      }}
                    />
                  )
                }
              </Show>
            </>
          )}
        </Show>
      )}
    </Page>
  );
}

function Lists({
  tenant,
  trace,
  asked,
  onVoid,
  pages,
}: {
  tenant: string;
  trace: TraceAnswer;
  asked: EventName | undefined;
  onVoid: ((event: TraceEvent) => void) | undefined;
  pages: { number: number; newer: (() => void) | undefined; older: (() => void) | undefined };
}) {
  const isPaged = pages.newer !== undefined || pages.older !== undefined;
  const ofPage = isPaged ? ' of this page' : '';
  return (
    <>
      <Fold id="events" title={`Events${ofPage}`} count={trace.events.length}>
        <Pager pages={pages} label="events" />
        <EventList tenant={tenant} trace={trace} asked={asked} onVoid={onVoid} />
      </Fold>
      <Fold id="versions" title={`Version chain${ofPage}`} count={trace.versions.length}>
        {trace.versions.length === 0 ? (
          <Empty title="None of these events made a version." />
        ) : (
          <VersionChain tenant={tenant} trace={trace} />
        )}
      </Fold>
      <Fold id="attempts" title={`Publish attempts${ofPage}`} count={trace.publishAttempts.length}>
        {trace.publishAttempts.length === 0 ? (
          <Empty title="The storefront was not told of these yet." />
        ) : (
          <Attempts tenant={tenant} trace={trace} />
        )}
      </Fold>
      {trace.replays.length > 0 && (
        <Fold id="replays" title="Replays" count={trace.replays.length}>
          <ReplaysOfItem tenant={tenant} trace={trace} />
        </Fold>
      )}
    </>
  );
}

function ReplayLink({ tenant, trace }: { tenant: string; trace: TraceAnswer }) {
  const oldest = trace.events.at(-1);
  if (!trace.item || !oldest) return null;
  return (
    <Link class="button" href={paths.newReplay(tenant, { sku: trace.item.sku, since: oldest.receivedAt })}>
      Replay this item …
    </Link>
  );
}

/** On the page of an event, whose row stands further down. */
function VoidAsked({
  trace,
  asked,
  onVoid,
}: {
  trace: TraceAnswer;
  asked: EventName | undefined;
  onVoid: (event: TraceEvent) => void;
}) {
  const event = trace.events.find(
    ({ supplier, eventId }) => eventId === asked?.eventId && supplier === asked.supplier,
  );
  if (!event || !canBeVoided(event)) return null;
  return (
    <button type="button" onClick={() => onVoid(event)}>
      Void this event …
    </button>
  );
}

function NeverHeardOf({ tenant }: { tenant: string }) {
  return (
    <Empty title={`${tenant} never heard of it.`}>
      <p>
        No event of this SKU or id is in the ledger. Check the spelling and the tenant; an event that was
        refused at the door (HTTP 4xx) is not kept.
      </p>
    </Empty>
  );
}

/** Whether something is going to change without anybody doing anything. */
function isUnderWay({ events, versions, publishAttempts, item }: TraceAnswer): boolean {
  return (
    events.some(({ outcome }) => outcome === 'pending') ||
    versions.some(({ version, publication }) => version === item?.version && publication === 'due') ||
    publishAttempts.some(({ status }) => status === 'sending')
  );
}

/** Reads a changed answer out to those who do not see it. */
function useSpokenAnswer(answer: string | undefined): void {
  const before = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (answer === undefined) return;
    if (before.current !== undefined && before.current !== answer) announce(`Updated: ${answer}`);
    before.current = answer;
  }, [answer]);
}
