import type { StockRuleName } from './stock.ts';

/**
 * How a version was made, e.g. `newer`, `by the rule sum`, `expiry, by the rule sum`.
 *
 * @param replays those that went over the item
 */
export function versionRuleInWords(
  version: { rule: string; stockRule: StockRuleName | null; replayId: string | null },
  replays: readonly { replayId: string; stockRule: string | null }[],
): string {
  const { rule, stockRule } = version;
  const how = rule.replaceAll('_', ' ');
  const replay = replays.find(({ replayId }) => replayId === version.replayId);
  // Nothing was wrong with what a change of the stock rule moves.
  if (rule === 'repaired' && replay && replay.stockRule !== null)
    return `moved to the stock rule ${stockRule ?? replay.stockRule}`;
  if (stockRule === null) return how;
  return rule === 'shares' ? `by the rule ${stockRule}` : `${how}, by the rule ${stockRule}`;
}

/** What a replay did to an item. */
export function replayOutcomeInWords(replay: { outcome: string; stockRule: string | null }): string {
  if (replay.stockRule !== null && replay.outcome === 'repaired') return 'moved to the stock rule';
  return replay.outcome.replaceAll('_', ' ');
}
