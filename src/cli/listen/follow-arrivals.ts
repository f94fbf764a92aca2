import { setTimeout as sleep } from 'node:timers/promises';
import { databaseNow } from '../../database/clock.ts';
import type { Database } from '../../database/client.ts';
import { seconds } from '../../domain/time.ts';
import { readArrivals, type Arrival } from '../../intake/read-arrivals.ts';

const EVERY_MS = 1_000;
const AT_ONCE = 1_000;
/** A transaction may be seen so long after the moment that it gives its rows: longer than a delivery's statement may take. */
const LATE = seconds(15);

/**
 * Tells what arrives of a tenant's suppliers, each once, until the signal fires.
 *
 * @param of.everyMs how often it looks
 */
export async function followArrivals(
  database: Database,
  of: { tenant: string; supplier?: string | undefined; everyMs?: number },
  onArrival: (arrival: Arrival) => void,
  signal: AbortSignal,
): Promise<void> {
  const begun = await databaseNow(database);
  let since = begun;
  let told = new Map<string, Arrival>();
  let atOnce = AT_ONCE;
  while (!signal.aborted) {
    const page = await readArrivals(database, { ...of, since }, atOnce);
    for (const arrival of page) {
      if (told.has(arrival.key)) continue;
      told.set(arrival.key, arrival);
      onArrival(arrival);
    }
    const last = page.at(-1)?.at ?? since;
    const isFull = page.length === atOnce;
    // All of one delivery have the same moment: a page has to hold them.
    atOnce = isFull && last === since ? atOnce * 2 : AT_ONCE;
    // Among very many at once, one that comes late is let go rather than all that come after it.
    const from = isFull ? last : (await databaseNow(database)) - LATE;
    since = from > begun ? from : begun;
    told = new Map([...told].filter(([, arrival]) => arrival.at >= since));
    if (!isFull) await sleep(of.everyMs ?? EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
