import { hasEnded, type RunState } from '../../domain/feed-run.ts';
import type { FeedList } from '../api/types.ts';
import { Badge, StateBadge } from '../parts/badge.tsx';
import { Time } from '../parts/time.tsx';

const SOURCES: Readonly<Record<string, string>> = {
  upload: 'handed in',
  sftp: 'SFTP',
  http: 'HTTP',
  s3: 'S3',
  folder: 'folder',
};

/** How the files of a feed come. */
export function sourceInWords(kind: string): string {
  return SOURCES[kind] ?? kind;
}

/** Whether a run goes on by itself: one that is held waits for somebody. */
export function isUnderWay(state: RunState): boolean {
  return state !== 'held' && !hasEnded(state);
}

/** When a feed's source is looked at next. */
export function NextDue({
  feed: { paused, nextDueAt, source },
}: {
  feed: Pick<FeedList['feeds'][number], 'paused' | 'nextDueAt' | 'source'>;
}) {
  if (paused) return <Badge tone="warn">paused</Badge>;
  if (nextDueAt === null)
    return <span class="soft">{source === 'upload' ? 'when handed in' : 'when asked for'}</span>;
  return <Time at={nextDueAt} />;
}

export function LastRun({ run }: { run: FeedList['feeds'][number]['lastRun'] }) {
  if (run === null) return <span class="soft">none yet</span>;
  return (
    <>
      <StateBadge state={run.state} /> <Time at={run.createdAt} />
    </>
  );
}
