import { Foreign } from '../parts/foreign-text.tsx';
import { useId } from 'preact/hooks';
import type { Editor } from './use-editor.ts';

const LINES = { least: 12, most: 40 };

/** The document itself. It is JSON, which is YAML as well: `feed set` takes it as it stands. */
export function DocumentText({ editor: { text, setText, syntaxFault, answer } }: { editor: Editor }) {
  const id = useId();
  const faults = answer?.faults ?? [];
  const lines = text.split('\n').length;
  return (
    <section class="card" aria-labelledby="document">
      <h2 id="document">The document</h2>
      {syntaxFault !== undefined ? (
        <p class="notice bad" id={id} role="alert">
          This is no document: <Foreign text={syntaxFault} /> The form waits until it is one.
        </p>
      ) : (
        faults.length > 0 && (
          <div class="notice warn" id={id}>
            <p class="notice-title">It is no feed yet:</p>
            <ul>
              {faults.map(({ path, fault }, index) => (
                <li key={index}>
                  {path !== '' && (
                    <code>
                      <Foreign text={path} />
                    </code>
                  )}{' '}
                  <Foreign text={fault.replace(/^: /, '')} />
                </li>
              ))}
            </ul>
          </div>
        )
      )}
      <textarea
        class="document"
        aria-labelledby="document"
        aria-describedby={id}
        aria-invalid={syntaxFault !== undefined}
        spellcheck={false}
        rows={Math.min(Math.max(lines, LINES.least), LINES.most)}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
      <p class="hint">
        The form and this text say the same. It is JSON, and so YAML as well:{' '}
        <code>catalog-sync feed set</code> takes it.
      </p>
    </section>
  );
}
