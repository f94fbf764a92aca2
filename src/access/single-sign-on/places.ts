/** @returns what takes a place for somebody, and gives what leaves it again; undefined where there is none */
export function createPlaces(most: { ofOne: number; inAll: number }): {
  take(name: string): (() => void) | undefined;
} {
  const taken = new Map<string, number>();
  let total = 0;
  return {
    take(name) {
      const own = taken.get(name) ?? 0;
      if (own >= most.ofOne || total >= most.inAll) return undefined;
      taken.set(name, own + 1);
      total += 1;
      return () => {
        const left = (taken.get(name) ?? 0) - 1;
        if (left > 0) taken.set(name, left);
        else taken.delete(name);
        total -= 1;
      };
    },
  };
}
