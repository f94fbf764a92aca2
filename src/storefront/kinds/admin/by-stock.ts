import type { Kind, OpenStorefront } from '../kind.ts';
import { allowance, type Allowance } from './allowance.ts';
import { listStock } from './list-stock.ts';
import { publishStock } from './publish-stock.ts';
import { readStock } from './read-stock.ts';
import type { ListedStockApi, StockApi } from './stock-api.ts';

type Opened<Api> = (storefront: OpenStorefront, time: Allowance) => Api;

/** How a shop is told and read whose admin API gives and takes stock by SKU. */
export function byStock<Handle>(
  open: Opened<StockApi<Handle>>,
): Pick<Kind, 'secret' | 'readsWithSecret' | 'publish' | 'readBack' | 'stock'> {
  return {
    secret: 'given',
    readsWithSecret: true,
    publish(storefront, { messages, ...call }) {
      const time = allowance(call);
      return publishStock(() => open(storefront, time), messages, time);
    },
    readBack: (storefront, { item, timeoutMs }) =>
      readStock(open(storefront, allowance({ timeoutMs })), item.sku),
    stock: (storefront, { timeoutMs }) => open(storefront, allowance({ timeoutMs })),
  };
}

/** The list of such a shop. */
export function listedByStock<Handle>(
  open: Opened<ListedStockApi<Handle>>,
): Required<Pick<Kind, 'readList'>> {
  return {
    readList: (storefront, { timeoutMs, ...asked }) =>
      listStock(JSON.stringify([storefront.url, storefront.config, asked.tenant]), {
        ...{ shop: open(storefront, allowance({ timeoutMs })), ...asked },
      }),
  };
}
