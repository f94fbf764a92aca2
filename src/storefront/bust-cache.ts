import { signMessage } from '../standard-webhooks/sign-message.ts';
import { readAnswer, type Answer } from './answer.ts';
import { inHeader } from './in-header.ts';
import { postSigned, type SignedBust } from './post-signed.ts';

export interface CacheBust {
  /** The storefront's base address; may have a path prefix. */
  storefrontUrl: string;
  secret: Buffer;
  /** While a storefront changes to a new secret: signs beside it. */
  secretBefore?: Buffer | undefined;
  /** The `webhook-id`: the same for every try of one message. */
  messageId: string;
  item: { itemId: string; tenant: string; sku: string; version: number; quantity: number };
  /** From the first byte sent to the last one read. */
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * Tells a storefront an item's version: `POST {storefront}/cache-busts`, signed with Standard Webhooks headers.
 *
 * Whatever the storefront or the network does becomes an answer, never an exception; so does the caller's signal.
 * An unreachable storefront may still have taken the message in.
 *
 * @throws RangeError for a secret or a message id that cannot be signed with
 */
export async function bustCache(bust: CacheBust): Promise<Answer> {
  const answer = await postSigned(signBust(bust, Math.floor(Date.now() / 1000)), bust);
  return answer.head
    ? readAnswer(answer.head, answer.body, answer.latencyMs)
    : { kind: 'unreachable', reason: answer.body.message };
}

/** @throws RangeError for a secret or a message id that cannot be signed with */
export function signBust(
  {
    messageId: id,
    item,
    secret,
    secretBefore,
  }: Pick<CacheBust, 'messageId' | 'item' | 'secret' | 'secretBefore'>,
  timestampSeconds: number,
): SignedBust {
  const { itemId, tenant, sku, version, quantity } = item;
  const body = Buffer.from(JSON.stringify({ itemId, tenant, sku, version, quantity }));
  return {
    headers: {
      ...signMessage({ id, timestampSeconds, body, secret, secretBefore }),
      // For caches on the way, which read no body. They are not signed: the body counts.
      'x-catalog-item': inHeader(itemId),
      'x-catalog-sku': inHeader(sku),
      'x-catalog-version': String(version),
    },
    body,
  };
}
