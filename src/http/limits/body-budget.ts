/** The bytes of one body that are kept. */
export interface KeptBody {
  /** @returns false where there is no room for so many more */
  take(bytes: number): boolean;
  /** Gives all of them back; may be called again. */
  release(): void;
}

export interface BodyBudget {
  open(address: string): KeptBody;
}

/**
 * Bounds the bytes of bodies that are kept at once: those that have arrived, not those that were announced, so that whoever
 * announces much and sends nothing takes room from nobody. One address has a quarter at most. In memory they take up to
 * twice as much while they come.
 */
export function createBodyBudget(most: number): BodyBudget {
  const byAddress = new Map<string, number>();
  let total = 0;
  const add = (address: string, bytes: number): void => {
    total += bytes;
    const own = (byAddress.get(address) ?? 0) + bytes;
    if (own === 0) byAddress.delete(address);
    else byAddress.set(address, own);
  };
  return {
    open(address) {
      let kept = 0;
      return {
        take(bytes) {
          if (total + bytes > most || (byAddress.get(address) ?? 0) + bytes > most / 4) return false;
          add(address, bytes);
          kept += bytes;
          return true;
        },
        release() {
          if (kept > 0) add(address, -kept);
          kept = 0;
        },
      };
    },
  };
}
