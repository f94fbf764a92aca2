/**
 * Takes the stack trace off an error that people read in the Web UI: what went wrong is in its words, and lines of
 * code would bury them.
 */
export function withoutStack<E extends Error>(error: E): E {
  error.stack = '';
  return error;
}
