import type { Transaction } from '../database/client.ts';
import { formatTime } from '../domain/time.ts';
import type { ReadStorefront } from '../storefront/pages.ts';
import { IN_TURN, SHOP } from '../storefront/of-tenant.ts';
import type { Standing } from './read-standing.ts';
import { readRefusal, readTries } from './read-tries.ts';
import type { TraceOfStorefront } from './trace.ts';

/** One of a tenant's storefronts, and what it was told of an item; what it shows is not read yet. */
export interface StorefrontBeside extends Omit<TraceOfStorefront, 'shows'> {
  /** Undefined: the default one of tenants without any. */
  row: ReadStorefront | undefined;
  /** How the catalog's version stands with it; of one that is closed nobody asks. */
  standing: Standing | undefined;
}

export const OF_TENANT = {
  select: {
    ...{ tenantId: true, name: true, kind: true, state: true, place: true, url: true, config: true },
    ...{ countsFrom: true, nosFrom: true },
  },
  orderBy: IN_TURN,
} as const;

interface StorefrontRow extends ReadStorefront {
  state: string;
  place: number;
  countsFrom: bigint;
  nosFrom: bigint;
}

/** Its storefronts, and from where on it counts what the default one was told. */
interface ToldTenant {
  storefronts: StorefrontRow[];
  defaultFrom: bigint;
}

type Said = Pick<TraceOfStorefront, 'told' | 'accepted'>;

/**
 * What each storefront of a tenant was told of an item, in the order in which they are told.
 *
 * @param standing of the version that the catalog has
 */
export async function readStorefronts(
  transaction: Transaction,
  { itemId, tenant, standing }: { itemId: string; tenant: ToldTenant; standing: Standing | undefined },
): Promise<StorefrontBeside[]> {
  const all: (Omit<StorefrontRow, 'tenantId' | 'url' | 'config'> & { row: ReadStorefront | undefined })[] =
    tenant.storefronts.length === 0
      ? [
          {
            ...{ name: SHOP, kind: 'webhook', state: 'open', place: 1, row: undefined },
            ...{ countsFrom: tenant.defaultFrom, nosFrom: tenant.defaultFrom },
          },
        ]
      : tenant.storefronts.map(({ tenantId, url, config, ...one }) => ({
          ...one,
          row: { tenantId, name: one.name, kind: one.kind, url, config },
        }));
  const said = await readSaid(transaction, itemId, all);
  const version = standing?.publication.version;
  const waiting = all.filter(
    ({ name, state }) => state === 'open' && said.get(name)?.accepted?.version !== version,
  );
  const beside: StorefrontBeside[] = [];
  for (const { countsFrom, nosFrom, ...one } of all) {
    const { told = null, accepted = null } = said.get(one.name) ?? {};
    const lasts = one.state === 'open' && version !== undefined && accepted?.version !== version;
    const waitsFor = lasts ? waiting.filter(({ place }) => place < one.place).map(({ name }) => name) : [];
    const own =
      standing && one.state === 'open'
        ? await standingWith(transaction, itemId, standing, {
            ...{ ...one, accepted, countsFrom, nosFrom },
            isOnly: all.length === 1,
          })
        : undefined;
    const failedTries = own?.tries.failedTries ?? 0;
    beside.push({ ...one, told, accepted, failedTries, waitsFor, standing: own });
  }
  return beside;
}

async function readSaid(
  transaction: Transaction,
  itemId: string,
  all: readonly Pick<StorefrontRow, 'name' | 'countsFrom'>[],
): Promise<Map<string, Said>> {
  const rows = await transaction.$queryRaw<
    {
      name: string;
      version: number | null;
      quantity: number;
      status: string;
      started_at_us: bigint;
      reason: string | null;
      accepted_version: number | null;
      accepted_at_us: bigint;
    }[]
  >`
    SELECT s.name, t.version, v.quantity, t.status, t.started_at_us, t.reason,
           y.version AS accepted_version, coalesce(y.finished_at_us, y.started_at_us) AS accepted_at_us
      FROM unnest(${all.map(({ name }) => name)}::text[], ${all.map(({ countsFrom }) => countsFrom)}::bigint[])
           AS s (name, counts_from)
      LEFT JOIN LATERAL (
        SELECT a.version, a.status, a.started_at_us, a.reason FROM publish_attempt a
         WHERE a.item_id = ${itemId} AND a.storefront = s.name AND a.id > s.counts_from
         ORDER BY a.version DESC, a.id DESC LIMIT 1) t ON true
      LEFT JOIN catalog_item_version v ON v.item_id = ${itemId} AND v.version = t.version
      LEFT JOIN LATERAL (
        SELECT a.version, a.started_at_us, a.finished_at_us FROM publish_attempt a
         WHERE a.item_id = ${itemId} AND a.storefront = s.name AND a.id > s.counts_from
           AND a.status IN ('accepted', 'rejected') AND a.status = 'accepted'
         ORDER BY a.version DESC, a.id DESC LIMIT 1) y ON true`;
  return new Map(
    rows.map(({ name, version, quantity, status, reason, ...row }) => [
      name,
      {
        told:
          version === null ? null : { version, quantity, status, at: formatTime(row.started_at_us), reason },
        accepted:
          row.accepted_version === null
            ? null
            : { version: row.accepted_version, at: formatTime(row.accepted_at_us) },
      },
    ]),
  );
}

/** A version may be accepted by one storefront while another has refused it, or is still tried. */
async function standingWith(
  transaction: Transaction,
  itemId: string,
  standing: Standing,
  {
    name: storefront,
    accepted,
    isOnly,
    countsFrom,
    nosFrom,
  }: Pick<TraceOfStorefront, 'name' | 'accepted'> &
    Pick<StorefrontRow, 'countsFrom' | 'nosFrom'> & { isOnly: boolean },
): Promise<Standing> {
  if (isOnly) return standing;
  const { publication, replaying } = standing;
  const tried = { itemId, version: publication.version, storefront, after: countsFrom };
  const tries = await readTries(transaction, tried);
  const refusal = await readRefusal(transaction, { ...tried, after: nosFrom });
  const isAccepted = accepted?.version === publication.version;
  const said = isAccepted ? 'accepted' : refusal === null ? undefined : 'rejected';
  const hasEnded = publication.state === 'accepted' || publication.state === 'rejected';
  return {
    ...standing,
    tries,
    publication: {
      ...publication,
      // Where it said nothing yet, another one's answer is not its own.
      state: said ?? (hasEnded ? 'due' : publication.state),
      at: isAccepted ? accepted.at : publication.at,
      failedTries: tries.failedTries,
      lastTry: tries.lastTry,
      lastFailure: tries.lastFailure,
      refusal,
    },
    replaying: replaying && {
      ...replaying,
      tries: await readTries(transaction, { ...tried, replayId: replaying.replayId }),
    },
  };
}
