import type { Transaction } from '../database/client.ts';
import { MOST_COUNTED } from '../domain/most-counted.ts';
import { formatTime } from '../domain/time.ts';

/** So many calls of a tenant are looked through at most: the newest ones. */
const LOOKED_AT = 50_000;
const DAY = 86_400_000_000n;

/** What a storefront has to do, and what became of its calls. */
export interface StorefrontWork {
  /** Items whose newest version it is still to be told of, up to MOST_COUNTED. Null: it is closed. */
  waiting: number | null;
  /** Of these, what has to be accepted by one of a lower place before. */
  waitingForOthers: number | null;
  calls: StorefrontCalls;
}

/** Calls that began since a moment, one an item. What nobody saw the end of is in none of the counts. */
export interface StorefrontCalls {
  /** 24 hours ago, or where the newest calls that were looked through begin. */
  since: string;
  accepted: number;
  rejected: number;
  failed: number;
  underWay: number;
  /** Failed ones since the last one that was answered with yes or no. */
  failedInARow: number;
  /** The one that ended last; null: none did. */
  last: LastCall | null;
}

export interface LastCall {
  itemId: string;
  status: 'accepted' | 'rejected' | 'failed';
  at: string;
  httpStatus: number | null;
  reason: string | null;
}

type Reader = Pick<Transaction, '$queryRaw'>;

/**
 * Reads what a tenant's storefronts have to do and did in the last 24 hours, by name. Bounded: a tenant may have millions
 * of calls in a day, and whoever looks at a page asks again every few seconds.
 */
export async function readStorefrontWork(
  database: Reader,
  tenant: string,
): Promise<Map<string, StorefrontWork>> {
  const waiting = new Map((await readWaiting(database, tenant)).map((row) => [row.name, row]));
  const calls = await readCalls(database, tenant);
  return new Map(
    calls.map(({ name, ...row }) => {
      const waits = waiting.get(name);
      return [
        name,
        {
          waiting: waits?.waiting ?? null,
          waitingForOthers: waits?.for_others ?? null,
          calls: callsOf(row),
        },
      ];
    }),
  );
}

function readWaiting(
  database: Reader,
  tenant: string,
): Promise<{ name: string; waiting: number; for_others: number }[]> {
  return database.$queryRaw`
    WITH due AS MATERIALIZED (
      SELECT v.item_id, v.version
        FROM supplier_event e
        JOIN catalog_item_version v ON v.event_seq = e.seq AND v.publication = 'due'
        JOIN catalog_item i ON i.item_id = v.item_id AND i.version = v.version
       WHERE e.tenant_id = ${tenant} AND e.start_due_us IS NOT NULL AND e.decision IS NOT NULL
       LIMIT ${MOST_COUNTED}
    ), said AS (
      SELECT d.item_id, s.name, s.place,
             (SELECT a.status FROM publish_attempt a
               WHERE a.item_id = d.item_id AND a.version = d.version AND a.storefront = s.name
                 AND a.status IN ('accepted', 'rejected')
                 AND a.id > CASE a.status WHEN 'accepted' THEN s.counts_from ELSE s.nos_from END
               ORDER BY a.status, a.id DESC LIMIT 1) AS said
        FROM due d JOIN storefront s ON s.tenant_id = ${tenant} AND s.state = 'open'
    ), in_turn AS (
      SELECT x.*, min(x.place) FILTER (WHERE x.said IS DISTINCT FROM 'accepted') OVER (PARTITION BY x.item_id) AS turn
        FROM said x
    )
    SELECT s.name, (count(t.item_id) FILTER (WHERE t.said IS NULL))::integer AS waiting,
           (count(t.item_id) FILTER (WHERE t.said IS NULL AND t.turn < t.place))::integer AS for_others
      FROM storefront s LEFT JOIN in_turn t ON t.name = s.name
     WHERE s.tenant_id = ${tenant} AND s.state = 'open'
     GROUP BY s.name`;
}

interface CallsRow {
  since_us: bigint;
  accepted: number;
  rejected: number;
  failed: number;
  under_way: number;
  failed_in_a_row: number;
  last_item: string | null;
  last_status: LastCall['status'];
  last_us: bigint;
  last_http_status: number | null;
  last_reason: string | null;
}

function readCalls(database: Reader, tenant: string): Promise<(CallsRow & { name: string })[]> {
  return database.$queryRaw`
    WITH looked AS MATERIALIZED (
      SELECT a.*
        FROM supplier p
       CROSS JOIN LATERAL (
         SELECT x.id, x.item_id, x.storefront, x.status, x.started_at_us, x.finished_at_us, x.http_status, x.reason
           FROM publish_attempt x
          WHERE x.tenant_id = p.tenant_id AND x.supplier_id = p.id AND x.started_at_us > now_us() - ${DAY}
          ORDER BY x.started_at_us DESC LIMIT ${LOOKED_AT}) a
       WHERE p.tenant_id = ${tenant}
       ORDER BY a.started_at_us DESC LIMIT ${LOOKED_AT}
    ), own AS (
      -- What another one of its name was told is not its own.
      SELECT a.*, s.name, max(a.id) FILTER (WHERE a.status IN ('accepted', 'rejected')) OVER (PARTITION BY s.name) AS answered
        FROM storefront s JOIN looked a ON a.storefront = s.name AND a.id > s.counts_from
       WHERE s.tenant_id = ${tenant}
    ), last AS (
      SELECT DISTINCT ON (o.name) o.* FROM own o WHERE o.status IN ('accepted', 'rejected', 'failed')
       ORDER BY o.name, o.finished_at_us DESC, o.id DESC
    ), counted AS (
      SELECT o.name, count(*) FILTER (WHERE o.status = 'accepted') AS accepted,
             count(*) FILTER (WHERE o.status = 'rejected') AS rejected,
             count(*) FILTER (WHERE o.status = 'failed') AS failed,
             count(*) FILTER (WHERE o.status = 'sending') AS under_way,
             count(*) FILTER (WHERE o.status = 'failed' AND o.id > coalesce(o.answered, 0)) AS failed_in_a_row
        FROM own o GROUP BY o.name
    )
    SELECT s.name,
           (SELECT CASE WHEN count(*) = ${LOOKED_AT} THEN min(a.started_at_us) ELSE now_us() - ${DAY} END
              FROM looked a) AS since_us,
           coalesce(c.accepted, 0)::integer AS accepted, coalesce(c.rejected, 0)::integer AS rejected,
           coalesce(c.failed, 0)::integer AS failed, coalesce(c.under_way, 0)::integer AS under_way,
           coalesce(c.failed_in_a_row, 0)::integer AS failed_in_a_row,
           l.item_id AS last_item, l.status AS last_status, l.finished_at_us AS last_us,
           l.http_status AS last_http_status, l.reason AS last_reason
      FROM storefront s LEFT JOIN counted c ON c.name = s.name LEFT JOIN last l ON l.name = s.name
     WHERE s.tenant_id = ${tenant}`;
}

function callsOf(row: CallsRow): StorefrontCalls {
  const { accepted, rejected, failed } = row;
  return {
    ...{ since: formatTime(row.since_us), accepted, rejected, failed },
    ...{ underWay: row.under_way, failedInARow: row.failed_in_a_row },
    last:
      row.last_item === null
        ? null
        : {
            ...{ itemId: row.last_item, status: row.last_status, at: formatTime(row.last_us) },
            ...{ httpStatus: row.last_http_status, reason: row.last_reason },
          },
  };
}
