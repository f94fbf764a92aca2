import { StorefrontSilent } from '../../get-answer.ts';
import type { AdminFault } from './fault-table.ts';

/** What a shop has under a SKU. */
export interface StockEntry<Handle> {
  sku: string;
  /** Ours, as it was last written there. Null: nothing was. */
  version: number | null;
  /** On hand at the chosen location. Null: it has no stock there yet. */
  quantity: number | null;
  /** Why nothing can be told of it, where that is so. */
  untellable?: string | undefined;
  /** By which the shop knows it. */
  handle: Handle;
}

/** Of what is sold without end. */
export const UNTRACKED = 'the shop does not track the quantity of this SKU';

/** What is to be at an entry. */
export interface StockChange<Handle> {
  entry: StockEntry<Handle>;
  version: number;
  quantity: number;
}

/** The shop wrote none of some changes, for the sake of those that it names. */
export class ChangesRefused extends StorefrontSilent {
  override name = 'ChangesRefused';
  /** By the places of the changes. */
  readonly faults: ReadonlyMap<number, AdminFault>;

  constructor(faults: ReadonlyMap<number, AdminFault>) {
    super([...faults.values()].map(({ message }) => message).join('; '), { httpStatus: 200 });
    this.faults = faults;
  }
}

/** A shop's stock by its admin API, as one publish or one read sees it. All of them throw StorefrontSilent. */
export interface StockApi<Handle> {
  /** @returns what there is under the SKUs; for a SKU none, one, or several */
  read(skus: readonly string[]): Promise<StockEntry<Handle>[]>;
  /**
   * Writes version and quantity, so that neither is seen lowered by a call that is late. Where it throws, any of them may
   * have been written.
   *
   * @throws ChangesRefused where the shop says of which changes it says no
   */
  write(changes: readonly StockChange<Handle>[]): Promise<void>;
}

/** Stock that can be read whole. */
export interface ListedStockApi<Handle> extends StockApi<Handle> {
  /** All entries, page by page. @returns undefined behind the last page */
  list(page: number): Promise<StockEntry<Handle>[] | undefined>;
}
