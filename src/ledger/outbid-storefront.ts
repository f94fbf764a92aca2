import type { Database } from '../database/client.ts';
import { readBack } from '../storefront/read-back.ts';

const ANSWER_WITHIN_MS = 1_000;

/**
 * Reads what a storefront shows of an item that it has just accepted, and where that can be nothing that we told it (a
 * version that the ledger never made, or the newest one with another quantity), renews the item above it: its newest
 * version is then published in the ordinary way. A storefront that does not answer is asked again by the probe.
 *
 * @returns the new version, if one was needed
 */
export async function outbidStorefront(
  database: Pick<Database, '$queryRaw'>,
  shop: { storefrontUrl: string; itemId: string },
): Promise<number | undefined> {
  const shown = await readBack({ ...shop, timeoutMs: ANSWER_WITHIN_MS }).catch(() => undefined);
  // What no integer column holds is no version of ours, and nothing can be above it.
  if (!shown || !isInteger32(shown.version) || !isInteger32(shown.quantity)) return undefined;
  const [row] = await database.$queryRaw<{ version: number | null }[]>`
    SELECT outbid_storefront(${shop.itemId}, ${shown.version}::integer, ${shown.quantity}::integer) AS version`;
  return row?.version ?? undefined;
}

function isInteger32(value: number): boolean {
  return Math.trunc(value) === value && Math.abs(value) < 2 ** 31;
}
