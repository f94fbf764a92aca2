import type { GateSignal } from '../api/types.ts';
import { VerdictBadge } from '../parts/badge.tsx';
import { Sentence } from '../parts/sentence.tsx';

export type Reading = Pick<GateSignal, 'valueText' | 'verdict' | 'reason'> & {
  name: string;
  /** The worst of several: what is said of the tenant is of it. */
  counts?: boolean;
};

/** A signal's readings of storefronts, as the list takes them. */
export function readingsOf({ storefronts }: Pick<GateSignal, 'storefronts'>): Reading[] {
  return storefronts.map(({ storefront: name, ...one }) => ({ name, ...one }));
}

/** What each of a tenant's suppliers or storefronts was read to be, and why where it is not well and not said yet. */
export function Readings({ of: readings }: { of: readonly Reading[] }) {
  return (
    <ul class="by-supplier">
      {readings.map(({ name, valueText, verdict, reason, counts = false }) => (
        <li key={name}>
          <span>{name}</span> <span class="number">{valueText}</span> <VerdictBadge verdict={verdict} />{' '}
          {counts && <span class="soft">counts, as the worst</span>}
          {verdict !== 'pass' && !counts && (
            <div class="soft">
              <Sentence text={reason} />
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}
