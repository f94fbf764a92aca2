import { z } from 'zod';
import { addressBelow } from './address.ts';
import { getAnswer, statusInWords, StorefrontSilent } from './get-answer.ts';
import { parseJson } from './parse-json.ts';

const shown = z.object({
  quantity: z.number().int(),
  version: z.number().int(),
});

/**
 * Asks a storefront what it shows now: `GET {storefront}/items/{itemId}`.
 *
 * @returns undefined if the storefront does not know the item (404)
 * @throws StorefrontSilent
 */
export async function readBack(item: {
  storefrontUrl: string;
  itemId: string;
  timeoutMs: number;
}): Promise<{ quantity: number; version: number } | undefined> {
  const url = addressBelow(item.storefrontUrl, 'items', item.itemId);
  if (!url) {
    throw new StorefrontSilent(
      'read back item: the address is not an http(s) address without user and password',
    );
  }
  const { status, text, retryAfterMs } = await getAnswer('read back item', url, item);
  if (status === 404) return undefined;
  if (status !== 200) {
    throw new StorefrontSilent(`read back item: the storefront answered ${statusInWords(status)}`, {
      httpStatus: status,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
  const answer = shown.safeParse(parseJson(text ?? '')).data;
  if (!answer) {
    throw new StorefrontSilent('read back item: the answer is not {"quantity", "version"}', {
      httpStatus: status,
    });
  }
  return { quantity: answer.quantity, version: answer.version };
}
