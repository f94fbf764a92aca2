/** What a row of an EDI message says. Quantities and dates are kept by their qualifiers. */
export interface EdiValue {
  sku?: string;
  quantity?: string;
  location?: string;
  unit?: string;
  updatedAt?: string;
  ids: Record<string, string>;
  quantities: Record<string, string>;
  dates: Record<string, string>;
  /** The date of its message, where it has one. */
  documentDate?: string;
}

/** Which qualifiers count, the best first. */
export interface EdiRules {
  ids: readonly string[];
  quantities: readonly string[];
  dates: readonly string[];
}

interface Group {
  location?: string;
  unit?: string;
  quantities: Record<string, string>;
}

const isPlaced = ({ location }: Group): boolean => location !== undefined;
const isTold = ({ quantities }: Group): boolean => Object.keys(quantities).length > 0;

/** An item of a message: its codes, and its quantities by place. */
export interface EdiItem {
  id(qualifier: string, id: string): void;
  quantity(qualifier: string, quantity: string, unit: string | undefined): void;
  place(location: string): void;
  /** A quantity with its place, which says more than a sum that may stand beside it. */
  split(location: string, quantity: string, unit: string | undefined): void;
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

  const last = (): Group | undefined => (isParted ? undefined : groups.at(-1));
  const begin = (group: Group): void => {
    groups.push(group);
    isParted = false;
  };

  return {
    id: (qualifier, id) => {
      if (id !== '') ids[qualifier] ??= id;
    },
    quantity: (qualifier, quantity, unit) => {
      order ??= 'quantity first';
      const group = last();
      const isClosed = order === 'quantity first' && group?.location !== undefined;
      if (!group || isClosed || qualifier in group.quantities) begin({ quantities: {} });
      const own = groups.at(-1);
      if (!own) return;
      own.quantities[qualifier] = quantity;
      if (unit) own.unit ??= unit;
    },
    place: (location) => {
      order ??= 'place first';
      const group = last();
      if (order === 'quantity first' && group && group.location === undefined) group.location = location;
      else begin({ location, quantities: {} });
    },
    split: (location, quantity, unit) => {
      splits.push({ location, quantities: { SPLIT: quantity }, ...(unit && { unit }) });
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
      const told = splits.length > 0 ? splits : groups;
      return (told.length > 0 ? told : [{ quantities: {} }]).map((group: Group) => {
        const quantity = chosen(group.quantities, rules.quantities);
        const location = group.location ?? message.location;
        const sku = chosen(ids, rules.ids) ?? Object.values(ids)[0];
        const updatedAt = rules.dates.map((qualifier) => dates[qualifier]).find((date) => date !== undefined);
        return {
          ...(sku !== undefined && { sku }),
          ...(quantity !== undefined && { quantity }),
          ...(location !== undefined && { location }),
          ...(group.unit !== undefined && { unit: group.unit }),
          ...(updatedAt !== undefined && { updatedAt }),
          ids,
          quantities: group.quantities,
          dates,
          ...(message.documentDate !== undefined && { documentDate: message.documentDate }),
        };
      });
    },
  };
}

/** The best one by its qualifier, or the only one. */
function chosen(values: Readonly<Record<string, string>>, order: readonly string[]): string | undefined {
  const best = order.find((qualifier) => qualifier in values);
  if (best !== undefined) return values[best];
  const all = Object.values(values);
  return all.length === 1 ? all[0] : undefined;
}
