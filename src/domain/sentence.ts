/** Text that somebody else may have written, as the end of a paragraph: with a full stop, where it has no end of its own. */
export function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
