import { isMap, plainly, valueAt, withValue } from './document.ts';
import { ChoiceSetting, LinesSetting, TextSetting } from './settings.tsx';
import type { Editor } from './use-editor.ts';

const KINDS = [
  { value: 'upload', words: 'they are handed in' },
  { value: 'sftp', words: 'SFTP server' },
  { value: 'http', words: 'HTTP address' },
  { value: 's3', words: 'S3 bucket' },
  { value: 'folder', words: 'folder of the workers' },
];

type Line = { key: string; label: string; placeholder?: string; secret?: true; whole?: true };

const LINES: Readonly<Record<string, readonly Line[]>> = {
  upload: [],
  sftp: [
    { key: 'host', label: 'Host', placeholder: 'files.acme.example' },
    { key: 'port', label: 'Port', placeholder: '22', whole: true },
    { key: 'path', label: 'Files', placeholder: '/out/stock-*.csv' },
    { key: 'user', label: 'User' },
    { key: 'hostKey', label: 'Fingerprint of its key', placeholder: 'SHA256:…' },
    { key: 'password', label: 'Password', secret: true },
    { key: 'keyFile', label: 'File of a key on the workers' },
    { key: 'passphrase', label: 'Passphrase of the key', secret: true },
  ],
  http: [{ key: 'url', label: 'Address', placeholder: 'https://acme.example/stock.csv' }],
  s3: [
    { key: 'bucket', label: 'Bucket' },
    { key: 'prefix', label: 'Keys begin with', placeholder: 'out/' },
    { key: 'region', label: 'Region', placeholder: 'by the worker' },
    { key: 'endpoint', label: 'Address of the store', placeholder: 'Amazon’s' },
    { key: 'key', label: 'Id of the access key', placeholder: 'by the worker' },
    { key: 'secret', label: 'Its secret', secret: true },
  ],
  folder: [{ key: 'path', label: 'Folder or files', placeholder: '/in/acme/*.csv' }],
};

/** Where the files come from. */
export function SourceSettings({ editor }: { editor: Editor }) {
  const source = valueAt(editor.draft, 'source');
  const kind = isMap(source) ? (Object.keys(source)[0] ?? '') : '';
  const at = `source.${kind}`;
  return (
    <fieldset class="group">
      <legend>Source</legend>
      <div class="fields">
        <Kind editor={editor} kind={kind} />
        {kind !== 'upload' && <Every editor={editor} />}
        {(LINES[kind] ?? []).map(({ key, label, placeholder, secret, whole }) => (
          <TextSetting
            key={`${at}.${key}`}
            editor={editor}
            path={`${at}.${key}`}
            label={label}
            placeholder={placeholder ?? ''}
            whole={whole ?? false}
            secret={secret ?? false}
          />
        ))}
      </div>
      {kind === 'sftp' && (
        <LinesSetting
          editor={editor}
          path={`${at}.key`}
          label="Private key"
          placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
          hint="One of key, file of a key and password."
          format={textOr}
          parse={(text) => (text === '' ? undefined : text)}
        />
      )}
      {kind === 'http' && (
        <LinesSetting
          editor={editor}
          path={`${at}.headers`}
          label="Headers"
          placeholder="Authorization: Bearer …"
          hint="One a line; their values are kept as secrets."
          format={headersInLines}
          parse={headersOf}
        />
      )}
      {kind !== 'upload' && (
        <p class="hint">
          ••• stands for a secret that is kept: it stays as it was unless you write another one.
        </p>
      )}
    </fieldset>
  );
}

/** A source has one kind, and its kind stands for its keys: another one begins anew. */
function Kind({ editor, kind }: { editor: Editor; kind: string }) {
  const choose = (value: unknown): void => {
    const { draft } = editor;
    if (!draft || value === kind) return;
    editor.setDraft(withValue({ ...draft, source: { [String(value)]: {} } }, 'every', undefined));
  };
  return (
    <ChoiceSetting
      editor={editor}
      path="source"
      label="Files come from"
      chosen={kind}
      faults={editor.faultsOf(['source', `source.${kind}`])}
      choices={KINDS}
      onChoose={choose}
    />
  );
}

/** A span, or a line of a crontab with its zone. */
function Every({ editor }: { editor: Editor }) {
  const isCron = isMap(valueAt(editor.draft, 'every'));
  return (
    <LinesSetting
      editor={editor}
      path="every"
      label="Looked at every"
      placeholder="15m"
      hint="15m, 6h and the like; or a crontab line and its zone: 0 6 * * 1-5 Europe/Berlin. Empty: when asked for."
      rows={1}
      format={(value) =>
        isCron && isMap(value) ? `${plainly(value.cron)} ${plainly(value.zone)}`.trim() : textOr(value)
      }
      parse={everyOf}
    />
  );
}

function everyOf(text: string): unknown {
  const words = text.trim().split(/\s+/);
  if (words.length < 5) return text.trim() === '' ? undefined : text.trim();
  const zone = words.slice(5).join(' ');
  return { cron: words.slice(0, 5).join(' '), ...(zone !== '' && { zone }) };
}

function textOr(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function headersInLines(value: unknown): string {
  if (!isMap(value)) return '';
  return Object.entries(value)
    .map(([name, text]) => `${name}: ${textOr(text)}`)
    .join('\n');
}

function headersOf(text: string): unknown {
  const entries = text.split('\n').flatMap((line): [string, string][] => {
    if (line.trim() === '') return [];
    const sign = line.indexOf(':');
    return sign === -1 ? [[line.trim(), '']] : [[line.slice(0, sign).trim(), line.slice(sign + 1).trim()]];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
