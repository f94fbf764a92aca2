import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

/** A labelled input with a hint; `children` gets the ids that tie them together. */
export function Field({
  label,
  hint,
  children,
}: {
  label: string;
  hint?: ComponentChildren;
  children: (ids: { id: string; 'aria-describedby': string | undefined }) => ComponentChildren;
}) {
  const id = useId();
  const hintId = `${id}-hint`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({ id, 'aria-describedby': hint === undefined ? undefined : hintId })}
      {hint !== undefined && (
        <p class="hint" id={hintId}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** Why something is done: it stands in the audit list. */
export function ReasonField({
  value,
  onInput,
  label = 'Reason',
  hint = 'Stands in the audit list with your name.',
  maxLength = 2000,
  autofocus = false,
}: {
  value: string;
  onInput: (value: string) => void;
  label?: string;
  hint?: string;
  maxLength?: number;
  autofocus?: boolean;
}) {
  return (
    <Field label={label} hint={hint}>
      {(ids) => (
        <textarea
          {...ids}
          rows={3}
          maxLength={maxLength}
          required
          autofocus={autofocus}
          value={value}
          onInput={({ currentTarget }) => onInput(currentTarget.value)}
        />
      )}
    </Field>
  );
}
