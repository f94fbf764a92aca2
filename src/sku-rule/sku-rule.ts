import { RE2JS } from 're2js';

/** Rules are few and used for every event. */
const compiled = new Map<string, ReturnType<typeof RE2JS.compile>>();
const MOST_COMPILED = 1_000;

/**
 * Whether a whole SKU matches a supplier's rule.
 *
 * RE2 takes time in proportion to the text, whatever the rule: the administrator writes the rule, but the supplier
 * chooses the text, and a backtracking engine would let one SKU hold a worker for hours.
 *
 * @throws Error for a rule that `checkSkuRule` refuses
 */
export function fitsSkuRule(pattern: string, sku: string): boolean {
  let rule = compiled.get(pattern);
  if (!rule) {
    rule = RE2JS.compile(pattern);
    if (compiled.size >= MOST_COMPILED) compiled.clear();
    compiled.set(pattern, rule);
  }
  return rule.matches(sku);
}

/** @returns why a rule cannot be used, in the library's words; undefined if it can */
export function checkSkuRule(pattern: string): string | undefined {
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
