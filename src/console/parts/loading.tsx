import type { ComponentChildren } from 'preact';
import type { Loaded } from '../state/use-loaded.ts';
import { Problem } from './problem.tsx';

/** A thing that is loaded: a quiet placeholder before, the problem if it fails, old data kept while it is away. */
export function Show<T>({
  loaded,
  what,
  children,
}: {
  loaded: Loaded<T>;
  /** What is loaded, as in `The gate`. */
  what: string;
  children: (data: T) => ComponentChildren;
}) {
  const { data, problem, reload } = loaded;
  return (
    <>
      {problem && (
        <Problem
          problem={problem}
          what={`${what} could not be ${data === undefined ? 'read' : 'read again; what stands here is older'}`}
          retry={reload}
        />
      )}
      {data === undefined ? !problem && <Placeholder what={what} /> : children(data)}
    </>
  );
}

function Placeholder({ what }: { what: string }) {
  return (
    <p class="placeholder soft" role="status">
      {what} is being read …
    </p>
  );
}

/** Nothing to show, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="notice empty">
      <p class="notice-title">{title}</p>
      {children}
    </div>
  );
}
