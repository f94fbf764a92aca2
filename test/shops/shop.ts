import type { FaultPart } from '../support/faults/parts.ts';
import type { ShopName } from './shops-folder.ts';

/** What a shop's own admin API says of a SKU. */
export interface Shelf {
  quantity: number;
  version: number | null;
  /** What the shop's own ledger of stock says, oldest first, where it keeps one: stock after each movement. */
  after?: number[];
}

/** A shop that is none of ours, in a process of its own. */
export interface Shop {
  name: ShopName;
  version: string;
  part: FaultPart;
  port: number;
  /** What is set for a storefront of it, besides the address. */
  document: object;
  /** Makes what the shop sells. */
  sell(skus: readonly string[]): Promise<void>;
  read(): Promise<Map<string, Shelf>>;
}

/** As a person or a program logged in to the shop's admin. @throws Error with what it answered */
export async function callShop(url: string, init: RequestInit & { json?: unknown }): Promise<Response> {
  const { json, ...rest } = init;
  const response = await fetch(url, {
    ...rest,
    headers: { 'content-type': 'application/json', ...(rest.headers as Record<string, string>) },
    ...(json !== undefined && { method: 'POST', body: JSON.stringify(json) }),
    signal: AbortSignal.timeout(60_000),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response;
}
