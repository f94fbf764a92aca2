import { z } from 'zod';
import { isStorable } from '../domain/safe-text.ts';
import { compareUtf8 } from '../domain/utf8.ts';
import { addressBelow } from './address.ts';
import { getAnswer, statusInWords, StorefrontSilent } from './get-answer.ts';
import { parseJson } from './parse-json.ts';

/** An entry of a storefront's list. */
export interface ListedItem {
  itemId: string;
  quantity: number;
  version: number;
}

export type ListAnswer =
  | { kind: 'page'; items: ListedItem[]; next: string | null }
  /** The storefront has no such list, or not one that can be gone by; `why` is printable. */
  | { kind: 'unusable'; why: string };

/** Of a storefront whose kind has none. */
export const NO_LIST = { kind: 'unusable', why: 'it has no list' } as const satisfies ListAnswer;

/** Items on a page, at most. */
export const LIST_LIMIT = 500;

/** Five times what a page of the longest ids takes. */
const PAGE_BYTES = 1024 * 1024;
/** Statuses by which a storefront that has the list says "later". */
const LATER = new Set([408, 425, 429, 503]);

const storable = z.string().min(1).max(1000).refine(isStorable);
const page = z.object({
  items: z
    .array(z.object({ itemId: storable, quantity: z.number().int(), version: z.number().int() }))
    .max(LIST_LIMIT),
  next: storable.nullable(),
});

/**
 * Asks a storefront for a page of all that it shows of a tenant, which it need not offer:
 * `GET {storefront}/items?tenant=T&after=ITEMID&limit=500` → `{"items": [{"itemId", "quantity", "version"}…], "next"}`.
 * Entries ascend by the bytes of their ids, all behind `after`; `next` is what to ask for next, null at the end.
 *
 * @param page.after empty: from the beginning
 * @throws StorefrontSilent when it cannot be reached, or asks for patience
 */
export async function readList(asked: {
  storefrontUrl: string;
  tenant: string;
  after: string;
  timeoutMs: number;
}): Promise<ListAnswer> {
  const url = addressBelow(asked.storefrontUrl, 'items');
  if (!url) {
    throw new StorefrontSilent('read list: the address is not an http(s) address without user and password');
  }
  url.searchParams.set('tenant', asked.tenant);
  if (asked.after !== '') url.searchParams.set('after', asked.after);
  url.searchParams.set('limit', String(LIST_LIMIT));
  let answer: Awaited<ReturnType<typeof getAnswer>>;
  try {
    answer = await getAnswer('read list', url, { timeoutMs: asked.timeoutMs, limit: PAGE_BYTES });
  } catch (error) {
    // One that hangs here may still answer for single items; one that cannot be connected to will not.
    if (isTimeout(error)) return unusable('its list does not answer in time');
    throw error;
  }
  const { status, text, retryAfterMs } = answer;
  if (LATER.has(status)) {
    throw new StorefrontSilent(`read list: the storefront answered ${statusInWords(status)}`, {
      httpStatus: status,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
  if (status === 404 || status === 405) return NO_LIST;
  if (status !== 200) return unusable(`its list answers ${statusInWords(status)}`);
  if (text === undefined) return unusable('a page of its list is too large');
  const parsed = page.safeParse(parseJson(text)).data;
  if (!parsed) return unusable('its list has another form than {"items", "next"}');
  const { items, next } = parsed;
  let last = asked.after;
  for (const { itemId } of items) {
    if (compareUtf8(itemId, last) <= 0) return unusable('its list does not ascend');
    last = itemId;
  }
  if (next !== null && (items.length === 0 || compareUtf8(next, last) < 0)) {
    return unusable('its list does not go forward');
  }
  return { kind: 'page', items, next };
}

function unusable(why: string): ListAnswer {
  return { kind: 'unusable', why };
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.name === 'TimeoutError';
}
