import type { ReplayPrediction } from '../api/types.ts';
import { EventId } from '../parts/event-id.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Empty } from '../parts/loading.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { Link } from '../routing/link.tsx';
import { pathOfItemId, paths } from '../routing/paths.ts';
import { ItemOutcomes } from './outcomes.tsx';

/** What the dry run says: it changed nothing. */
export function Prediction({ tenant, prediction }: { tenant: string; prediction: ReplayPrediction }) {
  if (prediction.events === 0) {
    return (
      <Empty title="There is no event in this window.">
        <p>Choose an earlier beginning, or take away what narrows it.</p>
      </Empty>
    );
  }
  return (
    <section aria-labelledby="prediction">
      <h2 id="prediction">What the replay would do</h2>
      <div class="card">
        <p>
          <strong>{prediction.events.toLocaleString()} events</strong>, <Time at={prediction.since} /> to{' '}
          <Time at={prediction.until} />
          {prediction.rejected > 0 && `; ${prediction.rejected.toLocaleString()} of them would be rejected`}.
          Nothing has been changed.
        </p>
        <ItemOutcomes counts={prediction.items} />
      </div>
      {prediction.touchedItems.length > 0 && (
        <details open>
          <summary>Items ({prediction.touchedItems.length.toLocaleString()} shown)</summary>
          <Table
            caption="Items that the replay would touch"
            columns={['Item', 'Outcome', 'Changes']}
            rows={prediction.touchedItems}
            keyOf={({ itemId }) => itemId}
            cells={(one) => [
              <Link href={pathOfItemId(one.itemId)}>
                <Foreign text={one.itemId} />
              </Link>,
              one.outcome.replaceAll('_', ' '),
              one.changed ? 'yes' : 'no',
            ]}
          />
        </details>
      )}
      {prediction.rejectedEvents.length > 0 && (
        <details>
          <summary>Rejected events ({prediction.rejectedEvents.length.toLocaleString()} shown)</summary>
          <Table
            caption="Events that would be rejected"
            columns={['Event', 'Supplier', 'SKU', 'Failure mode']}
            rows={prediction.rejectedEvents}
            keyOf={({ supplier, eventId }) => `${supplier} ${eventId}`}
            cells={(one) => [
              <Link href={paths.event(tenant, one.supplier, one.eventId)}>
                <EventId text={one.eventId} />
              </Link>,
              one.supplier,
              <Foreign text={one.sku} />,
              <code>{one.failureMode}</code>,
            ]}
          />
        </details>
      )}
    </section>
  );
}
