import type { GateSignal, StorefrontListed } from '../api/types.ts';
import { secondsInWords } from '../../domain/span.ts';
import { StateBadge, VerdictBadge } from '../parts/badge.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Sentence } from '../parts/sentence.tsx';
import { Time } from '../parts/time.tsx';
import { Link } from '../routing/link.tsx';
import { pathOfItemId } from '../routing/paths.ts';
import { isLeftAlone, limitsInWords, waitingInWords } from './in-words.ts';

/** What is read of a storefront for the gate. */
export interface OwnReading {
  title: string;
  target: string;
  valueText: string;
  verdict: GateSignal['verdict'];
  reason: string;
  /** Of several the worst, by which the gate goes. */
  counts: boolean;
}

/** A storefront: how much it takes, what it is still to be told, and what it said. */
export function StorefrontCard({
  storefront: one,
  readings,
}: {
  storefront: StorefrontListed;
  readings: readonly OwnReading[];
}) {
  const id = `storefront-${one.name}`;
  return (
    <section class="card" aria-labelledby={id}>
      <div class="section-head">
        <h2 id={id}>
          {one.name}{' '}
          <span class="soft">
            {one.kind}, place {one.place}
          </span>
        </h2>
        <StateBadge state={one.state} />
      </div>
      {isLeftAlone(one) && (
        <div class="notice bad">
          <p>
            <strong>{one.calls.failedInARow.toLocaleString()} calls failed, one after the other.</strong>{' '}
            Workers leave it alone for 10 to 30 s at a time, and then try it with one item. Nothing is lost:
            what waits is told once it answers.
          </p>
        </div>
      )}
      <dl class="facts">
        <dt>Limits</dt>
        <dd>{limitsInWords(one)}</dd>
        <dt>Still to tell</dt>
        <dd>{waitingInWords(one)}</dd>
        <dt>Calls</dt>
        <dd>
          <Calls calls={one.calls} isTold={isLeftAlone(one)} />
        </dd>
        <dt>Last call</dt>
        <dd>
          <LastEnded last={one.calls.last} />
        </dd>
        {readings.map((reading) => (
          <Read key={reading.title} reading={reading} />
        ))}
      </dl>
    </section>
  );
}

/** @param props.isTold whether it is said elsewhere that the last ones failed */
function Calls({ calls, isTold }: Pick<StorefrontListed, 'calls'> & { isTold: boolean }) {
  const { since, accepted, rejected, failed, underWay, failedInARow } = calls;
  const counted = [
    `${accepted.toLocaleString()} accepted`,
    `${rejected.toLocaleString()} rejected`,
    `${failed.toLocaleString()} failed`,
  ];
  return (
    <>
      {counted.join(', ')} <span class="soft">in the last {spanSince(since)}</span>
      {underWay > 0 && <div>{underWay.toLocaleString()} under way</div>}
      {failedInARow > 1 && !isTold && <div>the last {failedInARow.toLocaleString()} failed</div>}
    </>
  );
}

/** Whole minutes; a day in hours. */
function spanSince(at: string): string {
  const minutes = Math.round((Date.now() - Date.parse(at)) / 60_000);
  return minutes >= 24 * 60 - 1 ? '24 h' : secondsInWords(minutes * 60);
}

function LastEnded({ last }: { last: StorefrontListed['calls']['last'] }) {
  if (last === null) return <span class="soft">none in this time</span>;
  return (
    <>
      <StateBadge state={last.status} /> <Time at={last.at} /> for{' '}
      <Link href={pathOfItemId(last.itemId)}>
        <Foreign text={last.itemId} />
      </Link>
      {last.reason !== null && (
        <div class="soft">
          <Foreign text={last.reason} />
        </div>
      )}
    </>
  );
}

function Read({ reading: { title, target, valueText, verdict, reason, counts } }: { reading: OwnReading }) {
  return (
    <>
      <dt>{title}</dt>
      <dd>
        {valueText} <VerdictBadge verdict={verdict} />{' '}
        <span class="soft">
          target {target}
          {counts && '; the gate goes by this one, the worst'}
        </span>
        {verdict !== 'pass' && (
          <div class="soft">
            <Sentence text={reason} />
          </div>
        )}
      </dd>
    </>
  );
}
