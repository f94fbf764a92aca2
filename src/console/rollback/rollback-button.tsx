import { useEffect, useRef, useState } from 'preact/hooks';
import { api, request } from '../api/request.ts';
import type { RollbackAnswer, Tenant } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Field, ReasonField } from '../parts/field.tsx';
import { EventId } from '../parts/event-id.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Problem } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { announce } from '../state/announce.ts';
import { gateChanged } from '../gate/gate-changed.ts';
import { useAction } from '../state/use-action.ts';

/** A rollback must not wait for words: this reason serves until there is a better one. */
const PREFILLED = 'Rolled back from the console.';

/** In the head of every page: one click to ask, one to do it. */
export function RollbackButton(props: {
  tenant: string;
  suppliers: Tenant['suppliers'];
  onDone: () => void;
}) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="danger" onClick={() => setOpen(true)}>
        Roll back …
      </button>
      {open && <RollbackDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

function RollbackDialog({
  tenant,
  suppliers,
  onDone,
  onClose,
}: {
  tenant: string;
  suppliers: Tenant['suppliers'];
  onDone: () => void;
  onClose: () => void;
}) {
  const [supplier, setSupplier] = useState('');
  const [reason, setReason] = useState(PREFILLED);
  const [done, setDone] = useState<RollbackAnswer | undefined>();
  const rollBack = useAction(async () => {
    const body = { reason: reason.trim(), ...(supplier !== '' && { supplier }) };
    const { data } = await request<RollbackAnswer>('POST', api`/v1/tenants/${tenant}/gate/rollback`, {
      body,
    });
    setDone(data);
    announce('Rolled back.');
    onDone();
    gateChanged();
  });
  // One dialog for both, so that the focus goes back to where it came from.
  return (
    <Dialog title={done ? 'Rolled back' : `Roll back ${tenant}`} busy={rollBack.busy} onClose={onClose}>
      {done ? (
        <Done done={done} onClose={onClose} />
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void rollBack.run();
          }}
        >
          <p>
            No publish attempt begins from then on. Events go on being received, and are held, not lost. It
            works while Temporal and the workers are down.
          </p>
          <Field label="What">
            {(ids) => (
              <select
                {...ids}
                value={supplier}
                onChange={({ currentTarget }) => setSupplier(currentTarget.value)}
              >
                <option value="">The whole tenant {tenant}</option>
                {suppliers.map((one) => (
                  <option key={one.supplier} value={one.supplier}>
                    Only the supplier {one.supplier} ({one.state})
                  </option>
                ))}
              </select>
            )}
          </Field>
          <ReasonField value={reason} onInput={setReason} autofocus />
          {rollBack.problem && <Problem problem={rollBack.problem} what="Nothing was rolled back" />}
          <div class="actions">
            <button type="submit" class="danger" disabled={rollBack.busy || reason.trim() === ''}>
              {rollBack.busy ? 'Rolling back …' : 'Roll back now'}
            </button>
            <button type="button" disabled={rollBack.busy} onClick={onClose}>
              Leave it as it is
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

function Done({ done, onClose }: { done: RollbackAnswer; onClose: () => void }) {
  const what =
    done.supplier === null ? `Tenant ${done.tenant}` : `Supplier ${done.supplier} of ${done.tenant}`;
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => close.current?.focus(), []);
  return (
    <>
      <p>
        {what} is {done.after} (it was {done.before}) since <Time at={done.committedAt} />. No attempt began
        after that.
      </p>
      {done.sending.length === 0 ? (
        <p>No call to the storefront was under way.</p>
      ) : (
        <>
          <p>These calls had begun before, and may still arrive:</p>
          <Table
            caption="Attempts under way"
            columns={['Item', 'Version #', 'Event', 'Began']}
            rows={done.sending}
            keyOf={(one) => `${one.itemId} ${one.version} ${one.startedAt}`}
            cells={(one) => [
              <Foreign text={one.itemId} />,
              one.version,
              <>
                <EventId text={one.eventId} /> of {one.supplier}
              </>,
              <Time at={one.startedAt} />,
            ]}
          />
        </>
      )}
      <div class="actions">
        <button ref={close} type="button" class="primary" onClick={onClose}>
          Close
        </button>
      </div>
    </>
  );
}
