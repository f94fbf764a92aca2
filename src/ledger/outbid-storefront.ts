import type { Database } from '../database/client.ts';
import { readBack } from '../storefront/read-back.ts';
import { storableInteger } from '../storefront/storable-integer.ts';

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
  if (!shown) return undefined;
  const [row] = await database.$queryRaw<{ version: number | null }[]>`
    SELECT outbid_storefront(${shop.itemId}, ${storableInteger(shown.version)}::integer, ${storableInteger(shown.quantity)}::integer) AS version`;
  return row?.version ?? undefined;
}
