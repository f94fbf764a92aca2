import { queueLag } from '../../signals/queue-lag.ts';
import { meets } from '../../domain/verdict.ts';
import type { Database } from '../../database/client.ts';
import { readWaitingPublishes, type WaitingPublishes } from '../../ledger/waiting-publishes.ts';
import { secondsInWords } from '../../domain/span.ts';
import { failed, ok, type Check } from './check.ts';

/** How many publishes wait for each tenant's storefront: an ordinary one waits for a moment, if at all. */
export async function checkPublishes(
  database: Database,
  defaultStorefrontUrl: string | undefined,
): Promise<Check[]> {
  const waiting = await readWaitingPublishes(database);
  if (waiting.length === 0) return [ok('waiting publishes', 'none waits')];
  return waiting.map((one) => checkTenant(one, one.storefrontUrl ?? defaultStorefrontUrl));
}

function checkTenant(waiting: WaitingPublishes, storefrontUrl: string | undefined): Check {
  const { tenant, count, failing, oldestUs, lastReason, oldestItemId } = waiting;
  const name = `waiting publishes of ${tenant}`;
  const where = storefrontUrl === undefined ? 'a storefront without an address' : shownAddress(storefrontUrl);
  const detail =
    `${count === 1 ? '1 waits' : `${count} wait`} for ${where}, the oldest (${oldestItemId}) for ` +
    secondsInWords(Number(oldestUs / 1_000_000n));
  // What is late by the gate's target of the queue lag is late here.
  if (failing === 0 && meets(Number(oldestUs) / 1e6, queueLag.bound)) return ok(name, detail);
  if (failing === 0) return failed(name, detail, 'No try failed: see that workers run (below).');
  const why = lastReason === null ? '' : `: ${lastReason}`;
  return failed(
    name,
    `${detail}; ${failing === count ? (count === 1 ? 'it' : 'all of them') : `${failing} of them`} could not be told yet${why}`,
    `Check it with \`catalog-sync doctor --storefront\` and mend it: what waits is told by itself. ` +
      `\`catalog-sync trace ${oldestItemId}\` says when it is tried next.`,
  );
}

/** Without what may be secret in an address. */
function shownAddress(address: string): string {
  if (!URL.canParse(address)) return 'an address that is none';
  const { origin, pathname } = new URL(address);
  return `${origin}${pathname === '/' ? '' : pathname}`;
}
