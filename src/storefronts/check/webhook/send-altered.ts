import { readAnswer, type Answer } from '../../../storefront/answer.ts';
import { readBatchAnswer } from '../../../storefront/batch-answer.ts';
import { BATCH_ANSWER_BYTES, signBatch } from '../../../storefront/bust-batch.ts';
import { signBust, type CacheBust } from '../../../storefront/bust-cache.ts';
import { postSigned, type SignedAnswer, type SignedBust } from '../../../storefront/post-signed.ts';
import { takesSeveral } from '../../../storefront/kinds/takes-several.ts';
import type { CheckedStorefront, ScratchMessage } from '../checked-storefront.ts';
import { refused } from '../judge-answer.ts';
import { untried, type Outcome } from '../promise.ts';

/**
 * Signs a message in the form that the storefront takes, alters it, sends it, and judges the answer: as a refusal is, unless
 * told otherwise.
 */
export async function sendAltered(
  { storefront: { url, secret, secretBefore, limits }, answerWithinMs: timeoutMs, ask }: CheckedStorefront,
  { id: messageId, item }: ScratchMessage,
  alter: (bust: SignedBust, secrets: Pick<CacheBust, 'secret' | 'secretBefore'>) => SignedBust,
  { ageSeconds = 0, judge = refused } = {},
): Promise<Outcome> {
  if (!secret) return untried('it has no secret to sign with');
  const secrets = { secret, secretBefore };
  const bust = { messageId, item };
  const signedAt = nowSeconds() - ageSeconds;
  const inBatch = takesSeveral(limits);
  const altered = alter(
    inBatch ? signBatch([bust], secrets, signedAt) : signBust({ ...bust, ...secrets }, signedAt),
    secrets,
  );
  const call = { storefrontUrl: url, timeoutMs, answerBytes: BATCH_ANSWER_BYTES };
  return judge(
    await ask(async () => judged(await postSigned(altered, call), inBatch ? item.itemId : undefined)),
  );
}

/** @param inBatch the item, where an answer has results; a status that refuses the call refuses the one item in it */
function judged(answer: SignedAnswer, inBatch: string | undefined): Answer {
  if (!answer.head) return { kind: 'unreachable', reason: answer.body.message };
  const { head, body, latencyMs } = answer;
  const whole = readAnswer(head, body, latencyMs);
  if (inBatch === undefined || whole.kind === 'rejected') return whole;
  return readBatchAnswer(head, body, { itemIds: [inBatch], latencyMs })[0] ?? whole;
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
