import { InvalidArgumentError, Option, type Command } from 'commander';
import { STOCK_RULES, type StockRuleName } from '../../domain/stock.ts';
import type { StockRuleChange } from '../../flags/stock-rule.ts';
import { durationValue, nameValue, wholeNumber } from '../option-values.ts';

export interface StockRuleOptions {
  stockRule?: StockRuleName;
  supplierOrder?: string[];
  reserve?: number;
  maxShown?: number | 'none';
  dryRun?: true;
}

/** Adds what changes a tenant's stock rule. */
export function stockRuleOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--stock-rule <rule>', 'what it makes of several suppliers of an item').choices(STOCK_RULES),
    )
    .option('--supplier-order <names>', 'for priority, the first first, e.g. acme,globex', orderValue)
    .option('--reserve <pieces>', 'of each item, kept back', wholeNumber(0))
    .option('--max-shown <pieces>', 'at most so many of an item are shown, or "none"', maxShownValue)
    .option('--dry-run', 'only say what would become of each item by the stock rule');
}

/** What is given of a stock rule; undefined where nothing is. */
export function stockRuleChangeOf(options: StockRuleOptions): StockRuleChange | undefined {
  const { stockRule, supplierOrder, reserve, maxShown } = options;
  const change = {
    ...(stockRule !== undefined && { rule: stockRule }),
    ...(supplierOrder !== undefined && { supplierOrder }),
    ...(reserve !== undefined && { reserve }),
    ...(maxShown !== undefined && { maxShown: maxShown === 'none' ? null : maxShown }),
  };
  return Object.keys(change).length > 0 ? change : undefined;
}

/** At least a minute, or none. */
export function figureExpiresValue(text: string): number | 'none' {
  if (text === 'none') return text;
  const value = durationValue(text);
  if (value < 60) throw new InvalidArgumentError('It has to be at least 1m, such as 48h, or none.');
  return value;
}

function orderValue(text: string): string[] {
  return text === '' ? [] : text.split(',').map(nameValue);
}

function maxShownValue(text: string): number | 'none' {
  return text === 'none' ? text : wholeNumber(0)(text);
}
