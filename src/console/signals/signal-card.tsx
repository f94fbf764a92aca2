import type { GateSignal } from '../api/types.ts';
import { VerdictBadge } from '../parts/badge.tsx';
import { Sentence } from '../parts/sentence.tsx';
import { Time } from '../parts/time.tsx';
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
          <Readings of={signal.storefronts.map(({ storefront, ...one }) => ({ name: storefront, ...one }))} />
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

type Reading = Pick<GateSignal, 'valueText' | 'verdict' | 'reason'> & { name: string };

/** What each of a tenant's suppliers or storefronts was read to be, and why where it is not well. */
function Readings({ of: readings }: { of: readonly Reading[] }) {
  return (
    <ul class="by-supplier">
      {readings.map(({ name, valueText, verdict, reason }) => (
        <li key={name}>
          <span>{name}</span> <span class="number">{valueText}</span> <VerdictBadge verdict={verdict} />
          {verdict !== 'pass' && (
            <div class="soft">
              <Sentence text={reason} />
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}
