import { markup } from './markup.ts';
import { layout } from './layout.ts';

export const PRODUCTS_A_PAGE = 200;

export interface ListedProduct {
  itemId: string;
  /** Undefined while no page is kept. */
  quantity: number | undefined;
  version: number;
}

/** @param page counts from 1; `total` is of all pages */
export function productList(products: ListedProduct[], page: number, total: number): string {
  const pages = Math.max(1, Math.ceil(total / PRODUCTS_A_PAGE));
  const link = (to: number, text: string) =>
    to >= 1 && to <= pages ? markup`<a href="/?page=${to}">${text}</a>` : markup``;
  const rows = products.map(
    ({ itemId, quantity, version }) =>
      markup`<tr>
        <td><a href="/products/${encodeURIComponent(itemId)}">${itemId}</a></td>
        <td class="number">${quantity ?? '–'}</td>
        <td class="number">${version}</td>
      </tr>`,
  );
  return layout(
    'Products',
    total === 0
      ? markup`<h1>Products</h1>
          <p class="soft">No product is known yet. The first cache bust brings the first one.</p>`
      : markup`<h1>Products</h1>
          <p class="soft">${total} known; page ${page} of ${pages}.</p>
          <table>
            <thead>
              <tr>
                <th scope="col">Product</th>
                <th scope="col" class="number">Cached quantity</th>
                <th scope="col" class="number">Version</th>
              </tr>
            </thead>
            <tbody>
              ${rows}
            </tbody>
          </table>
          <nav aria-label="Pages">${link(page - 1, 'Previous')} ${link(page + 1, 'Next')}</nav>`,
  );
}
