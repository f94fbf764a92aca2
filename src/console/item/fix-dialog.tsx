import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { asProblem } from '../api/problem.ts';
import { api, request } from '../api/request.ts';
import type { Correction, TraceEvent, TraceItem, Void } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { EventId } from '../parts/event-id.tsx';
import { Field, ReasonField } from '../parts/field.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Problem } from '../parts/problem.tsx';
import { Time } from '../parts/time.tsx';
import { useAction } from '../state/use-action.ts';

/** A manual fix that was made: an event of its own. */
export type Fix = { kind: 'correction'; made: Correction } | { kind: 'void'; made: Void };

interface Asks {
  tenant: string;
  onDone: (fix: Fix) => void;
  /** No answer says whether it was made. */
  onUnknown: () => void;
  onClose: () => void;
}

const REASON_HINT = 'Stands in the trace and in the audit list, with your name.';

/** Asks what the catalog is to say of an item. */
export function CorrectDialog({ tenant, item, onDone, ...dialog }: Asks & { item: TraceItem }) {
  const [quantity, setQuantity] = useState('');
  const [reason, setReason] = useState('');
  const asked = /^\d{1,10}$/.test(quantity.trim()) ? Number(quantity) : undefined;
  return (
    <FixDialog
      title={`Correct ${item.itemId}`}
      ready={asked !== undefined && reason.trim() !== ''}
      confirm="Correct it"
      done="corrected"
      {...dialog}
      send={async () => {
        const body = { sku: item.sku, quantity: asked, reason: reason.trim() };
        const { data } = await request<Correction>('POST', api`/v1/tenants/${tenant}/corrections`, { body });
        onDone({ kind: 'correction', made: data });
      }}
    >
      <p>
        It is an event of the supplier <code>manual</code>, of now, and competes like any: a later event of a
        supplier wins over it again. A wrong event is better voided.
      </p>
      <Field label="Quantity" hint={`The catalog says ${item.quantity.toLocaleString()}.`}>
        {(ids) => (
          <input
            {...ids}
            type="text"
            inputmode="numeric"
            pattern="\d{1,10}"
            required
            autofocus
            autocomplete="off"
            value={quantity}
            onInput={({ currentTarget }) => setQuantity(currentTarget.value)}
          />
        )}
      </Field>
      <ReasonField value={reason} onInput={setReason} hint={REASON_HINT} />
    </FixDialog>
  );
}

/** Asks whether an event is to leave the contest. */
export function VoidDialog({ tenant, event, onDone, ...dialog }: Asks & { event: TraceEvent }) {
  const [reason, setReason] = useState('');
  const { supplier, eventId } = event;
  return (
    <FixDialog
      title="Void an event"
      ready={reason.trim() !== ''}
      confirm="Void it for good"
      danger
      done="voided"
      {...dialog}
      send={async () => {
        const body = { eventId, reason: reason.trim() };
        const path = api`/v1/tenants/${tenant}/suppliers/${supplier}/voids`;
        const { data } = await request<Void>('POST', path, { body });
        onDone({ kind: 'void', made: data });
      }}
    >
      <p>
        <EventId text={eventId} /> of {supplier} says {event.quantity.toLocaleString()} of{' '}
        <Foreign text={event.sku} /> at <Time at={event.updatedAt} precise />.
      </p>
      <p>
        It leaves the contest for its item at once, and cannot come back. Where it is the winner, the best of
        the others takes the item over, and that is published.
      </p>
      <ReasonField value={reason} onInput={setReason} hint={REASON_HINT} autofocus />
    </FixDialog>
  );
}

function FixDialog({
  title,
  ready,
  confirm,
  danger = false,
  done,
  send,
  onUnknown,
  onClose,
  children,
}: Pick<Asks, 'onUnknown' | 'onClose'> & {
  title: string;
  /** Whether the fields are filled in. */
  ready: boolean;
  confirm: string;
  /** It cannot be taken back. */
  danger?: boolean;
  /** Such as `corrected`. */
  done: string;
  send: () => Promise<void>;
  children: ComponentChildren;
}) {
  const action = useAction(async () => {
    try {
      await send();
    } catch (error) {
      if (asProblem(error).mayBeDone) onUnknown();
      throw error;
    }
  });
  const isUnknown = action.problem?.mayBeDone === true;
  return (
    <Dialog title={title} busy={action.busy} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void action.run();
        }}
      >
        {children}
        {action.problem && (
          <Problem
            problem={action.problem}
            what={isUnknown ? `It is not known whether it was ${done}` : `Nothing was ${done}`}
          />
        )}
        {isUnknown && <p>Look whether the story behind has it, before you ask for it again.</p>}
        <div class="actions">
          {/* Sent again, it would be a second event. */}
          {!isUnknown && (
            <button type="submit" class={danger ? 'danger' : 'primary'} disabled={action.busy || !ready}>
              {action.busy ? 'Working …' : confirm}
            </button>
          )}
          <button type="button" disabled={action.busy} onClick={onClose}>
            {isUnknown ? 'Close and look' : 'Cancel'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
