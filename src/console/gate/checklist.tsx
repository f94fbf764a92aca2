import { useState } from 'preact/hooks';
import type { GateStatus } from '../api/types.ts';
import { Field } from '../parts/field.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Time } from '../parts/time.tsx';
import { useMay } from '../state/session.ts';
import { GateDialog } from './gate-dialog.tsx';

type Condition = GateStatus['checklist'][number];

/** Five conditions, each with who confirmed it and by what evidence. */
export function Checklist({ status: { tenant, checklist } }: { status: GateStatus }) {
  const [open, setOpen] = useState<Condition | undefined>();
  const may = useMay('operator');
  return (
    <>
      <ul class="checklist">
        {checklist.map((one) => (
          <li key={one.name} class={one.reference === null ? 'missing' : 'met'}>
            <span class="mark" aria-hidden="true">
              {one.reference === null ? '○' : '✓'}
            </span>
            <div>
              <strong>{one.title}</strong>{' '}
              <span class="for-screen-readers">{one.reference === null ? 'missing' : 'confirmed'}</span>
              {one.reference === null ? (
                <div class="soft">Wanted: {one.evidence}</div>
              ) : (
                <div class="soft">
                  <Reference text={one.reference} />, confirmed by{' '}
                  <Foreign text={one.confirmedBy ?? 'nobody'} />
                  {one.at !== null && (
                    <>
                      {' '}
                      <Time at={one.at} />
                    </>
                  )}
                </div>
              )}
            </div>
            {may && (
              <button type="button" onClick={() => setOpen(one)}>
                {one.reference === null ? 'Confirm …' : 'Change …'}
                <span class="for-screen-readers"> {one.title}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {open && <Confirm tenant={tenant} condition={open} onClose={() => setOpen(undefined)} />}
    </>
  );
}

/** Only an address that a browser opens as a page becomes a link: somebody typed it. */
function Reference({ text }: { text: string }) {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return <Foreign text={text} />;
  return (
    <a href={text} target="_blank" rel="noreferrer noopener">
      <Foreign text={text} />
      <span class="for-screen-readers"> (opens a new tab)</span>
    </a>
  );
}

function Confirm({
  tenant,
  condition,
  onClose,
}: {
  tenant: string;
  condition: Condition;
  onClose: () => void;
}) {
  const [reference, setReference] = useState(condition.reference ?? '');
  return (
    <GateDialog
      title={condition.title}
      tenant={tenant}
      method="PUT"
      command={`checklist/${condition.name}`}
      body={{ reference: reference.trim() }}
      ready={reference.trim() !== ''}
      confirm="Confirm"
      said={`${condition.title} is confirmed.`}
      refused="It was not confirmed"
      onClose={onClose}
    >
      <Field label="Evidence" hint={condition.evidence}>
        {(ids) => (
          <input
            {...ids}
            required
            autofocus
            maxLength={2000}
            value={reference}
            onInput={({ currentTarget }) => setReference(currentTarget.value)}
          />
        )}
      </Field>
    </GateDialog>
  );
}
