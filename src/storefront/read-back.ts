import { z } from 'zod';
import { addressBelow } from './address.ts';
import { parseJson } from './parse-json.ts';
import { readLimited } from './read-limited.ts';
import { networkReason } from './reason.ts';

const shown = z.object({
  quantity: z.number().int(),
  version: z.number().int(),
});

/**
 * Asks a storefront what it shows now: `GET {storefront}/items/{itemId}`. Asks as a customer's browser would, so that
 * caches on the way, which a customer would see too, are not passed by.
 *
 * @returns undefined if the storefront does not know the item (404)
 * @throws Error that says why there was no such answer; its message is printable
 */
export async function readBack(item: {
  storefrontUrl: string;
  itemId: string;
  timeoutMs: number;
}): Promise<{ quantity: number; version: number } | undefined> {
  const url = addressBelow(item.storefrontUrl, 'items', item.itemId);
  if (!url) {
    throw new Error('read back item: the address is not an http(s) address without user and password');
  }
  let status: number;
  let text: string | undefined;
  try {
    const response = await fetch(url, {
      headers: { accept: 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(item.timeoutMs),
    });
    status = response.status;
    text = await readLimited(response.body);
  } catch (error) {
    throw new Error(`read back item: ${networkReason(error, item.timeoutMs)}`, { cause: error });
  }
  if (status === 404) return undefined;
  if (status !== 200) throw new Error(`read back item: the storefront answered HTTP ${status}`);
  const answer = shown.safeParse(parseJson(text ?? '')).data;
  if (!answer) throw new Error('read back item: the answer is not {"quantity", "version"}');
  return { quantity: answer.quantity, version: answer.version };
}
