import type { Database, Transaction } from '../database/client.ts';
import { UnknownTenantError } from '../database/known-tenant.ts';
import { MANUAL_SUPPLIER } from '../domain/identity.ts';
import type { StockRule, StockRuleName } from '../domain/stock.ts';
import { FlagError } from './set-state.ts';

/** A row of `stock_rule`. */
export interface StockRuleRow {
  rule: string;
  supplierOrder: string[];
  /** Pieces by supplier. */
  supplierReserves: unknown;
  reserve: number;
  maxShown: number | null;
}

/** What of a stock rule is to change; what is not named stays as it is. */
export interface StockRuleChange {
  rule?: StockRuleName;
  supplierOrder?: readonly string[];
  reserve?: number;
  /** Null: as many as there are. */
  maxShown?: number | null;
  supplierReserve?: { supplier: string; pieces: number };
}

/** What a tenant goes by. */
export interface TenantStockRule {
  /** 0 is the one of every tenant that was not told otherwise. */
  id: number;
  rule: StockRule;
  /** What items go by whose turn has not come. */
  before: number | null;
  /** While it is being carried out: by which replay. */
  change: { replayId: string } | null;
}

/** What has to be read of a tenant for `tenantStockRule`. */
export const WITH_STOCK_RULE = {
  stockRule: true,
  replays: { where: { state: 'running', stockRuleId: { not: null } }, select: { id: true }, take: 1 },
} as const;

export function tenantStockRule(row: {
  stockRuleId: number;
  stockRuleBefore: number | null;
  stockRule: StockRuleRow;
  replays: { id: string }[];
}): TenantStockRule {
  const [replay] = row.replays;
  return {
    id: row.stockRuleId,
    rule: stockRuleOf(row.stockRule),
    before: row.stockRuleBefore,
    change: row.stockRuleBefore !== null && replay ? { replayId: replay.id } : null,
  };
}

/** @throws UnknownTenantError */
export async function readTenantStockRule(
  database: Pick<Database, 'tenant'>,
  tenant: string,
): Promise<TenantStockRule> {
  const row = await database.tenant.findUnique({ where: { id: tenant }, include: WITH_STOCK_RULE });
  if (!row) throw new UnknownTenantError(tenant);
  return tenantStockRule(row);
}

export function stockRuleOf(row: StockRuleRow): StockRule {
  return {
    rule: row.rule as StockRuleName,
    order: row.supplierOrder,
    supplierReserves: row.supplierReserves as Record<string, number>,
    reserve: row.reserve,
    maxShown: row.maxShown ?? undefined,
  };
}

export function changedStockRule(rule: StockRule, change: StockRuleChange): StockRule {
  const supplierReserves = { ...rule.supplierReserves };
  if (change.supplierReserve) {
    const { supplier, pieces } = change.supplierReserve;
    if (pieces > 0) supplierReserves[supplier] = pieces;
    else delete supplierReserves[supplier];
  }
  const name = change.rule ?? rule.rule;
  return {
    rule: name,
    // It means nothing to `newest`; with one, a tenant would not be back where it was before it had a rule.
    order: name === 'newest' ? [] : (change.supplierOrder ?? rule.order),
    supplierReserves,
    reserve: change.reserve ?? rule.reserve,
    maxShown: change.maxShown === undefined ? rule.maxShown : (change.maxShown ?? undefined),
  };
}

/** @throws FlagError that says which of the suppliers that a change names its tenant does not have */
export async function refuseUnknownSuppliers(
  transaction: Pick<Transaction, 'supplier'>,
  tenant: string,
  change: StockRuleChange,
): Promise<void> {
  const named = [
    ...(change.supplierOrder ?? []),
    ...(change.supplierReserve ? [change.supplierReserve.supplier] : []),
  ];
  const twice = named.find((name, index) => change.supplierOrder && named.indexOf(name) !== index);
  if (twice !== undefined) throw new FlagError(`The order names supplier ${twice} twice.`);
  if (named.includes(MANUAL_SUPPLIER)) {
    throw new FlagError(`A correction sets the item: ${MANUAL_SUPPLIER} has no place in a stock rule.`);
  }
  const rows = await transaction.supplier.findMany({ where: { tenantId: tenant, id: { in: named } } });
  const unknown = named.find((name) => !rows.some(({ id }) => id === name));
  if (unknown !== undefined) {
    throw new FlagError(
      `Tenant ${tenant} has no supplier ${unknown}; catalog-sync supplier list --tenant ${tenant} shows them.`,
    );
  }
}
