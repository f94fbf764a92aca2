import { MANUAL_SUPPLIER } from './identity.ts';
import { compareUtf8 } from './utf8.ts';
import { compareContenders, type Contender } from './winner.ts';

/** A shop is told of no more, in pieces: what fits the catalog's row. */
export const HIGHEST_QUANTITY = 2_147_483_647;

/** How a tenant makes one figure of its suppliers': see docs/who-wins.md. */
export const STOCK_RULES = ['newest', 'priority', 'lowest', 'sum'] as const;
export type StockRuleName = (typeof STOCK_RULES)[number];

export interface StockRule {
  rule: StockRuleName;
  /** For `priority`, the first first. Who is not named comes after, by id. */
  order: readonly string[];
  /** Pieces of each supplier that are kept back. */
  supplierReserves: Readonly<Record<string, number>>;
  /** Pieces of the item that are kept back. */
  reserve: number;
  /** At most so many are shown. */
  maxShown: number | undefined;
}

export const NEWEST: StockRule = {
  rule: 'newest',
  order: [],
  supplierReserves: {},
  reserve: 0,
  maxShown: undefined,
};

/** What is kept back of a supplier. One may be called `constructor`, as what every object has. */
export function reserveOf(
  { supplierReserves }: Pick<StockRule, 'supplierReserves'>,
  supplier: string,
): number {
  return Object.hasOwn(supplierReserves, supplier) ? (supplierReserves[supplier] ?? 0) : 0;
}

/** The greatest event of a supplier at a location: what it says of an item now. */
export interface StandingEvent extends Contender {
  location: string;
  /** Whether the figure is older than its supplier's figures may be. */
  expired: boolean;
}

/** What a standing event has to do with the item's figure. */
export type ShareState =
  /** It is part of it, or sets it. */
  | { counts: true; why: 'counts' | 'corrects' }
  | { counts: false; why: 'expired' }
  /** Another supplier's figure is taken instead of its own. */
  | { counts: false; why: 'behind'; behind: string }
  /** A correction holds until a supplier says something newer, and what it corrects counts no more. */
  | { counts: false; why: 'corrected' | 'correction_is_over' };

export type Share<Event extends StandingEvent = StandingEvent> = Event & ShareState;

export interface Stock<Event extends StandingEvent = StandingEvent> {
  /** Before the item's reserve, in pieces. */
  stock: number;
  /** What the shop shows. */
  quantity: number;
  /** The greatest event that counts; where none counts, the greatest. */
  lead: Event;
  /** Of every standing event, the greatest first. */
  shares: Share<Event>[];
}

/** A supplier's figure: of all its locations. */
interface Figure {
  supplier: string;
  quantity: number;
}

/**
 * What an item's standing events come to. The database function `item_stock` says the same.
 *
 * @param standing one event at most of a supplier and location, in any order
 * @returns undefined for an item without any
 */
export function weighStock<Event extends StandingEvent>(
  rule: StockRule,
  standing: readonly Event[],
): Stock<Event> | undefined {
  const events = standing.toSorted((a, b) => compareContenders(b, a));
  const [greatest] = events;
  if (!greatest) return undefined;
  if (greatest.supplier === MANUAL_SUPPLIER) return corrected(greatest, events);
  const chosen = CHOICES[rule.rule](figuresOf(rule, events), rule);
  const shares = events.map((event): Share<Event> => ({ ...event, ...stateOf(event, chosen) }));
  const stock = chosen.reduce((sum, { quantity }) => sum + quantity, 0);
  return {
    stock,
    quantity: Math.max(0, Math.min(stock - rule.reserve, rule.maxShown ?? HIGHEST_QUANTITY)),
    lead: events.find((_, index) => shares[index]?.counts) ?? greatest,
    shares,
  };
}

/** What a person counted is shown as it was counted, with nothing kept back. */
function corrected<Event extends StandingEvent>(correction: Event, events: readonly Event[]): Stock<Event> {
  const shares = events.map((event): Share<Event> =>
    event === correction
      ? { ...event, counts: true, why: 'corrects' }
      : { ...event, counts: false, why: 'corrected' },
  );
  const quantity = piecesOf(correction);
  return { stock: quantity, quantity, lead: correction, shares };
}

function figuresOf(rule: StockRule, events: readonly StandingEvent[]): Figure[] {
  const figures = new Map<string, Figure>();
  for (const event of events) {
    if (event.expired || event.supplier === MANUAL_SUPPLIER) continue;
    const figure = figures.get(event.supplier);
    figures.set(event.supplier, {
      supplier: event.supplier,
      quantity: (figure?.quantity ?? 0) + piecesOf(event),
    });
  }
  return [...figures.values()].map((figure) => ({
    ...figure,
    quantity: Math.max(0, figure.quantity - reserveOf(rule, figure.supplier)),
  }));
}

/** A supplier that has sold more than it has sends less than nothing; there is nothing of it. */
function piecesOf({ quantity }: Contender): number {
  return Math.max(0, quantity);
}

/** Whose figures an item is made of; `figures` has the supplier with the greatest event first. */
const CHOICES: Record<StockRuleName, (figures: readonly Figure[], rule: StockRule) => readonly Figure[]> = {
  newest: (figures) => figures.slice(0, 1),
  priority: (figures, { order }) => {
    const ranked = figures.toSorted(
      (a, b) => rankOf(a, order) - rankOf(b, order) || compareUtf8(a.supplier, b.supplier),
    );
    return [ranked.find(({ quantity }) => quantity > 0) ?? ranked[0]].filter(
      (figure) => figure !== undefined,
    );
  },
  // Sorting is stable: of two that say the same, the newer.
  lowest: (figures) => figures.toSorted((a, b) => a.quantity - b.quantity).slice(0, 1),
  sum: (figures) => figures,
};

function rankOf({ supplier }: Figure, order: readonly string[]): number {
  const rank = order.indexOf(supplier);
  return rank < 0 ? order.length : rank;
}

function stateOf(event: StandingEvent, chosen: readonly Figure[]): ShareState {
  if (event.supplier === MANUAL_SUPPLIER) return { counts: false, why: 'correction_is_over' };
  if (event.expired) return { counts: false, why: 'expired' };
  const [first] = chosen;
  return !first || chosen.some(({ supplier }) => supplier === event.supplier)
    ? { counts: true, why: 'counts' }
    : { counts: false, why: 'behind', behind: first.supplier };
}
