import type { TraceAnswer, TraceItem } from '../api/types.ts';
import { isCorrected } from '../../domain/corrected.ts';
import { Badge } from '../parts/badge.tsx';
import { EventId } from '../parts/event-id.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';

type Share = TraceItem['shares'][number];

/** What each supplier says of the item, and what of it counts. */
export function Shares({ tenant, trace: { item } }: { tenant: string; trace: Pick<TraceAnswer, 'item'> }) {
  if (!item || saysNothingNew(item)) return null;
  const places = item.shares.some(({ location }) => location !== '');
  return (
    <section aria-labelledby="shares">
      <h2 id="shares">What it is made of</h2>
      <p>{ruleInWords(item)}</p>
      <Table
        caption="What each supplier says, newest first"
        columns={['Supplier', ...(places ? ['Location'] : []), 'Figure #', 'Counts', 'updatedAt', 'Event']}
        telling={['Supplier', 'Location', 'Counts', 'Event']}
        rows={item.shares}
        keyOf={({ supplier, location }) => `${supplier} ${location}`}
        cells={(share) => [
          share.supplier,
          ...(places ? [share.location === '' ? '' : <Foreign text={share.location} />] : []),
          share.quantity.toLocaleString(),
          <WhetherItCounts share={share} />,
          <Time at={share.updatedAt} precise />,
          <Link href={paths.event(tenant, share.supplier, share.eventId)}>
            <EventId text={share.eventId} />
          </Link>,
        ]}
      />
    </section>
  );
}

/** One supplier, all of whose figure is shown: the answer has said it. */
function saysNothingNew({ rule, shares, stock, quantity }: TraceItem): boolean {
  const [first] = shares;
  return !first || (shares.length === 1 && rule === 'newest' && first.counts && stock === quantity);
}

function ruleInWords({ rule, stock, quantity, reserve, maxShown, shares }: TraceItem): string {
  if (isCorrected(shares))
    return `Corrected by hand: the catalog says ${quantity.toLocaleString()}, with nothing kept back.`;
  const kept = reserve > 0 ? `, ${reserve.toLocaleString()} kept back` : '';
  const most = maxShown === null ? '' : `, at most ${maxShown.toLocaleString()} shown`;
  return `By the rule ${rule}: ${stock.toLocaleString()} in stock${kept}${most}; the catalog says ${quantity.toLocaleString()}.`;
}

function WhetherItCounts({ share: { counts, why } }: { share: Share }) {
  return (
    <>
      <Badge tone={counts ? 'good' : 'quiet'}>{counts ? 'counts' : 'does not count'}</Badge>
      {why !== 'counts' && <div class="soft">{why}</div>}
    </>
  );
}
