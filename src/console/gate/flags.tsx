import { useState } from 'preact/hooks';
import type { GateStatus, Missing } from '../api/types.ts';
import { StateBadge } from '../parts/badge.tsx';
import { ReasonField } from '../parts/field.tsx';
import { Empty } from '../parts/loading.tsx';
import { Sentence } from '../parts/sentence.tsx';
import { Table } from '../parts/table.tsx';
import { useMay } from '../state/session.ts';
import { GateDialog } from './gate-dialog.tsx';
import { Watch } from './watch.tsx';

/** Opens the canary: the tenant, for the suppliers that one chooses. */
export function OpenCanary({ status }: { status: GateStatus }) {
  const [open, setOpen] = useState(false);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [reason, setReason] = useState('');
  const may = useMay('operator');
  if (status.state !== 'closed') return null;
  const toggle = (supplier: string, on: boolean): void =>
    setChosen((old) => (on ? [...old, supplier] : old.filter((one) => one !== supplier)));
  return (
    <>
      <MissingList title="The canary cannot open yet" missing={status.toOpen} />
      {may && (
        <button type="button" class="primary" onClick={() => setOpen(true)}>
          Open the canary …
        </button>
      )}
      {open && (
        <GateDialog
          title={`Open the canary ${status.tenant}`}
          tenant={status.tenant}
          command="open"
          body={{ suppliers: chosen, reason: reason.trim() }}
          ready={chosen.length > 0 && reason.trim() !== ''}
          confirm="Open the canary"
          said="The canary is open."
          refused="The canary stays closed"
          onClose={() => setOpen(false)}
        >
          <fieldset class="field">
            <legend>Suppliers to open with it</legend>
            {status.suppliers.map(({ supplier, heldEvents }) => (
              <label key={supplier} class="choice">
                <input
                  type="checkbox"
                  checked={chosen.includes(supplier)}
                  onChange={({ currentTarget }) => toggle(supplier, currentTarget.checked)}
                />{' '}
                {supplier} <span class="soft">{heldEvents.toLocaleString()} events held</span>
              </label>
            ))}
            {status.suppliers.length === 0 && <p class="soft">The tenant has no supplier yet.</p>}
          </fieldset>
          <ReasonField value={reason} onInput={setReason} />
        </GateDialog>
      )}
    </>
  );
}

/** Where each supplier stands, and the way to widen. */
export function Suppliers({ status }: { status: GateStatus }) {
  const [widening, setWidening] = useState<string | undefined>();
  const may = useMay('operator');
  if (status.suppliers.length === 0) {
    return (
      <Empty title="The tenant has no supplier yet.">
        <p>
          <code>npx catalog-sync supplier add acme --tenant {status.tenant}</code>
        </p>
      </Empty>
    );
  }
  const mayWiden = may && status.state !== 'closed';
  const closed = status.suppliers.filter(({ state }) => state === 'closed');
  // Nothing is left to widen, but the launch has to pass the gate all the same: any supplier stands for it.
  const first = status.state === 'canary' && closed.length === 0 ? status.suppliers[0]?.supplier : undefined;
  return (
    <>
      <Table
        caption="Suppliers"
        columns={['Supplier', 'State', 'Held events #', 'Watch', 'Widen']}
        rows={status.suppliers}
        keyOf={({ supplier }) => supplier}
        cells={(one) => [
          one.supplier,
          <StateBadge state={one.state} />,
          one.heldEvents.toLocaleString(),
          one.watch ? (
            <Watch watch={one.watch} label={`Watch of ${one.supplier}`} />
          ) : (
            <span class="soft">the tenant's</span>
          ),
          one.state === 'closed' && mayWiden ? (
            <button type="button" onClick={() => setWidening(one.supplier)}>
              Widen to {one.supplier} …
            </button>
          ) : (
            ''
          ),
        ]}
      />
      {status.state !== 'closed' && closed.length > 0 && (
        <MissingList title="No further supplier can be opened yet" missing={status.toWiden} />
      )}
      {first !== undefined && (
        <>
          <MissingList
            title="Each supplier is open, but the launch cannot be completed yet"
            missing={status.toWiden}
          />
          {may && (
            <button type="button" class="primary" onClick={() => setWidening(first)}>
              Complete the launch …
            </button>
          )}
        </>
      )}
      {widening !== undefined && (
        <Widen status={status} supplier={widening} onClose={() => setWidening(undefined)} />
      )}
    </>
  );
}

function Widen({ status, supplier, onClose }: { status: GateStatus; supplier: string; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const closed = status.suppliers.filter(({ state }) => state === 'closed').length;
  const completes = status.state === 'canary' && closed <= 1;
  return (
    <GateDialog
      title={
        closed === 0 ? `Complete the launch of ${status.tenant}` : `Widen ${status.tenant} to ${supplier}`
      }
      tenant={status.tenant}
      command="widen"
      body={{ supplier, reason: reason.trim() }}
      ready={reason.trim() !== ''}
      confirm={closed === 0 ? 'Complete the launch' : 'Widen'}
      said={closed === 0 ? 'The launch is complete.' : `${supplier} is open.`}
      refused={closed === 0 ? 'The launch is not complete' : `${supplier} stays closed`}
      onClose={onClose}
    >
      <p>
        {closed > 0 && 'Its held events flow at once. '}
        {completes &&
          (closed > 0 ? 'It is the last one: the tenant becomes open.' : 'The tenant becomes open.')}
      </p>
      <ReasonField value={reason} onInput={setReason} autofocus />
    </GateDialog>
  );
}

function MissingList({ title, missing }: { title: string; missing: readonly Missing[] }) {
  if (missing.length === 0) return <p class="notice good">Every condition is met.</p>;
  return (
    <div class="notice warn">
      <p class="notice-title">
        {title}: {missing.length === 1 ? 'one condition is' : `${missing.length} conditions are`} missing.
      </p>
      <ul>
        {missing.map(({ condition, detail }) => (
          <li key={condition + detail}>
            <Sentence text={detail} /> <code class="soft">{condition}</code>
          </li>
        ))}
      </ul>
    </div>
  );
}
