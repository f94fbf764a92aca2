import { api, request } from '../api/request.ts';
import type { FeedList, FeedRunAsked } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Problem } from '../parts/problem.tsx';
import { navigate } from '../routing/location.ts';
import { paths } from '../routing/paths.ts';
import { announce } from '../state/announce.ts';
import { useMay } from '../state/session.ts';
import { useAction } from '../state/use-action.ts';

type One = FeedList['feeds'][number];

/** What a person may have a feed do. A source of files that are handed in is not looked at. */
export function FeedActions({ feed: one, onDone }: { feed: One; onDone: () => void }) {
  const { tenant, feed, paused, source } = one;
  const path = api`/v1/tenants/${tenant}/feeds/${feed}`;
  const turn = useAction(async () => {
    await request<unknown>('POST', `${path}/${paused ? 'resume' : 'pause'}`);
    announce(paused ? `${feed} is looked at again.` : `${feed} is paused.`);
    onDone();
  });
  const fetchNow = useAction(async () => {
    const { data } = await request<FeedRunAsked>('POST', `${path}/runs`);
    navigate(paths.feedRun(tenant, feed, data.runId));
  });
  const may = useMay('operator');
  if (!may) return null;
  if (source === 'upload' && !paused) return null;
  const name = <span class="for-screen-readers"> {feed}</span>;
  const failed = turn.problem ?? fetchNow.problem;
  return (
    <div class="row">
      {source !== 'upload' && (
        <button type="button" disabled={fetchNow.busy} onClick={() => void fetchNow.run()}>
          Run now{name}
        </button>
      )}
      <button type="button" disabled={turn.busy} onClick={() => void turn.run()}>
        {paused ? 'Resume' : 'Pause'}
        {name}
      </button>
      {failed && (
        <Dialog
          title={`Feed ${feed}`}
          onClose={() => {
            turn.forget();
            fetchNow.forget();
          }}
        >
          <Problem problem={failed} what="It was not done" />
        </Dialog>
      )}
    </div>
  );
}
