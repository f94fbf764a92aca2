import type { FeedRun } from '../api/types.ts';
import { StateBadge } from '../parts/badge.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Sentence } from '../parts/sentence.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';

/** What became of a feed's files. */
export function RunTable({ tenant, feed, runs }: { tenant: string; feed: string; runs: readonly FeedRun[] }) {
  return (
    <Table
      caption="Runs, newest first"
      columns={['Begun', 'Run', 'State', 'File', 'Rows #', 'Recorded #', 'Refused #', 'To 0 #', 'Why']}
      rows={runs}
      keyOf={({ runId }) => runId}
      cells={(run) => [
        <Time at={run.createdAt} />,
        <Link href={paths.feedRun(tenant, feed, run.runId)}>{run.runId}</Link>,
        <StateBadge state={run.state} />,
        run.file.name === null ? <span class="soft">none</span> : <Foreign text={run.file.name} />,
        run.rows.read.toLocaleString(),
        run.events.accepted.toLocaleString(),
        run.rows.refused.toLocaleString(),
        run.events.zeroed.toLocaleString(),
        <Why run={run} />,
      ]}
    />
  );
}

/** In a word or two; the run's page says all. */
function Why({ run: { state, failure, reasons, decision, newerRun } }: { run: FeedRun }) {
  if (failure !== null) return <Sentence text={failure} />;
  if (state === 'unchanged') return <span class="soft">no new file</span>;
  if (decision) {
    return (
      <>
        <Foreign text={decision.by} />: <Foreign text={decision.reason} />
      </>
    );
  }
  if (reasons.length > 0) return <Foreign text={reasons.map(({ reason }) => reason).join('; ')} />;
  return newerRun === null ? null : <span class="soft">nothing set to 0: after a newer file</span>;
}
