import type { FeedRun } from '../api/types.ts';
import { StateBadge } from '../parts/badge.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Time } from '../parts/time.tsx';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';
import { foundInWords } from './found.ts';
import { isUnderWay } from './feed-state.tsx';

const TRIGGERS: Record<FeedRun['trigger'], string> = {
  upload: 'handed in',
  command: 'asked for',
  schedule: 'by its schedule',
};

/** How far a run is, and what it came to. */
export function RunFacts({ run }: { run: FeedRun }) {
  const { state, file, rows, events, found, decision } = run;
  return (
    <section class="card" aria-labelledby="progress">
      <h2 id="progress">
        <StateBadge state={state} /> {headOf(run)}
      </h2>
      {isUnderWay(state) && <Progress run={run} />}
      <dl class="facts">
        <dt>File</dt>
        <dd>
          {file.name === null ? 'none' : <Foreign text={file.name} />}
          {file.bytes > 0 && <span class="soft"> {file.bytes.toLocaleString()} bytes</span>}
        </dd>
        {found && (
          <>
            <dt>Read as</dt>
            <dd>
              <Foreign text={foundInWords(found)} />
            </dd>
          </>
        )}
        <dt>Rows</dt>
        <dd>
          {rows.read.toLocaleString()} read, {rows.refused.toLocaleString()} refused
        </dd>
        <dt>Events</dt>
        <dd>
          {events.accepted.toLocaleString()} recorded, {events.duplicate.toLocaleString()} known before
          {events.conflict > 0 && `, ${events.conflict.toLocaleString()} in conflict`}
          {events.zeroed > 0 &&
            `, and ${events.zeroed.toLocaleString()} set to 0 because the file does not name them`}
          {run.newerRun !== null && (
            <>
              ; nothing set to 0, for{' '}
              <Link href={paths.feedRun(run.tenant, run.feed, run.newerRun)}>run {run.newerRun}</Link> has
              read a newer file before
            </>
          )}
        </dd>
        <dt>Begun</dt>
        <dd>
          <Time at={run.createdAt} />, {TRIGGERS[run.trigger]} by <Foreign text={run.requestedBy} />, version{' '}
          {run.feedVersion} of the feed
        </dd>
        {run.finishedAt !== null && (
          <>
            <dt>Ended</dt>
            <dd>
              <Time at={run.finishedAt} />
            </dd>
          </>
        )}
        {decision && (
          <>
            <dt>{state === 'refused' ? 'Refused by' : 'Approved by'}</dt>
            <dd>
              <Foreign text={decision.by} />: <Foreign text={decision.reason} />
            </dd>
          </>
        )}
      </dl>
    </section>
  );
}

function headOf({ state, file, rows, events }: FeedRun): string {
  switch (state) {
    case 'receiving':
      return `${file.bytes.toLocaleString()} bytes have come`;
    case 'fetching':
      return 'its source is being looked at';
    case 'reading':
      return `${rows.read.toLocaleString()} rows read`;
    case 'recording':
      return `${rows.recorded.toLocaleString()} of ${rows.read.toLocaleString()} rows recorded`;
    case 'zeroing':
      return `${events.zeroed.toLocaleString()} figures set to 0`;
    case 'unchanged':
      return file.name === null ? 'there is no new file' : 'it is the file of the last run';
    default:
      return `${rows.read.toLocaleString()} rows`;
  }
}

/** How long a file is, is known when it was read once. */
function Progress({ run: { state, rows } }: { run: FeedRun }) {
  if (state !== 'recording') return <progress aria-label="The run goes on" />;
  return <progress max={Math.max(rows.read, 1)} value={rows.recorded} aria-label="Rows that are recorded" />;
}
