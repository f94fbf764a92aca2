import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import { Foreign } from '../parts/foreign-text.tsx';
import { plainly, valueAt } from './document.ts';
import type { Editor } from './use-editor.ts';

interface Ids {
  id: string;
  'aria-describedby': string | undefined;
  'aria-invalid': boolean;
}

/** A place of the document with its label, and beside it what is wrong there or was left open. */
export function Setting({
  editor,
  path,
  label,
  hint,
  faults = editor.faultsAt(path),
  children,
}: {
  editor: Editor;
  path: string;
  label: string;
  hint?: ComponentChildren;
  faults?: readonly string[];
  children: (ids: Ids) => ComponentChildren;
}) {
  const id = useId();
  const left = editor.open.find((one) => one.path === path);
  // A fault says the same in other words, but not what may be chosen.
  const question = left && (faults.length === 0 || left.choices.length > 0) ? left : undefined;
  const told = [
    ...(hint === undefined ? [] : [`${id}-hint`]),
    ...(question ? [`${id}-open`] : []),
    ...(faults.length > 0 ? [`${id}-fault`] : []),
  ].join(' ');
  return (
    <div class={faults.length > 0 ? 'field faulty' : question ? 'field open' : 'field'}>
      <label for={id}>{label}</label>
      {children({
        id,
        'aria-describedby': told === '' ? undefined : told,
        'aria-invalid': faults.length > 0,
      })}
      {faults.length > 0 && (
        <p class="fault" id={`${id}-fault`}>
          <Foreign text={faults.join('; ')} />
        </p>
      )}
      {question && (
        <p class="left-open" id={`${id}-open`}>
          Open: <Foreign text={question.why} />
          {question.choices.length > 0 && (
            <>
              {' '}
              (<Foreign text={question.choices.slice(0, 8).join(' | ')} />
              {question.choices.length > 8 && ' …'})
            </>
          )}
        </p>
      )}
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface Named {
  editor: Editor;
  path: string;
  label: string;
  hint?: ComponentChildren;
  /** Where not all that lies within the place is told here. */
  faults?: readonly string[];
}

/** A line of text; left empty, the key is not there. */
export function TextSetting({
  placeholder,
  whole = false,
  suggestions,
  secret = false,
  ...named
}: Named & {
  placeholder?: string;
  /** A number where it looks like one. */
  whole?: boolean;
  suggestions?: readonly string[];
  /** Not shown as it is typed. */
  secret?: boolean;
}) {
  const { editor, path } = named;
  const list = useId();
  const kind = secret
    ? ({ type: 'password', autocomplete: 'new-password' } as const)
    : ({ list: suggestions && list, autocomplete: 'off' } as const);
  return (
    <Setting {...named}>
      {(ids) => (
        <>
          <input
            {...ids}
            {...kind}
            spellcheck={false}
            placeholder={placeholder}
            value={plainly(valueAt(editor.draft, path))}
            onInput={({ currentTarget: { value } }) =>
              editor.change(
                path,
                value === '' ? undefined : whole && /^\d{1,9}$/.test(value) ? Number(value) : value,
              )
            }
          />
          {suggestions && (
            <datalist id={list}>
              {suggestions.map((one) => (
                <option key={one} value={one} />
              ))}
            </datalist>
          )}
        </>
      )}
    </Setting>
  );
}

export interface Choice {
  /** As the document has it; undefined: the key is not there. */
  value: unknown;
  words: string;
}

/** One of a few. What the document has beside them is a choice as well. */
export function ChoiceSetting({
  choices,
  chosen,
  onChoose,
  ...named
}: Named & {
  choices: readonly Choice[];
  /** Where it is not what stands at the place, both are given. */
  chosen?: unknown;
  onChoose?: (value: unknown) => void;
}) {
  const { editor, path } = named;
  const current = onChoose && chosen !== undefined ? chosen : valueAt(editor.draft, path);
  const index = choices.findIndex(({ value }) => value === current);
  const choose = onChoose ?? ((value: unknown) => editor.change(path, value));
  return (
    <Setting {...named}>
      {(ids) => (
        <select
          {...ids}
          value={String(index)}
          onChange={({ currentTarget: { value } }) => {
            const choice = choices[Number(value)];
            if (choice) choose(choice.value);
          }}
        >
          {index === -1 && <option value="-1">{plainly(current)}</option>}
          {choices.map(({ words }, no) => (
            <option key={no} value={String(no)}>
              {words}
            </option>
          ))}
        </select>
      )}
    </Setting>
  );
}

/** Something that has lines: what stands in it stays as it is typed while somebody types. */
export function LinesSetting({
  format,
  parse,
  rows = 3,
  placeholder,
  ...named
}: Named & {
  format: (value: unknown) => string;
  parse: (text: string) => unknown;
  rows?: number;
  placeholder?: string;
}) {
  const { editor, path } = named;
  const [typed, setTyped] = useState<string | undefined>();
  return (
    <Setting {...named}>
      {(ids) => (
        <textarea
          {...ids}
          rows={rows}
          spellcheck={false}
          placeholder={placeholder}
          value={typed ?? format(valueAt(editor.draft, path))}
          onInput={({ currentTarget: { value } }) => {
            setTyped(value);
            editor.change(path, parse(value));
          }}
          onBlur={() => setTyped(undefined)}
        />
      )}
    </Setting>
  );
}
