import { useState } from 'preact/hooks';
import { getPage } from '../api/request.ts';
import { useLoaded, type Loaded } from './use-loaded.ts';

/** Which page of a long list is on the screen. */
export interface Trail {
  address: string;
  /** From 1. */
  number: number;
  /** Undefined on the first page. */
  newer: (() => void) | undefined;
  goOlder: (next: string) => void;
}

export interface Pages<T> extends Loaded<T> {
  number: number;
  newer: (() => void) | undefined;
  /** Undefined on the last page. */
  older: (() => void) | undefined;
}

/** The addresses of the pages that one came through; they lead back. */
export function useTrail(first: string): Trail {
  const [trail, setTrail] = useState({ first, older: [] as string[] });
  const older = trail.first === first ? trail.older : [];
  return {
    address: older.at(-1) ?? first,
    number: older.length + 1,
    newer: older.length === 0 ? undefined : () => setTrail({ first, older: older.slice(0, -1) }),
    goOlder: (next) => setTrail({ first, older: [...older, next] }),
  };
}

/**
 * A list that comes in pages, one of which is on the screen, however long the list is. The first page is loaded
 * again from time to time; older ones are not, because nothing is added to them.
 *
 * @param every for the first page, in ms
 */
export function usePages<T>(
  first: string,
  every: (data: T | undefined) => number | undefined = () => undefined,
): Pages<T> {
  const { address, number, newer, goOlder } = useTrail(first);
  const { data, problem, reload } = useLoaded(
    address,
    (signal) => getPage<T>(address, signal),
    (page) => (address === first ? every(page?.data) : undefined),
  );
  const next = data?.next;
  return {
    data: data?.data,
    problem,
    reload,
    number,
    newer,
    older: next === undefined ? undefined : () => goOlder(next),
  };
}
