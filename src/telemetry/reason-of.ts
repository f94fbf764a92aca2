/** Deeper than errors nest. */
const DEEPEST_CAUSE = 8;

/** Why something failed that is tried again, in one line: the words of the innermost cause, without a stack. */
export function reasonOf(error: unknown): string {
  let current = error;
  for (let depth = 0; depth < DEEPEST_CAUSE; depth += 1) {
    if (!(current instanceof Error) || !(current.cause instanceof Error)) break;
    current = current.cause;
  }
  const message = current instanceof Error ? current.message || current.name : String(current);
  return message.replace(/\s+/g, ' ').trim();
}
