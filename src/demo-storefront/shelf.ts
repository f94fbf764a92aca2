/** What the storefront reads from the catalog of one item. */
export interface CatalogItem {
  quantity: number;
  version: number;
}

/** A product page as it is kept. */
export interface Page extends CatalogItem {
  cachedAt: Date;
}

interface Product {
  /** The highest version that a cache bust named; 0 before the first. */
  highestVersion: number;
  page: Page | undefined;
}

/** The storefront's memory: what each product page shows until it is told to drop it. */
export interface Shelf {
  /** @returns 'superseded' if a higher version was named before; then nothing is dropped */
  bust(itemId: string, version: number, keepPage: boolean): 'accepted' | 'superseded';
  pageOf(itemId: string): Page | undefined;
  highestVersionOf(itemId: string): number;
  /**
   * Keeps a page, unless its version is below the highest named. Such a page was read before the cache bust came,
   * or from a lagging replica, and nothing would drop it any more.
   */
  keep(itemId: string, item: CatalogItem, at: Date): Page | undefined;
  /** All items that were ever kept or named, in the order in which they became known. */
  known(): [itemId: string, product: Readonly<Product>][];
  size(): number;
}

export function createShelf(): Shelf {
  const products = new Map<string, Product>();
  const productOf = (itemId: string): Product => {
    const known = products.get(itemId);
    if (known) return known;
    const product: Product = { highestVersion: 0, page: undefined };
    products.set(itemId, product);
    return product;
  };
  return {
    bust(itemId, version, keepPage) {
      const product = productOf(itemId);
      if (version < product.highestVersion) return 'superseded';
      product.highestVersion = version;
      if (!keepPage) product.page = undefined;
      return 'accepted';
    },
    pageOf: (itemId) => products.get(itemId)?.page,
    highestVersionOf: (itemId) => products.get(itemId)?.highestVersion ?? 0,
    keep(itemId, item, at) {
      const product = productOf(itemId);
      if (item.version < product.highestVersion) return undefined;
      product.page = { quantity: item.quantity, version: item.version, cachedAt: at };
      return product.page;
    },
    known: () => [...products],
    size: () => products.size,
  };
}
