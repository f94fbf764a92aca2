import { Prisma } from '../../src/generated/prisma/client.ts';
import type { Database } from '../../src/database/client.ts';
import { NEWEST, type StockRule } from '../../src/domain/stock.ts';
import { readTenantStockRule } from '../../src/flags/stock-rule.ts';
import { tracedEvents } from '../../src/ledger/traced-events.ts';
import { changeStockRule } from '../../src/replay/change-stock-rule.ts';
import { predictStockRule, type MovedItem } from '../../src/replay/predict-stock-rule.ts';

export async function predictRule(
  database: Database,
  rule: Partial<StockRule>,
): Promise<Map<string, MovedItem>> {
  const moved = new Map<string, MovedItem>();
  await predictStockRule(
    database,
    { tenant: 'shop', rule: { ...NEWEST, ...rule } },
    { item: (item) => void moved.set(item.itemId, item), progress: () => undefined },
  );
  return moved;
}

/** @returns the replay that carries it out; undefined while a former change is carried out */
export async function changeRule(database: Database, rule: Partial<StockRule>): Promise<string | undefined> {
  const former = await readTenantStockRule(database, 'shop');
  return changeStockRule(database, {
    tenant: 'shop',
    actor: 'test',
    former: former.id,
    rule: { ...NEWEST, ...rule },
    items: 0,
  });
}

const TRACES_AT_ONCE = 1_000n;

/**
 * Faults of the traces of decided events, in one snapshot; what is still being published is none.
 *
 * @param every looks at one event in so many, at others each `time`
 */
export async function traceGaps(database: Database, { every = 1, time = 0 } = {}): Promise<string[]> {
  return database.$transaction(
    async (transaction) => {
      const [newest] = await transaction.$queryRaw<
        { seq: bigint | null }[]
      >`SELECT max(seq) AS seq FROM supplier_event`;
      const gaps: string[] = [];
      for (let from = 0n; from < (newest?.seq ?? 0n); from += TRACES_AT_ONCE) {
        const some = Prisma.sql`
          FROM supplier_event x
         WHERE x.decision IS NOT NULL AND x.seq > ${from} AND x.seq <= ${from + TRACES_AT_ONCE}
           AND x.seq % ${every} = ${time % every}`;
        const rows = await transaction.$queryRaw<{ event_id: string; gap: string }[]>`
          SELECT t.event_id, t.gap FROM (${tracedEvents(some)}) t WHERE t.gap <> 'unpublished'`;
        gaps.push(...rows.map(({ event_id, gap }) => `${event_id}: ${gap}`));
      }
      return gaps;
    },
    { isolationLevel: 'RepeatableRead', timeout: 600_000 },
  );
}
