import type { Database } from '../database/client.ts';
import { SWEEP_RATE, type SweepWay } from '../domain/sweep.ts';
import { LIST_LIMIT, NO_LIST } from '../storefront/read-list.ts';
import { allPagesOf } from '../storefront/pages.ts';

/** What a sweep would do. */
export interface SweepPlan {
  tenant: string;
  /** Of the catalog, once for each storefront, and those of them that a storefront can be held to. */
  items: number;
  asked: number;
  way: SweepWay;
  /** Why not by the storefront's list. */
  wayReason: string | null;
  /** Most items a second, where they are asked for one by one. */
  rate: number;
  /** About how long it takes if the storefront answers at once. */
  seconds: number;
}

const ANSWER_WITHIN_MS = 10_000;
/** The worker will go by it. */
const SEALED_LIST = { kind: 'page' } as const;
/** About what a page of a list takes, with what is done about it. */
const SECONDS_A_PAGE = 0.3;

/**
 * Says what a sweep would do, and changes nothing. It asks each storefront for the first page of its list, where it may.
 *
 * @returns undefined when the tenant has no storefront address
 * @throws StorefrontSilent
 */
export async function planSweep(
  database: Database,
  sweep: { tenant: string; rate?: number | undefined; defaultStorefrontUrl: string | undefined },
): Promise<SweepPlan | undefined> {
  const { tenant, rate = SWEEP_RATE } = sweep;
  const storefronts = await allPagesOf(database, tenant, sweep.defaultStorefrontUrl);
  if (storefronts.length === 0) return undefined;
  const [counts] = await database.$queryRaw<{ items: number; asked: number }[]>`
    SELECT count(*)::integer AS items,
           count(*) FILTER (WHERE EXISTS (
             SELECT 1 FROM catalog_item_version v WHERE v.item_id = c.item_id
                AND (v.publication = 'accepted' OR (v.publication IN ('rejected', 'failed') AND NOT EXISTS (
                       SELECT 1 FROM catalog_item_version n WHERE n.item_id = v.item_id AND n.version > v.version)))
           ))::integer AS asked
      FROM catalog_item c WHERE c.tenant_id = ${tenant}`;
  const { items, asked } = counts ?? { items: 0, asked: 0 };
  const lists = await Promise.all(
    storefronts.map(async ({ pages }) =>
      pages.hasSealedList
        ? SEALED_LIST
        : ((await pages.readList?.({ tenant, after: '', timeoutMs: ANSWER_WITHIN_MS })) ?? NO_LIST),
    ),
  );
  const without = lists.find(({ kind }) => kind !== 'page');
  const seconds = lists.map(({ kind }) =>
    kind === 'page' ? (1 + items / LIST_LIMIT) * SECONDS_A_PAGE : asked / rate,
  );
  return {
    ...{ tenant, items: items * lists.length, asked: asked * lists.length, rate },
    way: without ? 'each' : 'list',
    wayReason: without && 'why' in without ? without.why : null,
    seconds: Math.ceil(seconds.reduce((sum, one) => sum + one, 0)),
  };
}
