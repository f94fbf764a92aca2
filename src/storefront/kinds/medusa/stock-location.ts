import { z } from 'zod';
import type { Allowance } from '../admin/allowance.ts';
import { chooseLocation } from '../admin/choose-location.ts';
import { SETTING_WAIT_MS } from '../admin/fault-table.ts';
import type { OpenStorefront } from '../kind.ts';
import { askMedusa } from './ask-medusa.ts';
import type { MedusaConfig } from './medusa-schema.ts';

const answered = z.object({ stock_locations: z.array(z.object({ id: z.string(), name: z.string() })) });
const QUERY = [
  ['fields', 'id,name'],
  ['limit', '200'],
] as const;

/** A call for each publish would be one of four, and shops hardly ever move. */
const KEPT_FOR_MS = SETTING_WAIT_MS;
const MOST = 1_000;
const kept = new Map<string, { id: string; untilMs: number }>();

/** The id of the location whose stock is set. @throws StorefrontSilent */
export async function stockLocation(storefront: OpenStorefront, time: Allowance): Promise<string> {
  const { location, email } = storefront.config as MedusaConfig;
  const key = JSON.stringify([storefront.url, email, location]);
  const former = kept.get(key);
  if (former && former.untilMs > performance.now()) return former.id;
  const { stock_locations: places } = await askMedusa(storefront, 'read stock locations', {
    ...{ asked: { path: ['admin', 'stock-locations'], query: QUERY }, shape: answered, time },
  });
  const id = chooseLocation(places, location);
  if (kept.size >= MOST) kept.clear();
  kept.set(key, { id, untilMs: performance.now() + KEPT_FOR_MS });
  return id;
}
