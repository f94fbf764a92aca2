import type { Database } from '../database/client.ts';
import { StorefrontSilent } from './get-answer.ts';
import { IN_TURN, SHOP } from './of-tenant.ts';
import { kindNamed } from './kinds/index.ts';
import { openDefault, openStorefront, type KeptStorefront, type Opened, type OpenSecret } from './open.ts';
import type { ListAnswer } from './read-list.ts';
import { storableInteger } from './storable-integer.ts';

/** What a page shows of an item. */
export interface PageFigures {
  quantity: number;
  version: number;
}

/** What customers see of a tenant in one of its storefronts. */
export interface Pages {
  /** @returns undefined for an item that is not known there. @throws StorefrontSilent */
  readBack(itemId: string, timeoutMs: number): Promise<PageFigures | undefined>;
  /** Undefined: its kind has no list of all that it shows. */
  readList?(asked: { tenant: string; after: string; timeoutMs: number }): Promise<ListAnswer>;
  /** There is a list, which only who may open secrets can read. */
  hasSealedList?: boolean;
}

/** A storefront as it is read: without its secret. */
export type ReadStorefront = Pick<KeptStorefront, 'tenantId' | 'name' | 'kind' | 'url' | 'config'>;

/** The pages of a storefront, by its name. */
export interface NamedPages {
  name: string;
  pages: Pages;
}

/**
 * @param openSecret undefined where secrets may not be opened: then some kinds are not read
 * @returns those of its open storefronts, in the order in which they are told; of a tenant without any, the default one's
 */
export async function allPagesOf(
  database: Pick<Database, 'storefront' | '$queryRaw'>,
  tenant: string,
  defaultUrl: string | undefined,
  openSecret?: OpenSecret,
): Promise<NamedPages[]> {
  const rows = await database.storefront.findMany({
    select: { tenantId: true, name: true, kind: true, state: true, url: true, config: true },
    where: { tenantId: tenant },
    orderBy: IN_TURN,
  });
  const open = rows.length === 0 ? [undefined] : rows.filter(({ state }) => state === 'open');
  const named: NamedPages[] = [];
  for (const row of open) {
    const pages = await openPages(database, row, defaultUrl, openSecret);
    if (pages) named.push({ name: row?.name ?? SHOP, pages });
  }
  return named;
}

/**
 * The pages of one storefront.
 *
 * @param row undefined: the default one
 * @returns undefined where there is no address
 */
export async function openPages(
  database: Pick<Database, '$queryRaw'>,
  row: ReadStorefront | undefined,
  defaultUrl: string | undefined,
  openSecret?: OpenSecret,
): Promise<Pages | undefined> {
  if (!row)
    return defaultUrl === undefined
      ? undefined
      : pagesOf(database, await openDefault({ url: defaultUrl, secret: undefined }));
  const kind = await kindNamed(row.kind);
  if (!kind.readsWithSecret) return pagesOf(database, await openStorefront(row, withoutSecrets));
  if (!openSecret) {
    const pages = sealed('the shop is read by its admin API, which only the worker may');
    return { ...pages, hasSealedList: kind.readList !== undefined };
  }
  try {
    return pagesOf(
      database,
      await openStorefront({ ...row, secret: await sealedOf(database, row) }, openSecret),
    );
  } catch (error) {
    if (!(error instanceof Error && error.name === 'DecryptionError')) throw error;
    return sealed('its secret does not open with the secrets key of this worker');
  }
}

const withoutSecrets: OpenSecret = () => {
  throw new Error('a storefront is read without its secrets here');
};

function pagesOf(database: Pick<Database, '$queryRaw'>, opened: Opened): Pages {
  const { kind, storefront } = opened;
  return {
    readBack: (itemId, timeoutMs) => readBack(database, opened, itemId, timeoutMs),
    ...(kind.readList && {
      readList: (asked) => kind.readList?.(storefront, asked) ?? Promise.reject(new Error('no list')),
    }),
  };
}

/** A shop that is read by its admin API, and whose secret does not open here. */
function sealed(why: string): Pages {
  return {
    readBack: () => Promise.reject(new StorefrontSilent(`read back item: ${why}`)),
    readList: () => Promise.resolve({ kind: 'unusable', why }),
  };
}

async function sealedOf(
  database: Pick<Database, '$queryRaw'>,
  { tenantId, name }: ReadStorefront,
): Promise<Uint8Array> {
  const [row] = await database.$queryRaw<{ secret: Uint8Array | null }[]>`
    SELECT secret FROM storefront WHERE tenant_id = ${tenantId} AND name = ${name}`;
  return row?.secret ?? new Uint8Array();
}

async function readBack(
  database: Pick<Database, '$queryRaw'>,
  { kind, storefront }: Opened,
  itemId: string,
  timeoutMs: number,
): Promise<PageFigures | undefined> {
  const tenant = itemId.slice(0, itemId.indexOf(':'));
  const sku = itemId.slice(tenant.length + 1);
  const shown = await kind.readBack(storefront, { item: { itemId, tenant, sku }, timeoutMs });
  if (!shown) return undefined;
  const { quantity, version } = shown;
  return { quantity, version: version ?? (await versionWith(database, itemId, quantity)) };
}

/** The newest version with a quantity: a page that names none is held to what it shows. 0: none ever had it. */
async function versionWith(
  database: Pick<Database, '$queryRaw'>,
  itemId: string,
  quantity: number,
): Promise<number> {
  const [row] = await database.$queryRaw<[{ version: number }]>`
    SELECT coalesce(max(v.version), 0) AS version FROM catalog_item_version v
     WHERE v.item_id = ${itemId} AND v.quantity = ${storableInteger(quantity)}::integer`;
  return row.version;
}
