import { useEffect, useState } from 'preact/hooks';
import { getPage } from '../api/request.ts';
import { useLoaded, type Loaded } from './use-loaded.ts';

export interface Pages<T> extends Loaded<T> {
  /** From 1. */
  number: number;
  /** Undefined on the first and on the last page. */
  newer: (() => void) | undefined;
  older: (() => void) | undefined;
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
  const [trail, setTrail] = useState<{ first: string; addresses: string[] }>({ first, addresses: [first] });
  const addresses = trail.first === first ? trail.addresses : [first];
  const address = addresses.at(-1) ?? first;
  useEffect(() => {
    setTrail((old) => (old.first === first ? old : { first, addresses: [first] }));
  }, [first]);

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
    number: addresses.length,
    newer: addresses.length > 1 ? () => setTrail({ first, addresses: addresses.slice(0, -1) }) : undefined,
    older: next === undefined ? undefined : () => setTrail({ first, addresses: [...addresses, next] }),
  };
}
