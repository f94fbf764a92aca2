import { markup, type Html } from './markup.ts';
import { layout } from './layout.ts';
import { splitItemId } from './item-id.ts';

export interface ShownItem {
  itemId: string;
  quantity: number;
  version: number;
  /** Undefined: read from the catalog for this answer only. */
  cachedAt: Date | undefined;
}

const LOW_STOCK = 5;

export function productPage(item: ShownItem): string {
  const { tenant, sku } = splitItemId(item.itemId) ?? { tenant: '', sku: item.itemId };
  const cached = item.cachedAt
    ? markup`<time datetime="${item.cachedAt.toISOString()}">${readable(item.cachedAt)}</time>`
    : markup`not kept: the catalog is behind the last cache bust`;
  return layout(
    sku,
    markup`<article class="product">
      <div class="picture">${chair}</div>
      <div>
        <h1>${sku}</h1>
        <p class="stock ${stockClass(item.quantity)}">${stockText(item.quantity)}</p>
        <dl>
          <dt>SKU</dt>
          <dd>${sku}</dd>
          <dt>Quantity in stock</dt>
          <dd id="quantity">${item.quantity}</dd>
          <dt>Catalog version</dt>
          <dd id="version">${item.version}</dd>
          <dt>Shop</dt>
          <dd>${tenant}</dd>
          <dt>Cached since</dt>
          <dd>${cached}</dd>
        </dl>
      </div>
    </article>`,
  );
}

export function notFoundPage(itemId: string): string {
  return layout(
    'Not found',
    markup`<h1>No such product</h1>
      <p>The catalog has no item ${itemId}.</p>`,
  );
}

export function unavailablePage(): string {
  return layout(
    'Unavailable',
    markup`<h1>The catalog cannot be read</h1>
      <p>This page is not kept, and the catalog did not answer. Try again soon.</p>`,
  );
}

function stockText(quantity: number): string {
  if (quantity <= 0) return 'Sold out';
  return quantity <= LOW_STOCK ? `Only ${quantity} left` : `${quantity} in stock`;
}

function stockClass(quantity: number): string {
  if (quantity <= 0) return 'none';
  return quantity <= LOW_STOCK ? 'low' : 'good';
}

function readable(at: Date): string {
  return `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

const chair: Html = {
  html:
    '<svg viewBox="0 0 64 64" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" ' +
    'stroke-linejoin="round" aria-hidden="true"><path d="M20 6h24l-3 26H23zM16 32h32v8H16zM20 40l-4 18M44 40l4 18"/></svg>',
};
