import { Prisma } from '../../generated/prisma/client.ts';
import type { Database, Transaction } from '../../database/client.ts';
import { keyIdOf } from './encryption.ts';

/** The columns that hold something encrypted. */
export const PLACES = ['supplier', 'storefront', 'storefront before', 'feed', 'channel'] as const;
export type Place = (typeof PLACES)[number];

/** Something encrypted, as it stands in the database. */
export interface StoredSecret {
  place: Place;
  /** Orders the rows of a place. */
  id: string;
  /** Null: of every tenant. */
  tenant: string | null;
  supplier: string | null;
  /** What it was encrypted for. */
  context: string;
  ciphertext: Uint8Array<ArrayBuffer>;
}

/** How many are under a key; null: from before keys had ids; undefined: in no form that this version reads. */
export interface KeyUse {
  keyId: string | null | undefined;
  suppliers: number;
  storefronts: number;
  feeds: number;
  channels: number;
}

/** Counts, key by key, what is encrypted. */
export async function readKeyUse(database: Pick<Database, '$queryRaw'>): Promise<KeyUse[]> {
  const rows = await database.$queryRaw<
    { head: Uint8Array; suppliers: bigint; storefronts: bigint; feeds: bigint; channels: bigint }[]
  >`
    SELECT substring(s.ciphertext FOR CASE WHEN length(s.ciphertext) > 0 AND get_byte(s.ciphertext, 0) = 2 THEN 5 ELSE 1 END)
             AS head,
           count(*) FILTER (WHERE s.place = 'supplier') AS suppliers,
           count(*) FILTER (WHERE s.place = 'storefront') AS storefronts, count(*) FILTER (WHERE s.place = 'feed') AS feeds,
           count(*) FILTER (WHERE s.place = 'channel') AS channels
      FROM (SELECT 'supplier' AS place, ciphertext FROM supplier_secret
            UNION ALL SELECT 'storefront', secret FROM storefront WHERE secret IS NOT NULL
            UNION ALL SELECT 'storefront', secret_before FROM storefront WHERE secret_before IS NOT NULL
            UNION ALL SELECT 'feed', secrets FROM feed_version WHERE secrets IS NOT NULL
            UNION ALL SELECT 'channel', target FROM notify_channel) s
     GROUP BY head ORDER BY head`;
  return rows.map(({ head, suppliers, storefronts, feeds, channels }) => ({
    keyId: keyIdOf(head),
    suppliers: Number(suppliers),
    storefronts: Number(storefronts),
    feeds: Number(feeds),
    channels: Number(channels),
  }));
}

/**
 * The next rows of a place, by id.
 *
 * @param options.keep they stay as they are until the transaction's end; whoever only refers to them is not kept waiting
 * @param options.notUnder leaves out what is under this key
 */
