import { useEffect, useRef, useState } from 'preact/hooks';
import { api, get, request } from '../api/request.ts';
import type { FeedRunShown } from '../api/types.ts';
import { isUnderWay } from '../feeds/feed-state.tsx';
import { HeldRun } from '../feeds/held-run.tsx';
import { FileNotices, GuardReasons, Refusals } from '../feeds/refusals.tsx';
import { RunFacts } from '../feeds/run-facts.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Empty, Show } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { Sentence } from '../parts/sentence.tsx';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';
import { announce } from '../state/announce.ts';
import { useMay } from '../state/session.ts';
import { useAction } from '../state/use-action.ts';
import { useLoaded } from '../state/use-loaded.ts';

const RUNNING_MS = 700;
/** Somebody else may decide. */
const HELD_MS = 5_000;
const KEPT = 1_000;

function every(run: FeedRunShown | undefined): number | undefined {
  if (run === undefined || isUnderWay(run.state)) return RUNNING_MS;
  return run.state === 'held' ? HELD_MS : undefined;
}

/** A file's way through a feed, from its receipt to its end. */
export function FeedRunPage({ tenant, feed, run: id }: { tenant: string; feed: string; run: string }) {
  const path = api`/v1/tenants/${tenant}/feeds/${feed}/runs/${id}`;
  const run = useLoaded(path, (signal) => get<FeedRunShown>(path, signal), every);
  useSpokenEnd(run.data?.state);
  const going = run.data !== undefined && isUnderWay(run.data.state);
  return (
    <Page
      title={`Run ${id}`}
      aside={
        <div class="row">
          <Link href={paths.feed(tenant, feed)}>Feed {feed}</Link>
          {going && <Cancel path={path} onDone={run.reload} />}
        </div>
      }
    >
      {run.problem?.status === 404 ? (
        <Empty title={`There is no run ${id} of the feed ${feed}.`}>
          <p>Look for it in the list of the feed's runs.</p>
        </Empty>
      ) : (
        <Show loaded={run} what="The run">
          {(status) => (
            <>
              {status.state === 'held' && <HeldRun run={status} onDone={run.reload} />}
              {status.failure !== null && (
                <div class="notice bad">
                  <p class="notice-title">
                    It failed; {status.rows.recorded === 0 ? 'nothing' : 'no more'} of it flows.
                  </p>
                  <p>
                    <Sentence text={status.failure} />
                  </p>
                </div>
              )}
              <RunFacts run={status} />
              <FileNotices notices={status.notices} />
              {status.state !== 'held' && status.reasons.length > 0 && (
                <section class="card" aria-labelledby="held">
                  <h2 id="held">Why it was held</h2>
                  <GuardReasons reasons={status.reasons} />
                </section>
              )}
              {status.refused.length > 0 && <Refused run={status} path={path} />}
            </>
          )}
        </Show>
      )}
    </Page>
  );
}

function Refused({ run: { refused, rows, found, runId }, path }: { run: FeedRunShown; path: string }) {
  return (
    <section class="card" aria-labelledby="refused">
      <div class="section-head">
        <h2 id="refused">{rows.refused.toLocaleString()} refused</h2>
        <a class="button" href={`${path}/refused`} download={`refused-${runId}.csv`}>
          Download {rows.refused > KEPT ? `the first ${KEPT.toLocaleString()}` : 'them'} as CSV
        </a>
      </div>
      <Refusals refused={refused} place={typeof found?.place === 'string' ? found.place : 'line'} />
    </section>
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
        <Dialog title="Cancel the run" busy={cancel.busy} onClose={() => setOpen(false)}>
          <p>What is recorded of it stays and counts; nothing is set to 0.</p>
          {cancel.problem && <Problem problem={cancel.problem} what="It was not cancelled" />}
          <div class="actions">
            <button type="button" class="danger" disabled={cancel.busy} onClick={() => void cancel.run()}>
              Cancel the run
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
function useSpokenEnd(state: FeedRunShown['state'] | undefined): void {
  const before = useRef<FeedRunShown['state'] | undefined>(undefined);
  useEffect(() => {
    if (
      before.current !== undefined &&
      isUnderWay(before.current) &&
      state !== undefined &&
      !isUnderWay(state)
    )
      announce(`The run is ${state}.`);
    before.current = state;
  }, [state]);
}
