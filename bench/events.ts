/** An inventory event as a supplier sends it. */
export interface BenchEvent {
  id: string;
  sku: string;
  quantity: number;
  updatedAt: string;
}

/** Makes events that all win: each has a SKU of its own. `prefix` keeps those of different runs apart. */
export function eventMaker(prefix: string): (count: number) => BenchEvent[] {
  let no = 0;
  return (count) =>
    Array.from({ length: count }, () => {
      no += 1;
      return {
        id: `${prefix}-${no}`,
        sku: `${prefix}-${no}`.toUpperCase(),
        quantity: no % 1000,
        updatedAt: new Date().toISOString(),
      };
    });
}
