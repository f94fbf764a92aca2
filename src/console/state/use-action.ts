import { useRef, useState } from 'preact/hooks';
import { asProblem, type ApiProblem } from '../api/problem.ts';

export interface Action {
  /** While it is under way, it is not begun a second time. */
  busy: boolean;
  problem: ApiProblem | undefined;
  run: () => Promise<void>;
  forget: () => void;
}

/** Something that changes the world when a person says so, and its end. */
export function useAction(work: () => Promise<void>): Action {
  const [state, setState] = useState<{ busy: boolean; problem: ApiProblem | undefined }>({
    busy: false,
    problem: undefined,
  });
  // Not the state, which a handler of an earlier rendering would remember as it was.
  const underWay = useRef(false);
  return {
    ...state,
    run: async () => {
      if (underWay.current) return;
      underWay.current = true;
      setState({ busy: true, problem: undefined });
      try {
        await work();
        setState({ busy: false, problem: undefined });
      } catch (error) {
        setState({ busy: false, problem: asProblem(error) });
      } finally {
        underWay.current = false;
      }
    },
    forget: () => setState({ busy: false, problem: undefined }),
  };
}
