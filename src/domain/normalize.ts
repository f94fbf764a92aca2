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

/** Zero-width spaces and joiners, the word joiner, the byte order mark, the soft hyphen: nobody sees them. */
const UNSEEN = /[\u00ad\u200b-\u200d\u2060\ufeff]/gu;

/** A text without what nobody sees, each letter in one form (NFC): two that look the same become the same. */
export function asItLooks(text: string): string {
  return text.replaceAll(UNSEEN, '').normalize('NFC').trim();
}

/**
 * Takes look-alikes for one: without what nobody sees, composed, trimmed, in upper case. Applied twice it changes nothing
 * more. As far as a database can, `sku_key` says the same.
 */
export function normalizeSku(sku: string): string {
  // Upper case takes some letters apart.
  return asItLooks(sku).toUpperCase().normalize('NFC');
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
