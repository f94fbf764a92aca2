import { setTimeout as sleep } from 'node:timers/promises';
import { StorefrontSilent } from '../../../storefront/get-answer.ts';
import type { StockApi, StockEntry } from '../../../storefront/kinds/admin/stock-api.ts';
import type { CheckedStorefront } from '../checked-storefront.ts';
import { broken, kept, untried, type Outcome, type StorefrontPromise } from '../promise.ts';
import { figures, same } from '../shown.ts';
import { LETS_US_IN } from './opens.ts';

export const HAS_ITEM = 'has-the-item';

/** So often it is tried to put back what was there, and so long, in ms, it is left alone between. */
const TRIES = 4;
const BETWEEN_MS = 1_000;

export const hasTheItem: StorefrontPromise = {
  id: HAS_ITEM,
  name: 'has the item to be tried on',
  why: 'Everything else is tried on it, and no other item is written to.',
  todo: 'Make an item in the shop that nobody can buy, with stock that is counted, and name its SKU by `--sku`.',
  needs: [LETS_US_IN],
  async try(storefront) {
    const { sku } = storefront.item;
    const [entry, ...others] = await entriesOf(storefront, stockOf(storefront));
    if (!entry) return broken(`it has nothing with the SKU ${JSON.stringify(sku)}`);
    if (others.length > 0)
      return broken(
        `${others.length + 1} things have the SKU ${JSON.stringify(sku)}`,
        'Give each a SKU of its own.',
      );
    if (entry.untellable !== undefined) return broken(entry.untellable);
    storefront.before = entry;
    storefront.version = entry.version ?? 0;
    return kept(`it has ${figures(asShown(entry))}`);
  },
};

export const isPutBack: StorefrontPromise = {
  id: 'is-put-back',
  name: 'has again what it had before',
  why: 'What was tried is to leave nothing behind.',
  todo: 'Set the stock of the item to that by hand.',
  always: true,
  async try(storefront) {
    const { before } = storefront;
    if (!before) return untried('nothing was set');
    const wanted = asShown(before);
    for (let tries = 1; ; tries += 1) {
      try {
        return await putBack(storefront, wanted);
      } catch (error) {
        if (!(error instanceof StorefrontSilent)) throw error;
        if (tries === TRIES) return broken(`it had ${figures(wanted)}: ${error.message}`);
        await sleep(Math.min(error.retryAfterMs ?? BETWEEN_MS, storefront.answerWithinMs));
      }
    }
  },
};

/** A version that is lowered is a thing of a check alone: it was raised by nothing but the check. @throws StorefrontSilent */
async function putBack(
  storefront: CheckedStorefront,
  wanted: { quantity: number; version: number },
): Promise<Outcome> {
  const stock = stockOf(storefront);
  const [now] = await entriesOf(storefront, stock);
  if (!now) return broken(`it had ${figures(wanted)}, and is gone`);
  if (!same(asShown(now), wanted)) await stock.write([{ entry: now, ...wanted }]);
  const shown = await storefront.page();
  return same(shown, wanted)
    ? kept(`it has ${figures(wanted)}`)
    : broken(`it has ${figures(shown)}, and had ${figures(wanted)}`);
}

function stockOf({ kind, storefront, answerWithinMs: timeoutMs }: CheckedStorefront): StockApi<unknown> {
  const stock = kind.stock?.(storefront, { timeoutMs });
  if (!stock) throw new Error('a kind without stock is held to promises of stock');
  return stock;
}

async function entriesOf(
  { item: { sku } }: CheckedStorefront,
  stock: StockApi<unknown>,
): Promise<StockEntry<unknown>[]> {
  return (await stock.read([sku])).filter((entry) => entry.sku === sku);
}

/** As it is read back: none is 0. */
function asShown({ quantity, version }: StockEntry<unknown>): { quantity: number; version: number } {
  return { quantity: quantity ?? 0, version: version ?? 0 };
}
