import type { z } from 'zod';
import type { Answer } from '../answer.ts';
import type { ListAnswer } from '../read-list.ts';
import type { StockApi } from './admin/stock-api.ts';

/** A storefront whose secrets are open. */
export interface OpenStorefront {
  url: string;
  /** What its kind's schema made of it. */
  config: unknown;
  secret: Buffer | undefined;
  /** While it changes to a new one. */
  secretBefore?: Buffer | undefined;
  /** Undefined: it has none. */
  limits?: Limits | undefined;
}

/** What it is told of an item. */
export interface ItemVersion {
  itemId: string;
  tenant: string;
  sku: string;
  version: number;
  quantity: number;
}

/** What it was read to show. Null: its pages say no version. */
export interface ShownItem {
  quantity: number;
  version: number | null;
}

/** How much a storefront takes; what is left out has no limit. */
export interface Limits {
  callsPerSecond?: number | undefined;
  itemsPerCall?: number | undefined;
  callsAtOnce?: number | undefined;
}

/** One message of a call. */
export interface KindMessage {
  /** The same for every try of one version. */
  id: string;
  item: ItemVersion;
}

/** One way to tell a storefront, and to see what it shows. Whatever it or the network does is an answer. */
export interface Kind {
  /** Of what is set for it besides the address. */
  config: z.ZodType;
  /** Whether it is of no use without a secret, and what makes one. */
  secret: 'made' | 'given' | 'optional';
  /** Its pages are read by what the secret opens; so only where that may be opened. */
  readsWithSecret?: true;
  /** The most items that a call can hold. */
  mostItems: number;
  /** Limits that hold unless others are set. A kind that reads before it writes wants one call at once. */
  limits?: Limits;
  /**
   * Tells it of several items, each once, in one call.
   *
   * @param call.messages from 1 to `mostItems`
   * @returns an answer for each message, in their order
   */
  publish(
    storefront: OpenStorefront,
    call: { messages: readonly KindMessage[]; timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<Answer[]>;
  /**
   * @returns undefined for an item that it does not know
   * @throws StorefrontSilent
   */
  readBack(
    storefront: OpenStorefront,
    asked: { item: Pick<ItemVersion, 'itemId' | 'tenant' | 'sku'>; timeoutMs: number },
  ): Promise<ShownItem | undefined>;
  /** Its stock itself, of a kind that sets that: for whoever has to put back what was there. */
  stock?(storefront: OpenStorefront, call: { timeoutMs: number }): StockApi<unknown>;
  /** All that it shows of a tenant, page by page, where it can say that. @throws StorefrontSilent */
  readList?(
    storefront: OpenStorefront,
    asked: { tenant: string; after: string; timeoutMs: number },
  ): Promise<ListAnswer>;
}
