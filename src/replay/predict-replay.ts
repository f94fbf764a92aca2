import type { Database, Transaction } from '../database/client.ts';
import { readWindowPage, type ReplayWindow } from './replay-window.ts';
import { predictItem, type ItemOutcome } from '../domain/predict-item.ts';
import type { ReplayPosition } from '../domain/replay.ts';
import { compareContenders, type Contender } from '../domain/winner.ts';
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
  fresh: Contender | undefined;
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
            const known = items.get(itemId) ?? { flows: false, fresh: undefined };
            items.set(itemId, {
              flows: known.flows || flows,
              fresh: open && flows ? greater(known.fresh, event) : known.fresh,
            });
          }
        }
      } while (position);

      const ids = [...items.keys()];
      for (let from = 0; from < ids.length; from += ITEMS_AT_A_TIME) {
        const some = ids.slice(from, from + ITEMS_AT_A_TIME);
        for (const fact of await readFacts(transaction, some)) {
          const outcome = predictItem({ ...fact, ...(items.get(fact.itemId) ?? NOTHING) });
          count(prediction.items, outcome);
          on.item(fact.itemId, outcome);
        }
      }
      return prediction;
    },
    { isolationLevel: 'RepeatableRead', timeout: LONGEST_MS, maxWait: 5_000 },
  );
}

const NOTHING: InWindow = { flows: false, fresh: undefined };

/** What the catalog and the ledger say of items now. */
async function readFacts(transaction: Transaction, itemIds: string[]) {
  const rows = await transaction.$queryRaw<
    {
      item_id: string;
      supplier_id: string | null;
      event_id: string;
      quantity: number;
      updated_at_us: bigint;
      flows: boolean | null;
      is_right: boolean;
      publication: string | null;
    }[]
  >`
    SELECT x.item_id, w.supplier_id, w.event_id, w.quantity, w.updated_at_us,
           event_flows(m.tenant_id, m.supplier_id) AS flows,
           item_is_right(x.item_id, t.stock_rule_id) IS NOT FALSE AS is_right,
           v.publication
      FROM unnest(${itemIds}::text[]) WITH ORDINALITY AS x (item_id, no)
      JOIN tenant t ON t.id = split_part(x.item_id, ':', 1)
      LEFT JOIN LATERAL (SELECT * FROM catalog_item_version y WHERE y.item_id = x.item_id
                          ORDER BY y.version DESC LIMIT 1) v ON true
      LEFT JOIN supplier_event m ON m.seq = v.event_seq
      LEFT JOIN supplier_event w ON w.seq = true_winner(x.item_id)
     ORDER BY x.no`;
  return rows.map((row) => ({
    itemId: row.item_id,
    winner:
      row.supplier_id === null
        ? undefined
        : {
            supplier: row.supplier_id,
            eventId: row.event_id,
            quantity: row.quantity,
            updatedAt: row.updated_at_us,
          },
    makerFlows: row.flows === true,
    rowIsRight: row.is_right,
    publication: row.publication ?? undefined,
  }));
}

function greater(known: Contender | undefined, event: Contender): Contender {
  if (known && compareContenders(known, event) > 0) return known;
  const { supplier, eventId, quantity, updatedAt } = event;
  return { supplier, eventId, quantity, updatedAt };
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
