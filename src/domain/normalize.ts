import { exactSeconds } from './span.ts';
import type { Rejection } from './failure-modes.ts';
import { formatTime, type Micros } from './time.ts';

export interface SupplierRules {
  /** The regular expression, for the words of a rejection. */
  skuPattern: string;
  /** Whether the whole normalized SKU matches it. Handed in: the engine has to take linear time, and is a library's. */
  fitsPattern: (sku: string) => boolean;
  /** How far `updatedAt` may be ahead of `receivedAt`, in µs. */
  clockTolerance: Micros;
}

export type Normalized = { ok: true; sku: string } | { ok: false; mode: Rejection; detail: string };

/** Trims and upper-cases. Applied twice it changes nothing more for the SKUs that a rule accepts. */
export function normalizeSku(sku: string): string {
  return sku.trim().toUpperCase();
}

/**
 * Judges an event by its supplier's rules.
 *
 * `updatedAt` is held against `receivedAt`, never against the present: a replay next month judges the same.
 */
export function normalizeEvent(
  event: { sku: string; updatedAt: Micros; receivedAt: Micros },
  rules: SupplierRules,
): Normalized {
  const sku = normalizeSku(event.sku);
  if (!rules.fitsPattern(sku)) {
    return {
      ok: false,
      mode: 'malformed_sku',
      detail: `SKU ${JSON.stringify(sku)} does not match the supplier's rule ${rules.skuPattern}`,
    };
  }
  const ahead = event.updatedAt - event.receivedAt;
  if (ahead > rules.clockTolerance) {
    return {
      ok: false,
      mode: 'clock_drift',
      detail:
        `updatedAt ${formatTime(event.updatedAt)} is ${exactSeconds(ahead)} ahead of receivedAt ` +
        `${formatTime(event.receivedAt)}; the supplier's tolerance is ${exactSeconds(rules.clockTolerance)}`,
    };
  }
  return { ok: true, sku };
}
