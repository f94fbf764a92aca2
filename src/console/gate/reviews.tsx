import { useState } from 'preact/hooks';
import type { GateStatus } from '../api/types.ts';
import { Badge } from '../parts/badge.tsx';
import { ReasonField } from '../parts/field.tsx';
import { EventId } from '../parts/event-id.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Empty } from '../parts/loading.tsx';
import { Time } from '../parts/time.tsx';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';
import { useMay } from '../state/session.ts';
import { GateDialog } from './gate-dialog.tsx';

type Review = GateStatus['reviews'][number];

/** The updates that the gate picked: somebody of support reads each trace and says in own words what happened. */
export function Reviews({ status: { tenant, state, reviews } }: { status: GateStatus }) {
  const [open, setOpen] = useState<Review | undefined>();
  const may = useMay('support');
  if (reviews.length === 0) {
    return (
      <Empty title={state === 'open' ? 'No update was explained.' : 'No update is sampled yet.'}>
        <p>
          {state === 'open'
            ? 'The tenant was opened without a launch.'
            : 'The gate picks three when the business day was watched.'}
        </p>
      </Empty>
    );
  }
  return (
    <>
      <ul class="reviews">
        {reviews.map((one) => (
          <li key={`${one.forSupplier} ${one.supplier} ${one.eventId}`} class="card">
            <div class="section-head">
              <h3>
                <EventId text={one.eventId} /> of {one.supplier}
              </h3>
              {one.approvedAt === null ? (
                <Badge tone="warn">to be explained</Badge>
              ) : (
                <Badge tone="good">approved</Badge>
              )}
            </div>
            <p>
              {one.outcome}, item <Foreign text={one.itemId} />, sampled <Time at={one.sampledAt} />
              {one.forSupplier !== null && `, to widen ${one.forSupplier}`}.{' '}
              <Link href={paths.event(tenant, one.supplier, one.eventId)}>
                Read the trace
                <span class="for-screen-readers">
                  {' '}
                  of <EventId text={one.eventId} />
                </span>
              </Link>
            </p>
            {one.explanation !== null && (
              <blockquote>
                <Foreign text={one.explanation} />
                <footer class="soft">
                  <Foreign text={one.explainedBy ?? 'nobody'} />
                  {one.approvedAt !== null && (
                    <>
                      , <Time at={one.approvedAt} />
                    </>
                  )}
                </footer>
              </blockquote>
            )}
            {one.approvedAt === null && may && (
              <button type="button" class="primary" onClick={() => setOpen(one)}>
                Explain and approve …
                <span class="for-screen-readers">
                  {' '}
                  <EventId text={one.eventId} />
                </span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {open && <Approve tenant={tenant} review={open} onClose={() => setOpen(undefined)} />}
    </>
  );
}

function Approve({ tenant, review, onClose }: { tenant: string; review: Review; onClose: () => void }) {
  const [explanation, setExplanation] = useState('');
  return (
    <GateDialog
      title="Explain and approve"
      tenant={tenant}
      command="approve-trace"
      body={{ supplier: review.supplier, eventId: review.eventId, explanation: explanation.trim() }}
      ready={explanation.trim() !== ''}
      confirm="Approve the trace"
      said="The trace is approved."
      refused="It was not approved"
      onClose={onClose}
    >
      <p>
        Event <EventId text={review.eventId} /> of {review.supplier}, {review.outcome}. Read its trace, then
        say what happened as you would to a customer.
      </p>
      <ReasonField
        label="What happened"
        hint="Stands in the gate and in the audit list with your name."
        value={explanation}
        onInput={setExplanation}
        autofocus
      />
    </GateDialog>
  );
}
