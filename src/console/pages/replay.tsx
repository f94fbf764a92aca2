import { useEffect, useRef, useState } from 'preact/hooks';
import { api, get, request } from '../api/request.ts';
import type { ReplayWithItems } from '../api/types.ts';
import { replayOutcomeInWords } from '../../domain/version-rule-words.ts';
import { StateBadge } from '../parts/badge.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Empty, Show } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { Pager, Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { ItemOutcomes } from '../replays/outcomes.tsx';
import { WindowInWords } from '../replays/window-in-words.tsx';
import { Link } from '../routing/link.tsx';
import { pathOfItemId } from '../routing/paths.ts';
import { announce } from '../state/announce.ts';
import { useMay } from '../state/session.ts';
import { useAction } from '../state/use-action.ts';
import { useLoaded } from '../state/use-loaded.ts';
import { usePages } from '../state/use-pages.ts';

const RUNNING_MS = 1000;
const ITEMS = 100;

/** How long to wait for news, in ms; after its end there are none. */
function every(status: ReplayWithItems | undefined): number | undefined {
  return status === undefined || status.state === 'running' ? RUNNING_MS : undefined;
}

/** One that carries out a change of the stock rule is not: items would be left behind. */
function isCancellable(status: ReplayWithItems | undefined): boolean {
  return status?.state === 'running' && status.stockRule === null;
}

/** A replay from its start to its end, and what it did to each item. */
export function ReplayPage({ tenant, id }: { tenant: string; id: string }) {
  const path = api`/v1/tenants/${tenant}/replays/${id}`;
  // The first page of items tells of the whole replay, and goes on doing so while somebody looks at a later page.
  const replay = useLoaded(path, (signal) => get<ReplayWithItems>(`${path}?limit=1`, signal), every);
  const items = usePages<ReplayWithItems>(`${path}?limit=${ITEMS}`, every);
  useSpokenEnd(replay.data?.state);
  return (
    <Page
      title={`Replay ${id}`}
      aside={isCancellable(replay.data) && <Cancel path={path} onDone={replay.reload} />}
    >
      {replay.problem?.status === 404 ? (
        <Empty title={`There is no replay ${id} of ${tenant}.`}>
          <p>Look for it in the list of replays.</p>
        </Empty>
      ) : (
        <Show loaded={replay} what="The replay">
          {(status) => (
            <>
              <Progress status={status} />
              <section aria-labelledby="items">
                <div class="section-head">
                  <h2 id="items">Touched items</h2>
                  <Pager pages={items} label="items" words={['Previous', 'Next']} />
                </div>
                <Show loaded={items} what="The list of items">
                  {({ touchedItems }) => <Items items={touchedItems} status={status} />}
                </Show>
              </section>
            </>
          )}
        </Show>
      )}
    </Page>
  );
}

function Progress({ status }: { status: ReplayWithItems }) {
  const { events, items, stockRule } = status;
  const running = status.state === 'running';
  return (
    <section class="card" aria-labelledby="progress">
      <h2 id="progress">
        <StateBadge state={status.state} /> {events.done.toLocaleString()} of {events.total.toLocaleString()}{' '}
        events
      </h2>
      <progress
        max={Math.max(events.total, 1)}
        value={running ? events.done : events.total === 0 ? 1 : events.done}
        aria-label="Events that are done"
      />
      <dl class="facts">
        <dt>Window</dt>
        <dd>
          <WindowInWords replay={status} />
        </dd>
        <dt>Asked for</dt>
        <dd>
          <Time at={status.createdAt} /> by <Foreign text={status.requestedBy} />
        </dd>
        {status.finishedAt !== null && (
          <>
            <dt>Ended</dt>
            <dd>
              <Time at={status.finishedAt} />
            </dd>
          </>
        )}
        <dt>Events</dt>
        <dd>
          <Counts counts={events.outcomes} />
          {events.failed > 0 && <div class="badge bad">{events.failed.toLocaleString()} failed</div>}
        </dd>
        <dt>Items</dt>
        <dd>
          {items.touched.toLocaleString()} touched, {items.changed.toLocaleString()} changed
        </dd>
      </dl>
      <ItemOutcomes counts={items.outcomes} ofRule={stockRule !== null} />
    </section>
  );
}

function Counts({ counts }: { counts: Record<string, number> }) {
  const words = Object.entries(counts).map(([name, count]) => `${count.toLocaleString()} ${name}`);
  return <>{words.length === 0 ? 'none yet' : words.join(', ')}</>;
}

function Items({ items, status }: { items: ReplayWithItems['touchedItems']; status: ReplayWithItems }) {
  const { state, stockRule } = status;
  if (items.length === 0) {
    return (
      <Empty title={state === 'running' ? 'It has not finished with an item yet.' : 'It touched no item.'} />
    );
  }
  return (
    <Table
      caption="Items that the replay has finished with, by id"
      columns={['Item', 'Outcome', 'Version before #', 'Version after #', 'Publication']}
      rows={items}
      keyOf={({ itemId }) => itemId}
      cells={(one) => [
        <Link href={pathOfItemId(one.itemId)}>
          <Foreign text={one.itemId} />
        </Link>,
        replayOutcomeInWords({ outcome: one.outcome, stockRule }),
        one.versionBefore ?? '',
        one.versionAfter ?? '',
        one.publication === null ? '' : <StateBadge state={one.publication} />,
      ]}
    />
  );
}

function Cancel({ path, onDone }: { path: string; onDone: () => void }) {
  const [open, setOpen] = useState(false);
  const may = useMay('operator');
  const cancel = useAction(async () => {
    await request<unknown>('POST', `${path}/cancel`);
    setOpen(false);
    onDone();
  });
  if (!may) return null;
  return (
    <>
      <button type="button" class="danger" onClick={() => setOpen(true)}>
        Cancel it …
      </button>
      {open && (
        <Dialog title="Cancel the replay" busy={cancel.busy} onClose={() => setOpen(false)}>
          <p>
            What is not started never is; what is started goes on to its end. It cannot be taken up again.
          </p>
          {cancel.problem && <Problem problem={cancel.problem} what="It was not cancelled" />}
          <div class="actions">
            <button type="button" class="danger" disabled={cancel.busy} onClick={() => void cancel.run()}>
              Cancel the replay
            </button>
            <button type="button" autofocus disabled={cancel.busy} onClick={() => setOpen(false)}>
              Let it run
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}

/** The end comes by itself, so it is read out. */
function useSpokenEnd(state: string | undefined): void {
  const before = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (before.current === 'running' && state !== undefined && state !== 'running')
      announce(`The replay is ${state}.`);
    before.current = state;
  }, [state]);
}
