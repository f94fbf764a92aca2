import type { StockRule } from '../../src/domain/stock.ts';

export interface Happened {
  readonly supplier: string;
  readonly location: string;
  readonly eventId: string;
  readonly quantity: number;
  readonly updatedAtUs: bigint;
  readonly correction: boolean;
  readonly voided: boolean;
  /** An expiry is about this very event. */
  readonly expired: boolean;
}

export interface OracleShare {
  readonly event: Happened;
  readonly why: 'counts' | 'corrects' | 'expired' | 'behind' | 'corrected' | 'correction_is_over';
  /** The supplier whose figure is taken instead. */
  readonly behind?: string;
}

export interface OracleItem {
  readonly quantity: number;
  /** What the rule comes to, before the tenant's reserve. */
  readonly stock: number;
  readonly updatedAtUs: bigint;
  readonly lead: Happened;
  /** One for each supplier and location, the greatest first. */
  readonly shares: readonly OracleShare[];
}

/**
 * What an item of several suppliers comes to, from nothing but the list of what happened: the naive reading of
 * docs/who-wins.md, slow and without a thought for what came when. Tests hold the code and the database to it.
 */
export function stockOracle(rule: StockRule, happened: readonly Happened[]): OracleItem | null {
  const standing = standingEvents(happened);
  const [greatest] = standing;
  if (greatest === undefined) return null;
  if (greatest.correction) return corrected(greatest, standing);
  const counting = standing.filter((event) => !event.correction && !event.expired);
  const suppliers = chosenSuppliers(rule, counting);
  const stock = total(suppliers.map((supplier) => figure(rule, counting, supplier)));
  const lead = counting.find((event) => suppliers.includes(event.supplier)) ?? greatest;
  return {
    quantity: Math.min(Math.max(0, stock - rule.reserve), rule.maxShown ?? HIGHEST),
    stock,
    updatedAtUs: lead.updatedAtUs,
    lead,
    shares: standing.map((event) => ({ event, ...shareOf(event, suppliers) })),
  };
}

/** What fits into the catalog's row, in pieces. */
const HIGHEST = 2 ** 31 - 1;

/** For each supplier and location the greatest event that no void took out, the greatest first. */
export function standingEvents(happened: readonly Happened[]): Happened[] {
  const contending = happened.filter((event) => !event.voided);
  return contending
    .filter((event) => !contending.some((other) => samePlace(event, other) && byContest(other, event) < 0))
    .toSorted(byContest);
}

/** The table of docs/who-wins.md: negative when `left` wins. */
function byContest(left: Happened, right: Happened): number {
  if (left.updatedAtUs !== right.updatedAtUs) return left.updatedAtUs > right.updatedAtUs ? -1 : 1;
  if (left.quantity !== right.quantity) return left.quantity - right.quantity;
  if (left.supplier !== right.supplier) return byBytes(right.supplier, left.supplier);
  return byBytes(right.eventId, left.eventId);
}

function samePlace(left: Happened, right: Happened): boolean {
  return left.supplier === right.supplier && left.location === right.location;
}

/** A correction says what the item is, to the piece. */
function corrected(correction: Happened, standing: readonly Happened[]): OracleItem {
  const quantity = Math.max(0, correction.quantity);
  return {
    quantity,
    stock: quantity,
    updatedAtUs: correction.updatedAtUs,
    lead: correction,
    shares: standing.map((event) => ({ event, why: event === correction ? 'corrects' : 'corrected' })),
  };
}

function chosenSuppliers(rule: StockRule, counting: readonly Happened[]): string[] {
  /** Newest first, as `counting` is. */
  const suppliers = [...new Set(counting.map((event) => event.supplier))];
  const [newest] = suppliers;
  if (newest === undefined || rule.rule === 'sum') return suppliers;
  if (rule.rule === 'newest') return [newest];
  if (rule.rule === 'lowest') {
    const least = Math.min(...suppliers.map((supplier) => figure(rule, counting, supplier)));
    return suppliers.filter((supplier) => figure(rule, counting, supplier) === least).slice(0, 1);
  }
  const named = rule.order.filter((supplier) => suppliers.includes(supplier));
  const rest = suppliers.filter((supplier) => !named.includes(supplier)).toSorted(byBytes);
  const ranked = [...named, ...rest];
  return [ranked.find((supplier) => figure(rule, counting, supplier) > 0) ?? ranked[0] ?? newest];
}

function figure(rule: StockRule, counting: readonly Happened[], supplier: string): number {
  const sent = counting.filter((event) => event.supplier === supplier);
  const whole = total(sent.map((event) => Math.max(0, event.quantity)));
  return Math.max(0, whole - (rule.supplierReserves[supplier] ?? 0));
}

function shareOf(event: Happened, suppliers: readonly string[]): Omit<OracleShare, 'event'> {
  if (event.correction) return { why: 'correction_is_over' };
  if (event.expired) return { why: 'expired' };
  const [taken] = suppliers;
  if (taken === undefined || suppliers.includes(event.supplier)) return { why: 'counts' };
  return { why: 'behind', behind: taken };
}

function total(figures: readonly number[]): number {
  return figures.reduce((sum, one) => sum + one, 0);
}

function byBytes(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}
