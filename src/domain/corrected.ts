import { MANUAL_SUPPLIER } from './identity.ts';

/** Whether a correction by hand sets an item: it shows what was counted then, with nothing kept back. */
export function isCorrected(shares: readonly { supplier: string; counts: boolean }[]): boolean {
  return shares.some(({ supplier, counts }) => counts && supplier === MANUAL_SUPPLIER);
}
