import { databaseNow } from '../database/clock.ts';
import type { Transaction } from '../database/client.ts';
import type { TenantState } from '../domain/flags.ts';
import type { WideningFacts } from '../domain/gate.ts';
import { judgeSignals } from '../domain/judge-signals.ts';
import { TENANTS_OWN } from '../flags/begin-watch.ts';
import { readLatestSamples } from './latest-samples.ts';
import { openOf, type Launch } from './launch-facts.ts';
import { readReviews } from './reviews.ts';
import { holdWatch, readWatches } from './watch-rows.ts';

/**
 * What a widening goes by, but for the length of a business day. Watch, reviews and samples are read one after the other,
 * and a miss that is counted in between would mix two moments: whoever widens by it calls `holdWidening` before, and
 * whoever only tells of it reads in a transaction of one moment.
 */
export async function readWideningFacts(
  transaction: Transaction,
  { tenant, state, suppliers, lastOpening }: Launch,
  supplier: string | undefined,
): Promise<Omit<WideningFacts, 'needed'>> {
  const whose = whoseWatch(state, supplier);
  const watches = await readWatches(transaction, tenant);
  const watch = watches.find((one) => one.supplier === whose);
  const reviews = watch ? await readReviews(transaction, tenant, [watch]) : [];
  const { sampledAt, samples } = await readLatestSamples(transaction, tenant);
  return {
    tenant,
    state,
    suppliers,
    supplier,
    watch,
    reviews: reviews.map(({ approvedAt }) => ({ approved: approvedAt !== null })),
    // Whoever is about to be opened must not be sick either: its files may be held while it is closed.
    signals: judgeSignals(
      samples,
      new Set([...openOf(suppliers), ...(supplier === undefined ? [] : [supplier])]),
    ),
    sampledAt,
    lastOpening,
    now: await databaseNow(transaction),
  };
}

/** Until the end of the transaction nobody counts a sample in the watch that a widening goes by. */
export async function holdWidening(
  transaction: Pick<Transaction, '$executeRaw'>,
  { tenant, state }: Pick<Launch, 'tenant' | 'state'>,
  supplier: string,
): Promise<void> {
  await holdWatch(transaction, tenant, whoseWatch(state, supplier));
}

function whoseWatch(state: TenantState, supplier: string | undefined): string {
  return state === 'open' && supplier !== undefined ? supplier : TENANTS_OWN;
}
