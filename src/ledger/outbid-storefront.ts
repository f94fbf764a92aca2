import type { Database } from '../database/client.ts';
import type { ShownItem } from '../storefront/kinds/kind.ts';
import { SHOP } from '../storefront/of-tenant.ts';
import { storableInteger } from '../storefront/storable-integer.ts';

/**
 * Reads what a storefront shows of an item that it has just accepted, and where that can be nothing that we told it (a
 * version that the ledger never made, or the newest one with another quantity), renews the item above it: its newest
 * version is then published in the ordinary way. A storefront that does not answer is asked again by the probe.
 *
 * @param storefront its name
 * @returns the new version, if one was needed
 */
export async function outbidStorefront(
  database: Pick<Database, '$queryRaw'>,
  itemId: string,
  readBack: () => Promise<ShownItem | undefined>,
  storefront = SHOP,
): Promise<number | undefined> {
  const shown = await readBack().catch(() => undefined);
  // A page without a version shows nothing that could be outbid.
  if (!shown || shown.version === null) return undefined;
  const [row] = await database.$queryRaw<{ version: number | null }[]>`
    SELECT outbid_storefront(${itemId}, ${storableInteger(shown.version)}::integer,
                             ${storableInteger(shown.quantity)}::integer, ${storefront}) AS version`;
  return row?.version ?? undefined;
}
