import { TENANTS_OWN } from '../flags/begin-watch.ts';
import { closedOf, type Launch } from './launch-facts.ts';
import type { WatchRow } from './watch-rows.ts';

/** A canary goes by the tenant's own watch, each closed supplier of an open tenant by its own, a closed tenant by none. */
export function watchesThatCount(
  { state, suppliers }: Pick<Launch, 'state' | 'suppliers'>,
  watches: readonly WatchRow[],
): WatchRow[] {
  if (state === 'closed') return [];
  if (state === 'canary') return watches.filter(({ supplier }) => supplier === TENANTS_OWN);
  const closed = closedOf(suppliers);
  return watches.filter(({ supplier }) => closed.includes(supplier));
}

/** The watch of a launch that is done: it counts for nothing any more, but says what was seen. */
export function endedWatch(
  { state }: Pick<Launch, 'state'>,
  watches: readonly WatchRow[],
): WatchRow | undefined {
  if (state !== 'open') return undefined;
  return watches.find(
    ({ supplier, watched, sampledAt }) => supplier === TENANTS_OWN && (watched > 0n || sampledAt !== null),
  );
}
