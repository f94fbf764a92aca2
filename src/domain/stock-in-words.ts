import { HIGHEST_QUANTITY, type Share, type Stock, type StockRule } from './stock.ts';
import { compareUtf8 } from './utf8.ts';

/**
 * Says what an item shows and what it is made of, e.g.
 * `canary:CHAIR-01 is 9: acme 5 (e-17) + globex 6 (g-3) − 2 kept back`.
 */
export function stockInWords(itemId: string, rule: StockRule, stock: Stock): string {
  const counting = suppliersOf(stock.shares.filter(({ counts }) => counts));
  const others = stock.shares.filter(({ counts }) => !counts).map(whyNot);
  return `${itemId} is ${stock.quantity}: ${[figureInWords(rule, stock, counting), ...others].join('; ')}`;
}

/** Why a figure counts or not, as lists show it. */
export function shareInWords(share: Share): string {
  switch (share.why) {
    case 'counts':
      return share.quantity < 0 ? `counts as 0: oversold by ${-share.quantity}` : 'counts';
    case 'corrects':
      return 'sets the item, until a supplier says something newer';
    case 'corrected':
      return 'corrected';
    case 'correction_is_over':
      return 'over: a supplier said something newer';
    case 'expired':
      return 'expired';
    case 'behind':
      return `stands behind ${share.behind}`;
  }
}

function figureInWords(rule: StockRule, stock: Stock, counting: readonly Share[][]): string {
  const [first] = counting;
  if (!first) return 'no figure counts';
  const [only] = first;
  if (only?.why === 'corrects') return `corrected to it (${only.eventId})`;
  const sum = counting.map((shares) => supplierInWords(rule, shares)).join(' + ');
  return `${sum}${keptBack(rule, stock)}${WHY_IT[rule.rule](counting.length > 1 || !hasRivals(stock))}`;
}

/** Of a supplier whose figure was taken instead of others'. */
const WHY_IT: Record<StockRule['rule'], (isAll: boolean) => string> = {
  newest: (isAll) => (isAll ? '' : ', the newest'),
  priority: (isAll) => (isAll ? '' : ', first in the order'),
  lowest: (isAll) => (isAll ? '' : ', the lowest'),
  sum: () => '',
};

function hasRivals({ shares }: Stock): boolean {
  return shares.some(({ why }) => why === 'behind');
}

function keptBack(rule: StockRule, { stock, quantity }: Stock): string {
  const left = Math.max(0, stock - rule.reserve);
  const kept = rule.reserve > 0 ? ` − ${rule.reserve} kept back` : '';
  if (quantity >= left) return kept;
  return `${kept}, of which ${rule.maxShown ?? HIGHEST_QUANTITY} at most are shown`;
}

function supplierInWords(rule: StockRule, shares: readonly Share[]): string {
  const [first] = shares;
  if (!first) return '';
  const reserve = rule.supplierReserves[first.supplier] ?? 0;
  const kept = reserve > 0 ? ` less ${reserve} kept back of it` : '';
  if (shares.length === 1) return `${first.supplier}${placeOf(first)} ${piecesInWords(first)}${kept}`;
  const places = shares
    .toSorted((a, b) => compareUtf8(a.location, b.location))
    .map((share) => `${share.location || 'elsewhere'} ${piecesInWords(share)}`);
  return `${first.supplier} ${shares.reduce((sum, { quantity }) => sum + Math.max(0, quantity), 0)} (${places.join(' + ')})${kept}`;
}

function piecesInWords({ quantity, eventId }: Share): string {
  return quantity < 0 ? `0 (${eventId}: oversold by ${-quantity})` : `${quantity} (${eventId})`;
}

function whyNot(share: Share): string {
  return `${share.supplier}${placeOf(share)} ${share.quantity} (${share.eventId}) ${WHY_NOT[share.why] ?? shareInWords(share)}`;
}

const WHY_NOT: Partial<Record<Share['why'], string>> = {
  expired: 'has expired',
  corrected: 'counts again once a supplier says something newer',
  correction_is_over: 'is over: a supplier said something newer',
};

function placeOf({ location }: Share): string {
  return location === '' ? '' : ` at ${location}`;
}

/** By id. */
function suppliersOf(shares: readonly Share[]): Share[][] {
  const bySupplier = new Map<string, Share[]>();
  for (const share of shares)
    bySupplier.set(share.supplier, [...(bySupplier.get(share.supplier) ?? []), share]);
  return [...bySupplier].toSorted(([a], [b]) => compareUtf8(a, b)).map(([, own]) => own);
}
