import { api, get } from '../api/request.ts';
import type { Feed, FeedRunList } from '../api/types.ts';
import { FeedActions } from '../feeds/feed-actions.tsx';
import { inOrder } from '../feeds/in-order.ts';
import { isUnderWay, NextDue, sourceInWords } from '../feeds/feed-state.tsx';
import { HandIn } from '../feeds/hand-in.tsx';
import { HeldRun } from '../feeds/held-run.tsx';
import { RunTable } from '../feeds/run-table.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Empty, Show } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { Pager } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';
import { useMay } from '../state/session.ts';
import { useLoaded } from '../state/use-loaded.ts';
import { usePages } from '../state/use-pages.ts';

const RUNNING_MS = 1000;
const IDLE_MS = 10_000;

/** What a feed says, and what became of its files. */
export function FeedPage({ tenant, feed }: { tenant: string; feed: string }) {
  const path = api`/v1/tenants/${tenant}/feeds/${feed}`;
  const definition = useLoaded(
    path,
    (signal) => get<Feed>(path, signal),
    () => IDLE_MS,
  );
  const runs = usePages<FeedRunList>(`${path}/runs?limit=25`, (page) =>
    page?.runs.some(({ state }) => isUnderWay(state)) ? RUNNING_MS : IDLE_MS,
  );
  const may = useMay('operator');
  if (definition.problem?.status === 404) {
    return (
      <Page title={`Feed ${feed}`}>
        <Empty title={`There is no feed ${feed} of ${tenant}.`}>
          <p>
            <Link href={paths.feeds(tenant)}>The list of feeds</Link> names those that there are.
          </p>
        </Empty>
      </Page>
    );
  }
  const isUpload = definition.data?.source === 'upload';
  return (
    <Page
      title={`Feed ${feed}`}
      aside={
        may && (
          <div class="row">
            {isUpload && <HandIn tenant={tenant} feed={feed} />}
            <Link class="button" href={paths.editFeed(tenant, feed)}>
              Edit …
            </Link>
          </div>
        )
      }
    >
      <Show loaded={definition} what="The feed">
        {(one) => <Definition feed={one} onDone={definition.reload} />}
      </Show>
      <section aria-labelledby="runs">
        <div class="section-head">
          <h2 id="runs">Runs</h2>
          <Pager pages={runs} label="runs" />
        </div>
        <Show loaded={runs} what="The list of runs">
          {({ runs: all }) => (
            <>
              {all
                .filter(({ state }) => state === 'held')
                .map((run) => (
                  <HeldRun key={run.runId} run={run} onDone={runs.reload} />
                ))}
              {all.length === 0 ? (
                <Empty title="No file has come yet." />
              ) : (
                <RunTable tenant={tenant} feed={feed} runs={all} />
              )}
            </>
          )}
        </Show>
      </section>
    </Page>
  );
}

function Definition({ feed: one, onDone }: { feed: Feed; onDone: () => void }) {
  return (
    <section class="card" aria-labelledby="definition">
      <div class="section-head">
        <h2 id="definition">What it says</h2>
        {one.source !== 'upload' && <FeedActions feed={one} onDone={onDone} />}
      </div>
      <dl class="facts">
        <dt>Supplier</dt>
        <dd>{one.supplier}</dd>
        <dt>Files</dt>
        <dd>
          {sourceInWords(one.source)}
          {one.source !== 'upload' && (
            <>
              , next look <NextDue feed={one} />
            </>
          )}
        </dd>
        <dt>Last heard from</dt>
        <dd>{one.lastHeardAt === null ? 'never' : <Time at={one.lastHeardAt} />}</dd>
        <dt>Version</dt>
        <dd>
          {one.version}, set by <Foreign text={one.setBy} /> <Time at={one.setAt} />
        </dd>
      </dl>
      <details>
        <summary>The document</summary>
        <pre class="document" tabIndex={0} aria-label="The document">
          {JSON.stringify(inOrder(one.document), undefined, 2)}
        </pre>
      </details>
    </section>
  );
}
