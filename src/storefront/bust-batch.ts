import { createHash } from 'node:crypto';
import { compareUtf8 } from '../domain/utf8.ts';
import { signMessage } from '../standard-webhooks/sign-message.ts';
import type { Answer } from './answer.ts';
import { readBatchAnswer } from './batch-answer.ts';
import type { CacheBust } from './bust-cache.ts';
import { postSigned, type SignedBust } from './post-signed.ts';

/** One item of several in a call. */
export type BatchedBust = Pick<CacheBust, 'messageId' | 'item'>;

/** A result of each of 500 items, with an id and a reason as long as they get, and room to spare. */
export const BATCH_ANSWER_BYTES = 1024 * 1024;

/**
 * Tells a storefront the versions of several items in one call: `POST {storefront}/cache-busts`, signed as for one.
 *
 * @param busts each of another item
 * @returns an answer for each of them, in their order
 * @throws RangeError for a secret that cannot be signed with
 */
export async function bustBatch(
  busts: readonly BatchedBust[],
  call: Omit<CacheBust, 'messageId' | 'item'>,
): Promise<Answer[]> {
  const signed = signBatch(busts, call, Math.floor(Date.now() / 1000));
  const answer = await postSigned(signed, { ...call, answerBytes: BATCH_ANSWER_BYTES });
  const itemIds = busts.map(({ item }) => item.itemId);
  if (answer.head) return readBatchAnswer(answer.head, answer.body, { ...answer, itemIds });
  return busts.map(() => ({ kind: 'unreachable', reason: answer.body.message }));
}

/**
 * One id has one content, to the byte: it is made of the ids of the items, each of which has one content, and the items
 * stand in the order of their ids.
 *
 * @throws RangeError for a secret that cannot be signed with
 */
export function signBatch(
  busts: readonly BatchedBust[],
  { secret, secretBefore }: Pick<CacheBust, 'secret' | 'secretBefore'>,
  timestampSeconds: number,
): SignedBust {
  const sorted = busts.toSorted((one, other) => compareUtf8(one.messageId, other.messageId));
  const items = sorted.map(({ messageId, item: { itemId, tenant, sku, version, quantity } }) => ({
    ...{ id: messageId, itemId, tenant, sku, version, quantity },
  }));
  const ids = JSON.stringify(sorted.map(({ messageId }) => messageId));
  const id = `batch_${createHash('sha256').update(ids).digest('base64url')}`;
  const body = Buffer.from(JSON.stringify({ items }));
  return { headers: signMessage({ id, timestampSeconds, body, secret, secretBefore }), body };
}
