import type { Database } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';
import { readOldPage, whichMayGo, type OldPlace } from './old-page.ts';

export interface PruneEstimate {
  tenant: string;
  /** Received before the cutoff. */
  old: number;
  /** Of them, those that would go. */
  events: number;
}

/** Looks at what a prune would look at, and takes nothing away. */
export async function estimatePrune(
  database: Pick<Database, '$queryRaw'>,
  { tenant, cutoff }: { tenant: string; cutoff: Micros },
  onPage: (soFar: PruneEstimate) => void,
): Promise<PruneEstimate> {
  const estimate: PruneEstimate = { tenant, old: 0, events: 0 };
  let after: OldPlace | undefined;
  do {
    const page = await readOldPage(database, { tenant, cutoff }, after);
    estimate.old += page.seqs.length;
    estimate.events += (await whichMayGo(database, page.seqs, cutoff)).length;
    after = page.next;
    onPage(estimate);
  } while (after);
  return estimate;
}
