import type { Database } from '../../database/client.ts';
import type { OpenSecret } from '../../storefront/open.ts';
import { openPages } from '../../storefront/pages.ts';
import { askStorefront } from './ask-storefront.ts';
import { chooseItems, type PublishedItem } from './choose-items.ts';
import { writeProbes, type WrongItem } from './write-probes.ts';

/** What a round of probing found. */
export interface Probed {
  /** Items that storefronts answered for, of each storefront. */
  asked: number;
  /** Items that are shown wrong; version null: the storefront does not know it. */
  wrong: (WrongItem & { tenant: string })[];
  /** Storefronts of which less was learnt than asked for, and why. */
  silent: { tenant: string; storefront: string; reason: string }[];
}

const ITEMS = 20;
const WITHIN_MS = 15_000;
const STOREFRONTS_AT_A_TIME = 8;

/**
 * Asks the storefronts of some tenants what they show of some published items, and writes the answers down. What was
 * accepted is read before a storefront is asked: a version that is accepted meanwhile makes no answer old. Never throws
 * for a storefront, claims nothing of one that does not answer, and ends in time even if all hang.
 */
export async function probeStorefronts(
  database: Database,
  options: {
    tenants: readonly string[];
    /** For tenants without an address of their own. */
    defaultStorefrontUrl?: string | undefined;
    openSecret?: OpenSecret;
    /** Items a storefront; 20 unless given. */
    items?: number;
    /** For the whole round; 15 s unless given. */
    withinMs?: number;
  },
): Promise<Probed> {
  const endsAt = performance.now() + (options.withinMs ?? WITHIN_MS);
  const probed: Probed = { asked: 0, wrong: [], silent: [] };
  if (options.tenants.length === 0) return probed;
  const chosen = await chooseItems(database, options.tenants, options.items ?? ITEMS);
  const byStorefront = new Map<string, [PublishedItem, ...PublishedItem[]]>();
  for (const item of chosen) {
    const key = `${item.tenant}/${item.storefront}`;
    const others = byStorefront.get(key);
    if (others) others.push(item);
    else byStorefront.set(key, [item]);
  }
  // In another order each time, so that it is not always the same ones that time is short for.
  const queue = shuffled([...byStorefront.values()]);
  const lane = async (): Promise<void> => {
    for (let items = queue.shift(); items; items = queue.shift()) {
      const [{ tenant, storefront, stored }] = items;
      const pages = await openPages(
        database,
        stored ?? undefined,
        options.defaultStorefrontUrl,
        options.openSecret,
      );
      const { shown, failure } = !pages
        ? { shown: [], failure: 'the tenant has no storefront address' }
        : await askStorefront(pages, items, endsAt);
      probed.asked += shown.length;
      const answers = shown.map(({ item, version, quantity }) => ({
        ...{ itemId: item.itemId, storefront, acceptedVersion: item.acceptedVersion },
        ...{ version, quantity },
      }));
      const wrong = await writeProbes(database, answers);
      probed.wrong.push(...wrong.map((one) => ({ tenant, ...one })));
      if (failure !== undefined) probed.silent.push({ tenant, storefront, reason: failure });
      else if (shown.length < items.length)
        probed.silent.push({ tenant, storefront, reason: 'the time was up' });
    }
  };
  await Promise.all(Array.from({ length: STOREFRONTS_AT_A_TIME }, lane));
  return probed;
}

function shuffled<T>(list: T[]): T[] {
  return list
    .map((value) => ({ value, order: Math.random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ value }) => value);
}
