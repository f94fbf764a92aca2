import { writeAudit, type AuditedBy } from '../database/audit.ts';
import type { Database } from '../database/client.ts';
import { databaseNow } from '../database/clock.ts';
import { shownStockRule } from '../domain/stock-rule-words.ts';
import type { StockRule } from '../domain/stock.ts';
import { FlagError, withTenantLock } from '../flags/set-state.ts';
import { readTenantStockRule } from '../flags/stock-rule.ts';
import { newReplayId } from './request-replay.ts';
import { storedStockRule } from './stored-stock-rule.ts';

/**
 * Changes a tenant's stock rule. From then on whatever touches an item goes by the new one; a replay moves the others,
 * and until it has, they go by the one before.
 *
 * @param change.former the rule that the new one was made from
 * @param change.items how many items were predicted to move
 * @returns the replay's id; undefined while a former change is being carried out, and nothing was changed
 * @throws FlagError when somebody else has changed it meanwhile
 * @throws UnknownTenantError
 */
export async function changeStockRule(
  database: Database,
  change: AuditedBy & { tenant: string; former: number; rule: StockRule; items: number },
): Promise<string | undefined> {
  const { tenant, actor, reason, origin } = change;
  return withTenantLock(database, tenant, async (transaction) => {
    const former = await readTenantStockRule(transaction, tenant);
    if (former.change) return undefined;
    if (former.id !== change.former) {
      throw new FlagError(`The stock rule of tenant ${tenant} was changed by somebody else meanwhile.`);
    }
    const ruleId = await storedStockRule(transaction, tenant, change.rule);
    await transaction.tenant.updateMany({
      where: { id: tenant },
      data: { stockRuleId: ruleId, stockRuleBefore: former.before ?? former.id },
    });
    const now = await databaseNow(transaction);
    const replayId = newReplayId();
    await transaction.replay.createMany({
      data: {
        id: replayId,
        tenantId: tenant,
        by: 'received_at',
        sinceUs: 0n,
        untilUs: now,
        createdAtUs: now,
        stockRuleId: ruleId,
        eventsTotal: change.items,
        requestedBy: actor,
        startDueUs: now,
      },
    });
    await writeAudit(transaction, {
      ...{ tenant, actor, reason, origin },
      action: 'tenant.stock_rule',
      subject: `tenant/${tenant}`,
      before: audited(former.rule),
      after: { ...audited(change.rule), replay: replayId },
    });
    return replayId;
  });
}

function audited(rule: StockRule): Record<string, string | number | null> {
  const { supplierOrder, supplierReserves, ...rest } = shownStockRule(rule);
  return {
    ...rest,
    supplierOrder: supplierOrder.join(','),
    supplierReserves: JSON.stringify(supplierReserves),
  };
}
