import type { Replay } from '../api/types.ts';
import { Foreign } from '../parts/foreign-text.tsx';
import { Time } from '../parts/time.tsx';

/** Which events a replay goes over. */
export function WindowInWords({
  replay,
}: {
  replay: Pick<
    Replay,
    'by' | 'since' | 'until' | 'supplier' | 'sku' | 'outcome' | 'failureMode' | 'stockRule' | 'rate'
  >;
}) {
  if (replay.stockRule !== null) return <>the items that the stock rule changes: {replay.stockRule}</>;
  const narrowed: [string, string | null][] = [
    ['supplier', replay.supplier],
    ['SKU', replay.sku],
    ['outcome', replay.outcome],
    ['failure mode', replay.failureMode],
    ['at most', replay.rate === null ? null : `${replay.rate} events a second`],
  ];
  return (
    <>
      {replay.by === 'received_at' ? 'received' : 'updated'} <Time at={replay.since} /> to{' '}
      <Time at={replay.until} />
      {narrowed.map(([name, value]) =>
        value === null ? null : (
          <div key={name} class="soft">
            {name} <Foreign text={value} />
          </div>
        ),
      )}
    </>
  );
}
