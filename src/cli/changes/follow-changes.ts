import { setTimeout as sleep } from 'node:timers/promises';
import { readChanges, type ChangePage } from '../../changes/read-changes.ts';
import type { Database } from '../../database/client.ts';

const EVERY_MS = 1_000;
const AT_ONCE = 500;

/**
 * Tells a tenant's changes, each once, up to the end of the feed, or until the signal fires.
 *
 * @param of.follow goes on at the end, and asks again
 * @returns the cursor to go on with, and for how long the oldest change waits that is not told yet, in ms
 * @throws CursorRefusedError, CursorGoneError
 */
export async function followChanges(
  database: Pick<Database, '$transaction'>,
  of: { tenant: string; after: string | undefined; follow: boolean },
  onPage: (changes: ChangePage['changes']) => Promise<void>,
  signal: AbortSignal,
): Promise<{ next: string | undefined; behindMs: number }> {
  let next = of.after;
  let behindMs = 0;
  while (!signal.aborted) {
    const page = await readChanges(database, { tenant: of.tenant, after: next, limit: AT_ONCE });
    await onPage(page.changes);
    next = page.next;
    behindMs = page.behindMs;
    if (page.more) continue;
    if (!of.follow) break;
    await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return { next, behindMs };
}
