import { isMap, plainly, valueAt, withValue } from './document.ts';
import { ChoiceSetting, LinesSetting, TextSetting } from './settings.tsx';
import type { Editor } from './use-editor.ts';

const FORMATS = 'dd.MM.yyyy HH:mm';
const ZONES = Intl.supportedValuesOf('timeZone');

const OF = [
  { value: undefined, words: 'its column' },
  { value: 'file', words: 'the file: when it was written' },
  { value: 'received', words: 'the receipt' },
  { value: 'envelope', words: 'a field of the envelope' },
];

/** From when the figures are. */
export function TimeSettings({ editor }: { editor: Editor }) {
  const { draft } = editor;
  return (
    <fieldset class="group">
      <legend>Times</legend>
      <LinesSetting
        editor={editor}
        path="times.format"
        label="Written as"
        placeholder={FORMATS}
        hint="dd.MM.yyyy HH:mm and the like, iso, rfc2822, epoch or epochMillis; one a line, the first that fits. Empty: RFC 3339."
        rows={Array.isArray(valueAt(draft, 'times.format')) ? 3 : 1}
        format={(value) => [value ?? []].flat().map(plainly).join('\n')}
        parse={formatsOf}
      />
      <div class="fields">
        <ChoiceSetting
          editor={editor}
          path="times.of"
          label="A row’s time is that of"
          choices={OF}
          onChoose={(of) => {
            // One of the two says it, or neither: both at once are a fault.
            if (draft && of !== undefined)
              editor.setDraft(withValue(withValue(draft, 'times.of', of), 'columns.updatedAt', undefined));
            else editor.change('times.of', of);
          }}
        />
        {valueAt(draft, 'times.of') === 'envelope' && (
          <TextSetting editor={editor} path="times.field" label="Field of the envelope" />
        )}
        <TextSetting
          editor={editor}
          path="times.zone"
          label="Zone"
          placeholder="Europe/Berlin"
          hint="Of times that name none."
          suggestions={ZONES}
        />
        <TextSetting editor={editor} path="times.locale" label="Language of months" placeholder="en" />
      </div>
    </fieldset>
  );
}

function formatsOf(text: string): unknown {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.length < 2 ? lines[0] : lines;
}

const DECIMALS = [
  { value: undefined, words: 'by itself' },
  { value: ',', words: 'comma: 5,0' },
  { value: '.', words: 'point: 5.0' },
];

const THOUSANDS = [
  { value: undefined, words: 'none' },
  { value: '.', words: 'point: 1.234' },
  { value: ',', words: 'comma: 1,234' },
  { value: ' ', words: 'blank: 1 234' },
  { value: "'", words: "apostrophe: 1'234" },
];

/** How figures are written. */
export function QuantitySettings({ editor }: { editor: Editor }) {
  return (
    <fieldset class="group">
      <legend>Quantities</legend>
      <div class="fields">
        <ChoiceSetting editor={editor} path="quantities.decimal" label="Decimal sign" choices={DECIMALS} />
        <ChoiceSetting editor={editor} path="quantities.thousands" label="Thousands" choices={THOUSANDS} />
      </div>
      <LinesSetting
        editor={editor}
        path="quantities.words"
        label="Words"
        placeholder={'auf Lager = 10\nnicht geführt = none'}
        hint="One a line. none: the row says nothing of the item. = 0 alone: an empty cell."
        format={wordsInLines}
        parse={wordsOf}
      />
    </fieldset>
  );
}

function wordsInLines(value: unknown): string {
  if (!isMap(value)) return '';
  return Object.entries(value)
    .map(([word, meaning]) => (meaning === null ? word : `${word} = ${plainly(meaning)}`.trim()))
    .join('\n');
}

/** A line without a meaning stays, and the document's fault says so. */
function wordsOf(text: string): unknown {
  const entries = text.split('\n').flatMap((line): [string, unknown][] => {
    if (line.trim() === '') return [];
    const sign = line.lastIndexOf('=');
    if (sign === -1) return [[line.trim(), null]];
    const meaning = line.slice(sign + 1).trim();
    return [[line.slice(0, sign).trim(), /^[+-]?\d{1,12}$/.test(meaning) ? Number(meaning) : meaning]];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
