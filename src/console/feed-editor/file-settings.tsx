import { valueAt } from './document.ts';
import { ChoiceSetting, TextSetting, type Choice } from './settings.tsx';
import type { Editor } from './use-editor.ts';

const FORMATS: readonly Choice[] = [
  { value: 'csv', words: 'CSV' },
  { value: 'xlsx', words: 'XLSX: a sheet' },
  { value: 'json', words: 'JSON' },
  { value: 'ndjson', words: 'NDJSON' },
  { value: 'xml', words: 'XML' },
  { value: 'x12-846', words: 'X12 846' },
  { value: 'edifact-invrpt', words: 'EDIFACT INVRPT' },
];

const DELIMITERS: readonly Choice[] = [
  { value: ';', words: 'semicolon ;' },
  { value: ',', words: 'comma ,' },
  { value: '\t', words: 'tab' },
  { value: '|', words: 'bar |' },
];

const ENCODINGS = ['utf-8', 'windows-1252', 'iso-8859-15', 'utf-16le', 'utf-16be', 'ibm850', 'shift_jis'];

/** How the bytes are read. What is not set is found anew in each file. */
export function FileSettings({ editor }: { editor: Editor }) {
  const found = editor.answer?.sample?.found;
  const byItself = (name: string): Choice => {
    const value = found?.[name];
    return {
      value: undefined,
      words: typeof value === 'string' ? `found: ${value === '\t' ? 'tab' : value}` : 'found by itself',
    };
  };
  const format = valueAt(editor.draft, 'format') ?? found?.format;
  const has = (...formats: string[]): boolean => typeof format === 'string' && formats.includes(format);
  const isSet = (path: string): boolean => valueAt(editor.draft, path) !== undefined;
  return (
    <fieldset class="group">
      <legend>The file</legend>
      <div class="fields">
        <ChoiceSetting
          editor={editor}
          path="format"
          label="Format"
          choices={[byItself('format'), ...FORMATS]}
        />
        {!has('xlsx') && (
          <TextSetting
            editor={editor}
            path="encoding"
            label="Encoding"
            placeholder={byItself('encoding').words}
            suggestions={ENCODINGS}
          />
        )}
        {(has('csv') || isSet('delimiter')) && (
          <ChoiceSetting
            editor={editor}
            path="delimiter"
            label="Separator"
            choices={[byItself('delimiter'), ...DELIMITERS]}
          />
        )}
        {(has('csv') || isSet('quote')) && (
          <TextSetting
            editor={editor}
            path="quote"
            label="Quotes"
            placeholder={'"'}
            hint="One character, or none."
          />
        )}
        {(has('csv', 'xlsx') || isSet('header')) && (
          <TextSetting
            editor={editor}
            path="header"
            label="Row of the header"
            placeholder="the first"
            hint="0: there is none."
            whole
          />
        )}
        {(has('xlsx') || isSet('sheet')) && (
          <TextSetting editor={editor} path="sheet" label="Sheet" placeholder="the first" />
        )}
        {(has('json', 'xml') || isSet('rows')) && (
          <TextSetting
            editor={editor}
            path="rows"
            label="Path of the rows"
            placeholder={byItself('rows').words}
          />
        )}
        {(found?.unpacked === 'zip' || isSet('entry')) && (
          <TextSetting editor={editor} path="entry" label="File in the ZIP" placeholder="the only one" />
        )}
      </div>
    </fieldset>
  );
}
