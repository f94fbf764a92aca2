import type { SupplierState, TenantState } from '../domain/flags.ts';
import type { ShownStockRule } from '../domain/stock-rule-words.ts';
import { formatTime, seconds } from '../domain/time.ts';
import type { Database } from '../database/client.ts';

export interface SupplierSummary {
  supplier: string;
  state: SupplierState;
  figureExpiresSeconds: number | null;
  /** Fields of its events that are not read, the most frequent first. */
  ignored: { field: string; count: number; lastSeen: string }[];
}

export interface TenantSummary {
  tenant: string;
  state: TenantState;
  timeZone: string;
  suppliers: SupplierSummary[];
  stockRule: ShownStockRule;
  /** While it is being carried out. */
  stockRuleChange: { replayId: string } | null;
  items: number;
  eventsLastDay: number;
  pendingEvents: number;
  heldEvents: number;
}

interface SupplierRow extends Omit<SupplierSummary, 'ignored'> {
  ignored: { field: string; count: number; lastSeenUs: number }[];
}

const DAY = seconds(24 * 3600);

/**
 * Lists tenants in the order of their names, with counts that indexes answer: only what is not decided is looked at for what it is.
 *
 * @param page.only that tenant alone; null: every one
 */
export async function summarizeTenants(
  database: Database,
  page: { only: string | null; after: string; limit: number },
): Promise<TenantSummary[]> {
  const rows = await database.$queryRaw<
    {
      id: string;
      state: TenantState;
      time_zone: string;
      suppliers: SupplierRow[] | null;
      stock_rule: ShownStockRule;
      stock_rule_replay: string | null;
      items: number;
      last_day: number;
      pending: number;
      held: number;
    }[]
  >`
    SELECT t.id, t.state, t.time_zone,
           (SELECT jsonb_agg(jsonb_build_object('supplier', s.id, 'state', s.state, 'ignored', f.fields,
                                                'figureExpiresSeconds', s.figure_expires_us / 1000000) ORDER BY s.id)
              FROM supplier s
             CROSS JOIN LATERAL (
               SELECT coalesce(jsonb_agg(jsonb_build_object('field', f.field, 'count', f.count, 'lastSeenUs', f.last_seen_us)
                                         ORDER BY f.count DESC, f.field), '[]') AS fields
                 FROM ignored_field f WHERE f.tenant_id = s.tenant_id AND f.supplier_id = s.id) f
             WHERE s.tenant_id = t.id) AS suppliers,
           (SELECT jsonb_build_object('rule', r.rule, 'supplierOrder', r.supplier_order, 'supplierReserves',
                                      r.supplier_reserves, 'reserve', r.reserve, 'maxShown', r.max_shown)
              FROM stock_rule r WHERE r.id = t.stock_rule_id) AS stock_rule,
           (SELECT x.id FROM replay x
             WHERE t.stock_rule_before IS NOT NULL AND x.tenant_id = t.id AND x.stock_rule_id IS NOT NULL
               AND x.state = 'running' LIMIT 1) AS stock_rule_replay,
           (SELECT count(*)::integer FROM catalog_item i WHERE i.tenant_id = t.id) AS items,
           (SELECT count(*)::integer FROM supplier_event e
             WHERE e.tenant_id = t.id AND e.received_at_us >= now_us() - ${DAY}::bigint) AS last_day,
           undecided.pending, undecided.held
      FROM tenant t
     CROSS JOIN LATERAL (
       SELECT coalesce(sum(n.pending), 0)::integer AS pending, coalesce(sum(n.held), 0)::integer AS held
         FROM supplier s
        -- Flags are read once a supplier: closed ones may hold a hundred thousand events.
        CROSS JOIN LATERAL (SELECT event_flows(s.tenant_id, s.id) AS flows OFFSET 0) f
        CROSS JOIN LATERAL (
          SELECT count(*) FILTER (WHERE outcome_with_flags(e, f.flows) = 'pending') AS pending,
                 count(*) FILTER (WHERE outcome_with_flags(e, f.flows) = 'held') AS held
            FROM supplier_event e
           WHERE e.tenant_id = s.tenant_id AND e.supplier_id = s.id AND e.decision IS NULL) n
        WHERE s.tenant_id = t.id) undecided
     WHERE t.id COLLATE "C" > ${page.after} AND (${page.only}::text IS NULL OR t.id = ${page.only}::text)
     ORDER BY t.id COLLATE "C"
     LIMIT ${page.limit}::integer`;
  return rows.map((row) => ({
    tenant: row.id,
    state: row.state,
    timeZone: row.time_zone,
    suppliers: (row.suppliers ?? []).map(({ ignored, ...supplier }) => ({
      ...supplier,
      ignored: ignored.map(({ lastSeenUs, ...field }) => ({
        ...field,
        lastSeen: formatTime(BigInt(lastSeenUs)),
      })),
    })),
    stockRule: row.stock_rule,
    stockRuleChange: row.stock_rule_replay === null ? null : { replayId: row.stock_rule_replay },
    items: row.items,
    eventsLastDay: row.last_day,
    pendingEvents: row.pending,
    heldEvents: row.held,
  }));
}