export async function readStoredSecrets(
  database: Pick<Transaction, '$queryRaw'>,
  place: Place,
  options: { after: string; limit: number; notUnder?: string; keep?: boolean },
): Promise<StoredSecret[]> {
  const { after, limit, notUnder, keep = false } = options;
  const lock = keep ? Prisma.sql`FOR NO KEY UPDATE` : Prisma.empty;
  const head = Buffer.from(`02${notUnder ?? ''}`, 'hex');
  const wanted = (column: Prisma.Sql): Prisma.Sql =>
    notUnder === undefined ? Prisma.empty : Prisma.sql`AND substring(${column} FOR 5) <> ${head}`;
  const column = columnOf(place);
  const rows = await database.$queryRaw<Omit<StoredSecret, 'place'>[]>(
    place === 'supplier'
      ? Prisma.sql`
          SELECT id::text AS id, tenant_id AS tenant, supplier_id AS supplier, tenant_id || '/' || supplier_id AS context,
                 ciphertext
            FROM supplier_secret WHERE id > ${BigInt(after || '0')} ${wanted(column)}
           ORDER BY supplier_secret.id LIMIT ${limit} ${lock}`
      : place === 'feed'
        ? Prisma.sql`
          SELECT ${FEED_ID} AS id, tenant_id AS tenant, NULL AS supplier,
                 'feed ' || tenant_id || '/' || feed_id AS context, secrets AS ciphertext
            FROM feed_version WHERE ${FEED_ID} COLLATE "C" > ${after} AND secrets IS NOT NULL ${wanted(column)}
           ORDER BY ${FEED_ID} COLLATE "C" LIMIT ${limit} ${lock}`
        : place === 'channel'
          ? Prisma.sql`
          SELECT name AS id, tenant_id AS tenant, NULL AS supplier, 'notify ' || name AS context, target AS ciphertext
            FROM notify_channel WHERE name COLLATE "C" > ${after} ${wanted(column)}
           ORDER BY name COLLATE "C" LIMIT ${limit} ${lock}`
          : Prisma.sql`
          SELECT ${STOREFRONT_ID} AS id, tenant_id AS tenant, NULL AS supplier, ${STOREFRONT_CONTEXT} AS context,
                 ${column} AS ciphertext
            FROM storefront WHERE ${STOREFRONT_ID} COLLATE "C" > ${after} AND ${column} IS NOT NULL ${wanted(column)}
           ORDER BY ${STOREFRONT_ID} COLLATE "C" LIMIT ${limit} ${lock}`,
  );
  return rows.map((row) => ({ ...row, place }));
}

/** Puts other bytes in the place of stored secrets, all of one place, in one statement. */
export async function replaceStoredSecrets(
  transaction: Pick<Transaction, '$executeRaw'>,
  place: Place,
  secrets: readonly Pick<StoredSecret, 'id' | 'ciphertext'>[],
): Promise<void> {
  const ids = secrets.map(({ id }) => id);
  const texts = secrets.map(({ ciphertext }) => Buffer.from(ciphertext).toString('hex'));
  const news = Prisma.sql`unnest(${ids}::text[], ${texts}::text[]) AS n(id, hex)`;
  await transaction.$executeRaw(
    place === 'supplier'
      ? Prisma.sql`UPDATE supplier_secret s SET ciphertext = decode(n.hex, 'hex') FROM ${news} WHERE s.id = n.id::bigint`
      : place === 'feed'
        ? Prisma.sql`UPDATE feed_version v SET secrets = decode(n.hex, 'hex') FROM ${news}
                      WHERE v.tenant_id = split_part(n.id, '/', 1) AND v.feed_id = split_part(n.id, '/', 2)
                        AND v.version = split_part(n.id, '/', 3)::integer`
        : place === 'channel'
          ? Prisma.sql`UPDATE notify_channel c SET target = decode(n.hex, 'hex') FROM ${news} WHERE c.name = n.id`
          : Prisma.sql`UPDATE storefront s SET ${columnOf(place)} = decode(n.hex, 'hex') FROM ${news}
                      WHERE s.tenant_id = split_part(n.id, '/', 1) AND s.name = split_part(n.id, '/', 2)`,
  );
}

/** No part of it holds a slash. */
const FEED_ID = Prisma.sql`(tenant_id || '/' || feed_id || '/' || version)`;
const STOREFRONT_ID = Prisma.sql`(tenant_id || '/' || name)`;
/** The same as storefrontContext. */
const STOREFRONT_CONTEXT = Prisma.sql`CASE name WHEN 'shop' THEN tenant_id ELSE 'storefront ' || tenant_id || '/' || name END`;

function columnOf(place: Place): Prisma.Sql {
  if (place === 'supplier') return Prisma.sql`ciphertext`;
  if (place === 'feed') return Prisma.sql`secrets`;
  if (place === 'channel') return Prisma.sql`target`;
  return place === 'storefront' ? Prisma.sql`secret` : Prisma.sql`secret_before`;
}
