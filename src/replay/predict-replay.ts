import type { Database, Transaction } from '../database/client.ts';
import { readWindowPage, type ReplayWindow } from './replay-window.ts';
import { isSamePlace, predictItem, type ItemOutcome, type Placed } from '../domain/predict-item.ts';
import type { ReplayPosition } from '../domain/replay.ts';
import { compareContenders } from '../domain/winner.ts';
import type { RejectedEvent } from './replay-items.ts';

export interface Prediction {
  events: number;
  items: Record<string, number>;
  rejected: number;
  failureModes: Record<string, number>;
}

/** What the window's events say of an item. */
interface InWindow {
  flows: boolean;
  fresh: readonly Placed[];
  /** Events whose figures are said to be too old. */
  expiring: readonly bigint[];
}

const ITEMS_AT_A_TIME = 500;
const LONGEST_MS = 15 * 60_000;

/**
 * Predicts what a replay would do, item by item, from one snapshot of the database in a transaction that can write
 * nothing. It keeps a few words in memory for each item of the window.
 */
export function predictReplay(
  database: Database,
  window: ReplayWindow,
  on: { rejected(event: RejectedEvent): void; item(itemId: string, outcome: ItemOutcome): void },
): Promise<Prediction> {
  return database.$transaction(
    async (transaction) => {
      await transaction.$executeRaw`SET TRANSACTION READ ONLY`;
      const prediction: Prediction = { events: 0, items: {}, rejected: 0, failureModes: {} };
      const items = new Map<string, InWindow>();
      let position: ReplayPosition | undefined;
      do {
        const page = await readWindowPage(transaction, window, position);
        position = page.next;
        prediction.events += page.events.length;
        for (const { normalized, itemId, flows, open, ...event } of page.events) {
          if (!normalized.ok) {
            const { supplier, eventId, sku } = event;
            prediction.rejected += 1;
            count(prediction.failureModes, normalized.mode);
            on.rejected({ supplier, eventId, sku, outcome: 'rejected', failureMode: normalized.mode });
          } else if (itemId !== undefined) {
            items.set(itemId, withEvent(items.get(itemId) ?? NOTHING, { ...event, flows, open }));
          }
        }
      } while (position);

      const ids = [...items.keys()];
      for (let from = 0; from < ids.length; from += ITEMS_AT_A_TIME) {
        const some = ids.slice(from, from + ITEMS_AT_A_TIME);
        for (const fact of await readFacts(transaction, some)) {
          const { flows, fresh, expiring } = items.get(fact.itemId) ?? NOTHING;
          const expires = expiring.some((seq) => fact.counting.has(seq.toString()));
          const outcome = predictItem({ ...fact, flows, fresh, expires });
          count(prediction.items, outcome);
          on.item(fact.itemId, outcome);
        }
      }
      return prediction;
    },
    { isolationLevel: 'RepeatableRead', timeout: LONGEST_MS, maxWait: 5_000 },
  );
}

const NOTHING: InWindow = { flows: false, fresh: [], expiring: [] };

/** What the catalog and the ledger say of items now. */
async function readFacts(transaction: Transaction, itemIds: string[]) {
  const rows = await transaction.$queryRaw<
    {
      item_id: string;
      standing: StandingRow[] | null;
      is_plain: boolean;
      flows: boolean | null;
      is_right: boolean;
      publication: string | null;
    }[]
  >`
    SELECT x.item_id, s.standing,
           t.stock_rule_before IS NULL AND is_plain(x.item_id, t.stock_rule_id) AS is_plain,
           event_flows(m.tenant_id, m.supplier_id) AS flows,
           item_is_right(x.item_id, t.stock_rule_id) IS NOT FALSE AS is_right,
           v.publication
      FROM unnest(${itemIds}::text[]) WITH ORDINALITY AS x (item_id, no)
      JOIN tenant t ON t.id = split_part(x.item_id, ':', 1)
      LEFT JOIN LATERAL (SELECT * FROM catalog_item_version y WHERE y.item_id = x.item_id
                          ORDER BY y.version DESC LIMIT 1) v ON true
      LEFT JOIN supplier_event m ON m.seq = v.event_seq
     CROSS JOIN LATERAL (
       SELECT jsonb_agg(jsonb_build_object('seq', e.seq::text, 'supplier', e.supplier_id, 'location', e.location,
                                           'eventId', e.event_id, 'quantity', e.quantity,
                                           'updatedAtUs', e.updated_at_us::text,
                                           'expired', e.expired_by_seq IS NOT NULL)) AS standing
         FROM standing_events(x.item_id) e) s
     ORDER BY x.no`;
  return rows.map((row) => ({
    itemId: row.item_id,
    standing: (row.standing ?? []).map(({ updatedAtUs, ...event }) => ({
      ...event,
      updatedAt: BigInt(updatedAtUs),
    })),
    isPlain: row.is_plain,
    counting: new Set((row.standing ?? []).filter(({ expired }) => !expired).map(({ seq }) => seq)),
    makerFlows: row.flows === true,
    rowIsRight: row.is_right,
    publication: row.publication ?? undefined,
  }));
}

interface StandingRow {
  seq: string;
  supplier: string;
  location: string;
  eventId: string;
  quantity: number;
  updatedAtUs: string;
  expired: boolean;
}

function withEvent(
  known: InWindow,
  event: Placed & { flows: boolean; open: boolean; expires: bigint | undefined },
): InWindow {
  if (!event.flows) return known;
  if (!event.open) return known.flows ? known : { ...known, flows: true };
  if (event.expires !== undefined) {
    return { ...known, flows: true, expiring: [...known.expiring, event.expires] };
  }
  return { ...known, flows: true, fresh: greatestOfPlaces(known.fresh, event) };
}

function greatestOfPlaces(known: readonly Placed[], event: Placed): readonly Placed[] {
  const there = known.find((one) => isSamePlace(one, event));
  if (there && compareContenders(there, event) > 0) return known;
  const { supplier, location, eventId, quantity, updatedAt } = event;
  return [...known.filter((one) => one !== there), { supplier, location, eventId, quantity, updatedAt }];
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
