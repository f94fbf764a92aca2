import { useState } from 'preact/hooks';
import { api, request } from '../api/request.ts';
import type { AliasesImported } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Field, ReasonField } from '../parts/field.tsx';
import { Problem } from '../parts/problem.tsx';
import { announce } from '../state/announce.ts';
import { useAction } from '../state/use-action.ts';
import { readPastedAliases } from './pasted-aliases.ts';

/** Takes aliases as lines; what they would do is said first, by the server, which then writes that very text. */
export function ImportAliases({
  tenant,
  suppliers,
  supplier: first,
  onDone,
  onClose,
}: {
  tenant: string;
  suppliers: readonly string[];
  supplier: string;
  onDone: () => void;
  onClose: () => void;
}) {
  const [supplier, setSupplier] = useState(first === '' ? (suppliers[0] ?? '') : first);
  const [text, setText] = useState('');
  const [reason, setReason] = useState('');
  const [foreseen, setForeseen] = useState<AliasesImported | undefined>();
  const aliases = readPastedAliases(text);
  const send = useAction(async () => {
    const dryRun = foreseen === undefined;
    const body = { aliases, dryRun, ...(reason.trim() !== '' && { reason: reason.trim() }) };
    const path = api`/v1/tenants/${tenant}/suppliers/${supplier}/aliases`;
    const { data } = await request<AliasesImported>('POST', path, { body });
    if (dryRun) return setForeseen(data);
    announce(`Aliases of ${supplier}: ${inWords(data)}.`);
    onClose();
    onDone();
  });
  const changed = (change: () => void): void => {
    change();
    setForeseen(undefined);
    send.forget();
  };
  return (
    <Dialog title="Import aliases" busy={send.busy} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send.run();
        }}
      >
        <Field label="Supplier">
          {(ids) => (
            <select
              {...ids}
              value={supplier}
              onChange={({ currentTarget }) => changed(() => setSupplier(currentTarget.value))}
            >
              {suppliers.map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field
          label="Lines"
          hint="Code, SKU and, where one is several pieces, how many: 4711;CHAIR-01;12. Cells of a spreadsheet can be pasted."
        >
          {(ids) => (
            <textarea
              {...ids}
              rows={8}
              required
              spellcheck={false}
              value={text}
              onInput={({ currentTarget }) => changed(() => setText(currentTarget.value))}
            />
          )}
        </Field>
        <ReasonField value={reason} onInput={setReason} maxLength={1000} />
        {foreseen && (
          <p role="status" class="notice">
            This would be: {inWords(foreseen)}. Nothing is written yet.
          </p>
        )}
        {send.problem && <Problem problem={send.problem} what="Nothing was imported" />}
        <div class="actions">
          <button
            type="submit"
            class="primary"
            disabled={send.busy || aliases.length === 0 || reason.trim() === ''}
          >
            {send.busy ? 'Working …' : foreseen ? 'Import' : 'See what it would do'}
          </button>
          <button type="button" disabled={send.busy} onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function inWords({ added, changed, unchanged, released, dryRun }: AliasesImported): string {
  const flows =
    released === 0 ? '' : `, and ${released.toLocaleString()} events that wait ${dryRun ? 'would ' : ''}flow`;
  return `${added.toLocaleString()} new, ${changed.toLocaleString()} changed, ${unchanged.toLocaleString()} as before${flows}`;
}
