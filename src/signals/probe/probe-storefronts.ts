import type { Database } from '../../database/client.ts';
import { askStorefront, type Shown } from './ask-storefront.ts';
import type { FailureMode } from '../../domain/failure-modes.ts';
import { chooseItems, type PublishedItem } from './choose-items.ts';

/** What can be wrong with what a storefront shows. */
export type ShownWrong = Extract<FailureMode, 'old_quantity_shown' | 'wrong_quantity_shown'>;

/** What a round of probing found. */
export interface Probed {
  /** Items that a storefront answered for. */
  asked: number;
  /** Items that are shown wrong; version null: the storefront does not know it. */
  wrong: {
    tenant: string;
    itemId: string;
    failureMode: ShownWrong;
    acceptedVersion: number;
    shownVersion: number | null;
  }[];
  /** Tenants of whose storefront less was learnt than asked for, and why. */
  silent: { tenant: string; reason: string }[];
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
    /** Items a tenant; 20 unless given. */
    items?: number;
    /** For the whole round; 15 s unless given. */
    withinMs?: number;
  },
): Promise<Probed> {
  const endsAt = performance.now() + (options.withinMs ?? WITHIN_MS);
  const probed: Probed = { asked: 0, wrong: [], silent: [] };
  if (options.tenants.length === 0) return probed;
  const chosen = await chooseItems(database, options.tenants, options.items ?? ITEMS);
  const byTenant = new Map<string, PublishedItem[]>();
  for (const item of chosen) byTenant.set(item.tenant, [...(byTenant.get(item.tenant) ?? []), item]);
  // In another order each time, so that it is not always the same ones that time is short for.
  const queue = shuffled([...byTenant]);
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const [tenant, items] = next;
      const url = items[0]?.storefrontUrl ?? options.defaultStorefrontUrl;
      const { shown, failure } =
        url === undefined
          ? { shown: [], failure: 'the tenant has no storefront address' }
          : await askStorefront(url, items, endsAt);
      probed.asked += shown.length;
      probed.wrong.push(...(await writeDown(database, tenant, shown)));
      if (failure !== undefined) probed.silent.push({ tenant, reason: failure });
      else if (shown.length < items.length) probed.silent.push({ tenant, reason: 'the time was up' });
    }
  };
  await Promise.all(Array.from({ length: STOREFRONTS_AT_A_TIME }, lane));
  return probed;
}

/**
 * Writes answers down, each with what is wrong with it. A version is in the ledger before any storefront is told of it,
 * so that one above the last accepted is right if the ledger made it with that quantity, and else nobody's.
 */
async function writeDown(
  database: Database,
  tenant: string,
  shown: readonly Shown[],
): Promise<Probed['wrong']> {
  if (shown.length === 0) return [];
  const answers = JSON.stringify(
    shown.map(({ item, version, quantity }) => ({
      ...{ item: item.itemId, accepted: item.acceptedVersion, version, quantity },
    })),
  );
  const rows = await database.$queryRaw<
    {
      item_id: string;
      accepted_version: number;
      shown_version: number | null;
      failure_mode: ShownWrong | null;
    }[]
  >`
    INSERT INTO storefront_probe (item_id, probed_at_us, accepted_version, shown_version, shown_quantity, failure_mode)
    SELECT x.item, now_us(), x.accepted, x.version, x.quantity,
           CASE WHEN x.version IS NULL OR x.version < x.accepted THEN 'old_quantity_shown'
                WHEN v.quantity IS DISTINCT FROM x.quantity THEN 'wrong_quantity_shown' END
      FROM jsonb_to_recordset(${answers}::jsonb)
        AS x (item text, accepted integer, version integer, quantity integer)
      LEFT JOIN catalog_item_version v ON v.item_id = x.item AND v.version = x.version
    RETURNING item_id, accepted_version, shown_version, failure_mode`;
  return rows.flatMap(({ failure_mode: failureMode, ...row }) =>
    failureMode === null
      ? []
      : [
          {
            ...{ tenant, itemId: row.item_id, failureMode },
            acceptedVersion: row.accepted_version,
            shownVersion: row.shown_version,
          },
        ],
  );
}

function shuffled<T>(list: T[]): T[] {
  return list
    .map((value) => ({ value, order: Math.random() }))
    .toSorted((a, b) => a.order - b.order)
    .map(({ value }) => value);
}
