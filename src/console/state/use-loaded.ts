import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { asProblem, type ApiProblem } from '../api/problem.ts';

export interface Loaded<T> {
  /** Stays while it is loaded again; undefined before the first answer. */
  data: T | undefined;
  /** Why the last try failed. */
  problem: ApiProblem | undefined;
  reload: () => void;
}

interface State<T> {
  key: string;
  data: T | undefined;
  problem: ApiProblem | undefined;
}

/**
 * Loads something, again whenever `key` changes, and from time to time while the page is looked at.
 *
 * @param every how long to wait until it is loaded again, in ms; undefined: not at all
 */
export function useLoaded<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  every: (data: T | undefined) => number | undefined = () => undefined,
): Loaded<T> {
  const [state, setState] = useState<State<T>>({ key, data: undefined, problem: undefined });
  const [round, setRound] = useState(0);
  const latest = useRef({ load, every });
  latest.current = { load, every };

  useEffect(() => {
    const control = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let data: T | undefined;
    const run = async (): Promise<void> => {
      clearTimeout(timer);
      try {
        const answer = await latest.current.load(control.signal);
        if (control.signal.aborted) return;
        data = answer;
        setState((old) => merge(old, key, answer));
      } catch (error) {
        if (control.signal.aborted) return;
        setState((old) => ({ key, data: old.key === key ? old.data : undefined, problem: asProblem(error) }));
      }
      const wait = latest.current.every(data);
      if (wait !== undefined && !document.hidden) timer = setTimeout(() => void run(), wait);
    };
    const onVisible = (): void => {
      clearTimeout(timer);
      if (!document.hidden && latest.current.every(data) !== undefined) void run();
    };
    document.addEventListener('visibilitychange', onVisible);
    void run();
    return () => {
      control.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [key, round]);

  const reload = useCallback(() => setRound((count) => count + 1), []);
  const fresh = state.key === key ? state : undefined;
  return { data: fresh?.data, problem: fresh?.problem, reload };
}

/** Keeps the old object when nothing has changed: plots and lists are not drawn again for nothing. */
function merge<T>(old: State<T>, key: string, data: T): State<T> {
  const same = old.key === key && JSON.stringify(old.data) === JSON.stringify(data);
  return { key, data: same ? old.data : data, problem: undefined };
}
