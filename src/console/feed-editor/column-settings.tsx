import { isMap, valueAt, withValue } from './document.ts';
import { ChoiceSetting, type Choice } from './settings.tsx';
import { seen } from '../parts/foreign-text.tsx';
import type { Editor } from './use-editor.ts';

const FIELDS = [
  { path: 'columns.sku', label: 'SKU', none: 'choose …' },
  { path: 'columns.quantity', label: 'Quantity', none: 'choose …' },
  { path: 'columns.updatedAt', label: 'Time', none: 'none' },
  { path: 'columns.location', label: 'Location', none: 'none' },
  { path: 'columns.id', label: 'Id of the event', none: 'none' },
] as const;

/** Which column says what. */
export function ColumnSettings({ editor }: { editor: Editor }) {
  const columns = editor.answer?.sample?.columns ?? [];
  const choices = columns.map(({ column, title }): Choice => ({
    value: column,
    words:
      typeof column === 'number' ? `column ${column}${title === '' ? '' : `: ${seen(title)}`}` : seen(title),
  }));
  const quantity = valueAt(editor.draft, 'columns.quantity');
  return (
    <fieldset class="group">
      <legend>Columns</legend>
      <div class="fields">
        {FIELDS.map(({ path, label, none }) => (
          <ChoiceSetting
            key={path}
            editor={editor}
            path={path}
            label={label}
            hint={path === 'columns.id' ? 'Never the same for other figures. Not an item’s id.' : undefined}
            onChoose={(column) => choose(editor, path, column)}
            choices={[{ value: undefined, words: none }, ...choices, ...written(editor, path, choices)]}
          />
        ))}
      </div>
      {isMap(quantity) && (
        <p class="hint">
          A column for each location: each row says something of all of them. The document has the map.
        </p>
      )}
    </fieldset>
  );
}

/** A column for the time says where it is from: the other way of saying it goes. */
function choose({ draft, setDraft }: Editor, path: string, column: unknown): void {
  if (!draft) return;
  const chosen = withValue(draft, path, column);
  const isTime = path === 'columns.updatedAt' && column !== undefined;
  setDraft(isTime ? withValue(withValue(chosen, 'times.of', undefined), 'times.field', undefined) : chosen);
}

/** Names count in any case and spacing, so one may be written otherwise than the file has it. */
function written(editor: Editor, path: string, choices: readonly Choice[]): Choice[] {
  const value = valueAt(editor.draft, path);
  if (typeof value !== 'string' && typeof value !== 'number') return [];
  return choices.some((one) => one.value === value)
    ? []
    : [{ value, words: `${seen(String(value))}${choices.length > 0 ? ' (as the document has it)' : ''}` }];
}
