import { secondsInWords } from '../../domain/span.ts';
import type { GateStatus } from '../api/types.ts';
import { Sentence } from '../parts/sentence.tsx';
import { Time } from '../parts/time.tsx';

type Watching = NonNullable<GateStatus['watch']>;

/** How much of the business day was green so far. */
export function Watch({ watch, label }: { watch: Watching; label: string }) {
  const part = watch.neededSeconds > 0 ? Math.min(1, watch.watchedSeconds / watch.neededSeconds) : 1;
  return (
    <div class="watch">
      <progress max={1} value={part} aria-label={label} />
      <p>
        <strong>{secondsInWords(watch.watchedSeconds)}</strong> of {secondsInWords(watch.neededSeconds)}{' '}
        watched
        {watch.complete ? ': the business day is complete.' : '.'}{' '}
        {watch.neededSeconds !== watch.calendarSeconds && (
          <span class="badge warn">
            by configuration, in place of the calendar’s {secondsInWords(watch.calendarSeconds)}
          </span>
        )}{' '}
        <span class="soft">
          It began <Time at={watch.beganAt} />. {now(watch)}
        </span>
      </p>
      {watch.lastMiss && (
        <p>
          <span class="badge bad">last miss</span> <Time at={watch.lastMiss.at} />:{' '}
          {watch.lastMiss.signal.replaceAll('_', ' ')}. <Sentence text={watch.lastMiss.reason} />{' '}
          <span class="soft">The watch began again.</span>
        </p>
      )}
    </div>
  );
}

function now({ ended, workingNow }: Watching): string {
  if (ended) return 'It ended with the launch; nothing is added any more.';
  return workingNow ? 'It is working time now.' : 'It is not working time now, so nothing is added.';
}
