import type { GateStatus } from '../api/types.ts';
import { Time } from '../parts/time.tsx';

/** What the last look at everything that the storefront shows has left. */
export function LastSweep({ sweep }: { sweep: GateStatus['lastSweep'] }) {
  if (!sweep) return <p class="soft">No sweep has asked the storefront for every item yet.</p>;
  const drift = Object.entries(sweep.drift);
  return (
    <p class={drift.length > 0 ? 'notice warn' : 'soft'}>
      The last sweep, <Time at={sweep.finishedAt} />, had answers for{' '}
      {sweep.asked === 1 ? '1 item' : `${sweep.asked} items`}
      {sweep.unanswered > 0 && `, and none for ${sweep.unanswered}`}:{' '}
      {drift.length > 0
        ? `not shown as the ledger says are ${drift.map(([kind, items]) => `${items} (${kind})`).join(', ')}.`
        : 'all are shown as the ledger says.'}
    </p>
  );
}
