/** What a shop has under a SKU. */
export interface StockEntry<Handle> {
  sku: string;
  /** Ours, as it was last written there. Null: nothing was. */
  version: number | null;
  /** On hand at the chosen location. Null: it has no stock there yet. */
  quantity: number | null;
  /** By which the shop knows it. */
  handle: Handle;
}

/** What is to be at an entry. */
export interface StockChange<Handle> {
  entry: StockEntry<Handle>;
  version: number;
  quantity: number;
}

/** A shop's stock by its admin API, as one publish or one read sees it. All of them throw StorefrontSilent. */
export interface StockApi<Handle> {
  /** @returns what there is under the SKUs; for a SKU none, one, or several */
  read(skus: readonly string[]): Promise<StockEntry<Handle>[]>;
  /**
   * Writes version and quantity, so that neither is seen lowered by a call that is late. Where it throws, any of them may
   * have been written.
   */
  write(changes: readonly StockChange<Handle>[]): Promise<void>;
  /** All entries, page by page. @returns undefined behind the last page */
  list(page: number): Promise<StockEntry<Handle>[] | undefined>;
}
