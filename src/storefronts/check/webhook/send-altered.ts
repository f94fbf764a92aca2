import { postBust, signBust, type CacheBust } from '../../../storefront/bust-cache.ts';
import type { SignedBust } from '../../../storefront/post-signed.ts';
import { ANSWER_WITHIN_MS, type CheckedStorefront, type ScratchMessage } from '../checked-storefront.ts';
import { refused } from '../judge-answer.ts';
import { untried, type Outcome } from '../promise.ts';

/** Signs a message, alters it, sends it, and judges the answer: as a refusal is, unless told otherwise. */
export async function sendAltered(
  { storefront: { url, secret, secretBefore }, ask }: CheckedStorefront,
  { id, item }: ScratchMessage,
  alter: (bust: SignedBust, secrets: Pick<CacheBust, 'secret' | 'secretBefore'>) => SignedBust,
  { ageSeconds = 0, judge = refused } = {},
): Promise<Outcome> {
  if (!secret) return untried('it has no secret to sign with');
  const secrets = { secret, secretBefore };
  const altered = alter(signBust({ messageId: id, item, ...secrets }, nowSeconds() - ageSeconds), secrets);
  return judge(await ask(() => postBust(altered, { storefrontUrl: url, timeoutMs: ANSWER_WITHIN_MS })));
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
