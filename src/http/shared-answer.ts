/**
 * Lets everybody who asks share one answer: that which is under way, and then for a while the one that came, a failure
 * as well.
 *
 * @param keptMs how long an answer is kept once it has come
 * @param clock in ms
 */
export function shareAnswer<Answer>(
  find: () => Promise<Answer>,
  keptMs: number,
  clock: () => number = () => performance.now(),
): () => Promise<Answer> {
  let last: { answer: Promise<Answer>; until: number } | undefined;
  return () => {
    if (last && clock() < last.until) return last.answer;
    const asked = { answer: find(), until: Infinity };
    const keep = (): void => {
      asked.until = clock() + keptMs;
    };
    asked.answer.then(keep, keep);
    last = asked;
    return asked.answer;
  };
}
