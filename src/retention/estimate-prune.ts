import type { Database } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';
import { readPrunablePage, type OldPlace } from './prunable-page.ts';

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
    const page = await readPrunablePage(database, { tenant, cutoff }, after);
    estimate.old += page.looked;
    estimate.events += page.seqs.length;
    after = page.next;
    onPage(estimate);
  } while (after);
  return estimate;
}
