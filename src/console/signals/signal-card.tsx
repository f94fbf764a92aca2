import type { GateSignal } from '../api/types.ts';
import { VerdictBadge } from '../parts/badge.tsx';
import { Sentence } from '../parts/sentence.tsx';
import { Time } from '../parts/time.tsx';
import { Readings, readingsOf } from './readings.tsx';
import { Trend } from './trend.tsx';

/** One signal: how it stands, since when, why, whose it is, and what to do. */
export function SignalCard({ signal }: { signal: GateSignal }) {
  const id = `signal-${signal.signal}`;
  return (
    <section class={`card signal ${signal.verdict}`} aria-labelledby={id}>
      <div class="section-head">
        <h3 id={id}>{signal.title}</h3>
        <VerdictBadge verdict={signal.verdict} />
      </div>
      <p class="value">
        <span class="big">{signal.valueText}</span> <span class="soft">target {signal.target}</span>
      </p>
      <Trend signal={signal} />
      <p>
        <Sentence text={signal.reason} />
      </p>
      <dl class="facts">
        <dt>Owner</dt>
        <dd>{signal.owner}</dd>
        <dt>Since</dt>
        <dd>{signal.since === null ? 'not known' : <Time at={signal.since} />}</dd>
        <dt>On a miss</dt>
        <dd>
          {signal.onMiss === 'hold'
            ? 'the flow is held as well'
            : 'nothing opens or widens; the flow goes on'}
        </dd>
        {signal.verdict !== 'pass' && (
          <>
            <dt>What to do</dt>
            <dd>
              <Sentence text={signal.whatToDo} />
            </dd>
          </>
        )}
      </dl>
      {signal.storefronts.length > 0 && (
        <details open>
          <summary>By storefront</summary>
          <Readings of={readingsOf(signal)} />
        </details>
      )}
      {signal.suppliers.length > 0 && (
        <details>
          <summary>By supplier</summary>
          <Readings of={signal.suppliers.map(({ supplier, ...one }) => ({ name: supplier, ...one }))} />
        </details>
      )}
    </section>
  );
}
