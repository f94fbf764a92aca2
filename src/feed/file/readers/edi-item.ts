import type { Fault } from '../../mapping/refusal.ts';
import { stockOf, type Quantities } from './edi-quantity.ts';

/** What a row of an EDI message says. Quantities and dates are kept by their qualifiers. */
export interface EdiValue {
  sku?: string;
  /** Of stock in pieces; a Fault where there are others alone. */
  quantity?: number | string | Fault;
  location?: string;
  unit?: string;
  updatedAt?: string;
  ids: Record<string, string>;
  quantities: Record<string, number | string>;
  dates: Record<string, string>;
  /** The date of its message, where it has one. */
  documentDate?: string;
}

/** Which qualifiers count, the best first; of quantities no others do. */
export interface EdiRules {
  ids: readonly string[];
  quantities: readonly string[];
  dates: readonly string[];
}

/** Of what no quantity says what it is. */
export const SPLIT = 'SPLIT';

interface Group {
  location?: string;
  quantities: Record<string, Quantities[string]>;
}

const isPlaced = ({ location }: Group): boolean => location !== undefined;
const isTold = ({ quantities }: Group): boolean => Object.keys(quantities).length > 0;

/** An item of a message: its codes, and its quantities by place. */
export interface EdiItem {
  id(qualifier: string, id: string): void;
  /** @param kind its qualifier, and what else says what it is */
  quantity(kind: string, quantity: number | string, unit: string | undefined): void;
  place(location: string): void;
  /** A part of the last quantity with its place, which says more than that sum. */
  split(location: string, quantity: number | string, unit: string | undefined): void;
  /** What follows belongs to another place or kind. */
  part(): void;
  date(qualifier: string, date: string): void;
  /** @returns a fault when quantities and places stand in an order that can mean two things */
  values(message: { location?: string; documentDate?: string }): EdiValue[] | { fault: string };
}

export function ediItem(rules: EdiRules): EdiItem {
  const ids: Record<string, string> = {};
  const dates: Record<string, string> = {};
  const groups: Group[] = [];
  const splits: Group[] = [];
  /** Quantities stand behind their place, or before it: as the first of them does. */
  let order: 'place first' | 'quantity first' | undefined;
  let isParted = true;
  let lastKind = SPLIT;

  const last = (): Group | undefined => (isParted ? undefined : groups.at(-1));
  const begin = (group: Group): void => {
    groups.push(group);
    isParted = false;
  };

  return {
    id: (qualifier, id) => {
      if (id !== '') ids[qualifier] ??= id;
    },
    quantity: (kind, quantity, unit) => {
      order ??= 'quantity first';
      lastKind = kind;
      const group = last();
      const isClosed = order === 'quantity first' && group?.location !== undefined;
      if (!group || isClosed || Object.hasOwn(group.quantities, kind)) begin({ quantities: {} });
      const own = groups.at(-1);
      if (own) own.quantities[kind] = { quantity, unit: unit || undefined };
    },
    place: (location) => {
      order ??= 'place first';
      const group = last();
      if (order === 'quantity first' && group && group.location === undefined) group.location = location;
      else begin({ location, quantities: {} });
    },
    split: (location, quantity, unit) => {
      splits.push({ location, quantities: { [lastKind]: { quantity, unit: unit || undefined } } });
    },
    part: () => {
      isParted = true;
    },
    date: (qualifier, date) => {
      dates[qualifier] ??= date;
    },
    values(message) {
      if (
        splits.length === 0 &&
        groups.some(isPlaced) &&
        !groups.every((group) => isPlaced(group) && isTold(group))
      ) {
        return { fault: 'has places and quantities that are no pairs: which is which cannot be told' };
      }
      const told = byPlace(splits.length > 0 ? splits : groups);
      return (told.length > 0 ? told : [{ quantities: {} }]).map((group: Group) => {
        const all = Object.entries(group.quantities);
        const quantity = stockOf(group.quantities, rules.quantities);
        const unit = all.find(([, one]) => one.unit !== undefined)?.[1].unit;
        const location = group.location ?? message.location;
        const sku = chosen(ids, rules.ids);
        const updatedAt = rules.dates.map((qualifier) => dates[qualifier]).find((date) => date !== undefined);
        return {
          ...(sku !== undefined && { sku }),
          ...(quantity !== undefined && { quantity }),
          ...(location !== undefined && { location }),
          ...(unit !== undefined && { unit }),
          ...(updatedAt !== undefined && { updatedAt }),
          ids,
          quantities: Object.fromEntries(all.map(([kind, one]) => [kind, one.quantity])),
          dates,
          ...(message.documentDate !== undefined && { documentDate: message.documentDate }),
        };
      });
    },
  };
}

/** What is said of a place in several parts is one row, unless two of them say the same kind. */
function byPlace(groups: readonly Group[]): Group[] {
  const rows: Group[] = [];
  const lastOf = new Map<string | undefined, Group>();
  for (const { location, quantities } of groups) {
    const before = lastOf.get(location);
    if (before && !Object.keys(quantities).some((kind) => Object.hasOwn(before.quantities, kind))) {
      Object.assign(before.quantities, quantities);
      continue;
    }
    const row = { ...(location !== undefined && { location }), quantities: { ...quantities } };
    lastOf.set(location, row);
    rows.push(row);
  }
  return rows;
}

/** The best one by its qualifier, or the first. */
function chosen(values: Readonly<Record<string, string>>, order: readonly string[]): string | undefined {
  const best = order.find((qualifier) => Object.hasOwn(values, qualifier));
  return best === undefined ? Object.values(values)[0] : values[best];
}
