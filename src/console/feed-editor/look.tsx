import { Foreign } from '../parts/foreign-text.tsx';
import { Problem } from '../parts/problem.tsx';
import { Sentence } from '../parts/sentence.tsx';
import { SampleTable } from './sample-table.tsx';
import type { Editor } from './use-editor.ts';
import { Verdict } from './verdict.tsx';

/** What the sample becomes by the document as it stands. */
export function Look({ editor }: { editor: Editor }) {
  const { answer, asking, problem, sample, draft } = editor;
  const faults = answer?.faults.length ?? 0;
  return (
    <section class="card look" aria-labelledby="look" aria-busy={asking}>
      <div class="section-head">
        <h2 id="look">What it becomes</h2>
        <span class="soft" role="status">
          {asking ? 'Looking …' : ''}
        </span>
      </div>
      {problem && <Problem problem={problem} what="The preview failed" />}
      {editor.open.length > 0 && (
        <div class="notice warn">
          <p class="notice-title">The file leaves open:</p>
          <ul>
            {editor.open.map(({ path, why }) => (
              <li key={path}>
                <code>{path}</code>: <Foreign text={why} />
              </li>
            ))}
          </ul>
        </div>
      )}
      {!sample && <p class="soft">With a sample, its first rows stand here as events. Nothing is written.</p>}
      {sample && answer && (
        <>
          {answer.unreadable !== null && (
            <div class="notice bad">
              <p class="notice-title">Nothing of the file can be read.</p>
              <p>
                <Sentence text={answer.unreadable} />
              </p>
            </div>
          )}
          {faults > 0 && (
            <p>
              The document has {faults === 1 ? 'a fault' : `${faults} faults`}: with none, rows become events.
            </p>
          )}
          {answer.preview && <Verdict preview={answer.preview} />}
          {answer.sample && <SampleTable sample={answer.sample} preview={answer.preview} draft={draft} />}
        </>
      )}
    </section>
  );
}
