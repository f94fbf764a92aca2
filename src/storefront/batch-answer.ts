import { z } from 'zod';
import { readAnswer, readContract, type Answer, type AnswerHead } from './answer.ts';
import { parseJson } from './parse-json.ts';
import { printableReason } from './reason.ts';

const contract = z.object({ results: z.array(z.unknown()) });
const result = z.object({ itemId: z.string() });

/**
 * Judges a storefront's response to several items: each by its own result. Without one an item was not answered, whatever
 * the status: a no to the call may be meant for any of them.
 *
 * @param body its text, or why the text could not be read
 * @returns an answer for each item, in their order
 */
export function readBatchAnswer(
  head: AnswerHead,
  body: string | Error,
  { itemIds, latencyMs }: { itemIds: readonly string[]; latencyMs: number },
): Answer[] {
  const { httpStatus } = head;
  const toAll = (answer: Answer): Answer[] => itemIds.map(() => answer);
  if (httpStatus < 200 || httpStatus >= 300) {
    const answer = readAnswer(head, body, latencyMs);
    return toAll({ ...answer, kind: 'unreachable', reason: answer.reason ?? `HTTP ${httpStatus}` });
  }
  if (body instanceof Error)
    return toAll({ kind: 'unreachable', reason: printableReason(body.message), httpStatus });
  const answer = contract.safeParse(parseJson(body)).data;
  if (!answer) {
    const reason = `HTTP ${httpStatus} without {"results": […]}: does this storefront take several items in a call?`;
    return toAll({ kind: 'unreachable', reason, httpStatus });
  }
  const results = new Map<string, unknown[]>(itemIds.map((itemId) => [itemId, []]));
  for (const one of answer.results) results.get(result.safeParse(one).data?.itemId ?? '')?.push(one);
  return itemIds.map((itemId) => {
    const [one, ...others] = results.get(itemId) ?? [];
    const read = others.length === 0 ? readContract(one, { httpStatus, latencyMs }) : undefined;
    const reason = `HTTP ${httpStatus} without one result {"itemId", "accepted"} of this item`;
    return read ?? { kind: 'unreachable', reason, httpStatus };
  });
}
