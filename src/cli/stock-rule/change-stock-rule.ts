import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../database/client.ts';
import type { StockRule } from '../../domain/stock.ts';
import { isSameStockRule, shownStockRule, stockRuleInWords } from '../../domain/stock-rule-words.ts';
import {
  changedStockRule,
  readTenantStockRule,
  refuseUnknownSuppliers,
  type StockRuleChange,
  type TenantStockRule,
} from '../../flags/stock-rule.ts';
import { createProgressLine } from '../../process/progress-line.ts';
import { stopSignal } from '../../process/stop-signal.ts';
import { changeStockRule } from '../../replay/change-stock-rule.ts';
import { predictStockRule, type MovedItem, type RulePrediction } from '../../replay/predict-stock-rule.ts';
import { auditedBy, type AuditOptions } from '../option-values.ts';
import { note, print, printJson } from '../output.ts';
import { counted } from '../replay/words.ts';

/** A person is shown so many items; the others are counted. */
const MOST_SHOWN = 50;
const LOOK_EVERY_MS = 500;

interface StockRuleChanged {
  stockRule: ReturnType<typeof shownStockRule>;
  /** Which have another figure, or another event that leads them. */
  itemsToChange: number;
  /** What carries it out; null where nothing was changed. */
  replayId: string | null;
}

interface Asked {
  tenant: string;
  change: StockRuleChange;
  by: AuditOptions;
  json: boolean;
}

/** Says what would become of each item by another stock rule; nothing is changed. */
export async function predictRuleChange(database: Database, asked: Asked): Promise<void> {
  const { tenant, json } = asked;
  const { rule } = await wantedRule(database, asked);
  let shown = 0;
  const prediction = await predict(database, tenant, rule, (item) => {
    if (json) printJson({ itemId: item.itemId, quantity: item.before, newQuantity: item.after });
    else if (++shown <= MOST_SHOWN) print(`${item.itemId}  ${item.before} -> ${item.after}`);
  });
  if (json) printJson({ dryRun: true, tenant, stockRule: shownStockRule(rule), ...prediction });
  else if (shown > MOST_SHOWN) print(`and ${shown - MOST_SHOWN} more; --json names them all`);
  note(`dry run; nothing was changed\n${inWords(rule, prediction)}`);
}

/**
 * Changes what else a command names, and then the stock rule. A rule that makes no sense is refused before either; what
 * was changed is told although the rule's change fails after it, for a secret is told once.
 *
 * @param others changes the rest, and tells people of it; undefined where nothing else is named
 */
export async function changeWithRule(
  database: Database,
  asked: Asked | undefined,
  others: (() => Promise<object>) | undefined,
  printed: { names: object; json: boolean },
): Promise<void> {
  if (asked) await wantedRule(database, asked);
  const changed = await others?.();
  let rule: StockRuleChanged | undefined;
  try {
    rule = asked && (await runRuleChange(database, asked));
  } finally {
    if (printed.json && (changed || rule)) printJson({ ...printed.names, ...changed, ...rule });
  }
}

/**
 * Changes a tenant's stock rule, after a former change of it is carried out, and says what will become of its items.
 *
 * @returns undefined when it was stopped while it waited; nothing was changed then
 */
async function runRuleChange(database: Database, asked: Asked): Promise<StockRuleChanged | undefined> {
  const { signal } = stopSignal();
  try {
    return await changeInTurn(database, asked, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    note('Nothing was changed.');
    // As shells count: 128 and the signal's number.
    process.exitCode = (signal.reason as Error).message === 'SIGTERM' ? 143 : 130;
    return undefined;
  }
}

/** @throws what the signal was fired with, when it fires before the change is made */
async function changeInTurn(
  database: Database,
  asked: Asked,
  signal: AbortSignal,
): Promise<StockRuleChanged> {
  const { tenant, by, json } = asked;
  for (;;) {
    await formerChangesDone(database, tenant, signal);
    const { former, rule } = await wantedRule(database, asked);
    const stockRule = shownStockRule(rule);
    if (isSameStockRule(former.rule, rule)) {
      if (!json) note(`The stock rule is that already: ${stockRuleInWords(rule)}. Nothing was changed.`);
      return { stockRule, itemsToChange: 0, replayId: null };
    }
    const prediction = await predict(database, tenant, rule, () => undefined, signal);
    signal.throwIfAborted();
    if (!json) print(inWords(rule, prediction));
    const replayId = await changeStockRule(database, {
      ...{ tenant, rule, former: former.id, items: prediction.changed },
      ...auditedBy(by),
      reason: by.reason,
    });
    if (replayId === undefined) continue;
    if (!json) print(`replay ${replayId} carries it out: catalog-sync replay show ${replayId} --follow`);
    return { stockRule, itemsToChange: prediction.changed, replayId };
  }
}

async function wantedRule(
  database: Database,
  { tenant, change }: Asked,
): Promise<{ former: TenantStockRule; rule: StockRule }> {
  const former = await readTenantStockRule(database, tenant);
  await refuseUnknownSuppliers(database, tenant, change);
  return { former, rule: changedStockRule(former.rule, change) };
}

async function formerChangesDone(database: Database, tenant: string, signal: AbortSignal): Promise<void> {
  const progress = createProgressLine();
  try {
    for (;;) {
      const { change } = await readTenantStockRule(database, tenant);
      if (!change) return;
      progress.say(`waiting until replay ${change.replayId} has carried out the change before this one`);
      await sleep(LOOK_EVERY_MS, undefined, { signal });
    }
  } finally {
    progress.clear();
  }
}

async function predict(
  database: Database,
  tenant: string,
  rule: StockRule,
  item: (item: MovedItem) => void,
  signal?: AbortSignal,
): Promise<RulePrediction> {
  const progress = createProgressLine();
  const on = {
    item: (moved: MovedItem) => {
      progress.clear();
      item(moved);
    },
    progress: (done: number, items: number) => {
      signal?.throwIfAborted();
      progress.update(() => `${done} of ${counted(items, 'item')} weighed`);
    },
  };
  try {
    return await predictStockRule(database, { tenant, rule }, on);
  } finally {
    progress.clear();
  }
}

function inWords(rule: StockRule, { items, changed }: RulePrediction): string {
  return `stock rule: ${stockRuleInWords(rule)}; ${changed} of ${counted(items, 'item')} change`;
}
