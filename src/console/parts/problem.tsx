import type { ApiProblem } from '../api/problem.ts';
import { Sentence } from './sentence.tsx';

/** What happened, what to do, and the stable code to look up or to tell somebody. */
export function Problem({
  problem,
  what,
  retry,
}: {
  problem: ApiProblem;
  /** What was tried, such as `The gate could not be read`. */
  what?: string;
  retry?: () => void;
}) {
  return (
    <div class="notice bad" role="alert">
      <p class="notice-title">
        {what === undefined ? '' : `${what}. `}
        {problem.title}.
      </p>
      {/* The message of a refusal says its conditions once more, in one line. */}
      {problem.missing.length === 0 && (
        <p>
          <Sentence text={problem.message} />
        </p>
      )}
      {problem.missing.length > 0 && (
        <ul>
          {problem.missing.map(({ condition, detail }) => (
            <li key={condition + detail}>
              <Sentence text={detail} />
            </li>
          ))}
        </ul>
      )}
      {problem.fields.length > 0 && (
        <ul>
          {problem.fields.map(({ pointer, detail }, index) => (
            <li key={index}>
              {pointer !== undefined && pointer !== '' && <code>{pointer.replace(/^\//, '')}</code>}{' '}
              <Sentence text={detail} />
            </li>
          ))}
        </ul>
      )}
      <p class="soft">
        Code <code>{problem.code}</code>
        {problem.requestId !== undefined && (
          <>
            , request <code>{problem.requestId}</code>
          </>
        )}
      </p>
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
