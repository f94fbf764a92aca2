import { fitsAtAGlance, shortened } from './at-a-glance.ts';
import { HIGHEST_QUANTITY, reserveOf, type Share, type Stock, type StockRule } from './stock.ts';
import { compareUtf8 } from './utf8.ts';

/** How much is said of a figure. */
interface Detail {
  /** The longest event id that is said whole. */
  longestId: number;
  /** Each place of a supplier by itself; else one event stands for all of them. */
  places: boolean;
  /** In as few words as can be understood. */
  terse: boolean;
}

/** Of what does not count; a supplier may tell of hundreds of shops. */
const MOST_OTHERS = 10;

/** The fullest first. */
const DETAILS: readonly Detail[] = [
  { longestId: Infinity, places: true, terse: false },
  { longestId: 17, places: true, terse: false },
  { longestId: 17, places: false, terse: false },
  { longestId: 9, places: false, terse: true },
];

/**
 * Says what an item shows and what it is made of, e.g.
 * `canary:CHAIR-01 is 9: acme 5 (e-17) + globex 6 (g-3) − 2 kept back`. What counts comes first, and is shortened until
 * it can be read at a glance.
 */
export function stockInWords(itemId: string, rule: StockRule, stock: Stock): string {
  const counting = suppliersOf(stock.shares.filter(({ counts }) => counts));
  const others = stock.shares.filter(({ counts }) => !counts);
  const told = others.slice(0, MOST_OTHERS).map((share) => whyNot(share, rule));
  if (others.length > told.length) told.push(`${others.length - told.length} more do not count`);
  const said = DETAILS.map(
    (detail) => `${itemId} is ${stock.quantity}: ${figureInWords(rule, stock, counting, detail)}`,
  );
  return [said.find((one) => fitsAtAGlance(`${one};`)) ?? said.at(-1), ...told].join('; ');
}

/** Why a figure counts or not, as lists show it. */
export function shareInWords(share: Share, rule: Pick<StockRule, 'supplierReserves'>): string {
  switch (share.why) {
    case 'counts': {
      const reserve = reserveOf(rule, share.supplier);
      const counts = share.quantity < 0 ? `counts as 0: oversold by ${-share.quantity}` : 'counts';
      return reserve > 0 ? `${counts}; ${reserve} kept back of all that ${share.supplier} has` : counts;
    }
    case 'corrects':
      return 'sets the item, until a supplier says something newer';
    case 'corrected':
      // What has expired does not come back with the end of a correction.
      return share.expired ? 'expired' : 'corrected';
    case 'correction_is_over':
      return 'over: a supplier said something newer';
    case 'expired':
      return 'expired';
    case 'behind':
      return `stands behind ${share.behind}`;
  }
}

function figureInWords(rule: StockRule, stock: Stock, counting: readonly Share[][], detail: Detail): string {
  const [first] = counting;
  if (!first) return 'no figure counts';
  const [only] = first;
  if (only?.why === 'corrects') return `corrected to it (${only.eventId})`;
  const sum = counting.map((shares) => supplierInWords(rule, shares, detail)).join(' + ');
  return `${sum}${keptBack(rule, stock)}${whyIt(rule, stock)}`;
}

/** Of a supplier whose figure was taken instead of others'. */
function whyIt({ rule }: StockRule, { shares, stock }: Stock): string {
  if (rule === 'sum' || !shares.some(({ why }) => why === 'behind')) return '';
  if (rule === 'priority')
    return stock > 0 ? ', the first in the order that has any' : ', the first in the order';
  return `, the ${rule}`;
}

function keptBack(rule: StockRule, { stock, quantity }: Stock): string {
  const left = Math.max(0, stock - rule.reserve);
  const kept = rule.reserve > 0 ? ` − ${rule.reserve} kept back` : '';
  if (quantity >= left) return kept;
  return `${kept}, of which ${rule.maxShown ?? HIGHEST_QUANTITY} at most are shown`;
}

function supplierInWords(
  rule: StockRule,
  shares: readonly Share[],
  { longestId, places, terse }: Detail,
): string {
  const [newest] = shares;
  if (!newest) return '';
  const { supplier } = newest;
  const pieces = shares.reduce((sum, { quantity }) => sum + Math.max(0, quantity), 0);
  // Not more than there is: who adds the figures up would come to less than the item has.
  const less = Math.min(reserveOf(rule, supplier), pieces);
  const kept = less > 0 ? ` less ${less}${terse ? '' : ' kept back of it'}` : '';
  if (shares.length === 1)
    return `${supplier}${terse ? '' : placeOf(newest)} ${piecesInWords(newest, longestId)}${kept}`;
  const of = places
    ? shares
        .toSorted((a, b) => compareUtf8(a.location, b.location))
        .map((share) => `${share.location || 'elsewhere'} ${piecesInWords(share, longestId)}`)
        .join(' + ')
    : `${shortened(newest.eventId, longestId)} ${terse ? `+${shares.length - 1}` : `and ${shares.length - 1} more`}`;
  return `${supplier} ${pieces} (${of})${kept}`;
}

function piecesInWords({ quantity, eventId }: Share, longestId: number): string {
  const id = shortened(eventId, longestId);
  return quantity < 0 ? `0 (${id}: oversold by ${-quantity})` : `${quantity} (${id})`;
}

function whyNot(share: Share, rule: StockRule): string {
  const why = share.expired ? 'expired' : share.why;
  return `${share.supplier}${placeOf(share)} ${share.quantity} (${share.eventId}) ${WHY_NOT[why] ?? shareInWords(share, rule)}`;
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
