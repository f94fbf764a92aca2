/** AES-256 takes a key of so many bytes. */
export const KEY_BYTES = 32;

/** What is wrong with a text that holds no keys, after the name of where it stands. */
export const NO_KEYS =
  `does not hold ${KEY_BYTES} bytes in base64. Put the right key there: without it the stored secrets cannot be ` +
  'read.';

/**
 * The keys of a text, with spaces, commas or line breaks between; lines that begin with `#` are for people. Undefined if
 * there is none, or if one is anything but a key as base64 writes it: what is cut off or mistyped is not guessed at.
 */
export function parseKeys(text: string): [Buffer, ...Buffer[]] | undefined {
  const words = text.replaceAll(/^\s*#.*$/gm, '').split(/[\s,]+/);
  const [first, ...others] = words.filter((word) => word !== '').map(parseKey);
  if (first === undefined || !others.every((key) => key !== undefined)) return undefined;
  return [first, ...others];
}

function parseKey(word: string): Buffer | undefined {
  const key = Buffer.from(word, 'base64');
  return key.length === KEY_BYTES && key.toString('base64') === word ? key : undefined;
}
