import { isStorable } from './safe-text.ts';

/** Most characters of a reason, an explanation or a piece of evidence. */
export const LONGEST_TEXT = 2000;

/**
 * What is wrong with a reason or an explanation, in words that go on with "It". The same rule holds over HTTP, on the
 * command line and in the gate itself.
 *
 * @param text trimmed
 */
export function faultOfText(text: string): string | undefined {
  if (text === '') return 'must not be empty';
  if (text.length > LONGEST_TEXT) return `must have at most ${LONGEST_TEXT} characters`;
  // Line breaks and tabs may stand in it; what PostgreSQL cannot keep may not.
  if (!isStorable(text.replaceAll(/[\n\r\t]/g, ' '))) {
    return 'must not hold NUL, other control characters or lone surrogates';
  }
  return undefined;
}

/** No scheme is longer; without a bound each character of a long word would be tried as the beginning of one. */
const ADDRESS = /[a-z][a-z0-9+.-]{0,30}:\/\/\S+/gi;
const SECRETS = new Set(
  'token apikey sig signature secret password passwd pwd credential jwt auth authorization'.split(' '),
);
/** Many a key is a name, such as a project's; these are not, nor is `key` alone. */
const KEYS = new Set(['api', 'access', 'secret', 'private', 'auth', 'account', 'subscription']);

/**
 * What in a text's addresses opens something for whoever reads it: user and password, or a token in the query or the
 * fragment. What the audit list keeps must hold none.
 *
 * @returns in words, without the secret; undefined where there is none
 */
export function secretIn(text: string): string | undefined {
  for (const [address] of text.matchAll(ADDRESS)) {
    if (!URL.canParse(address)) continue;
    const { username, password, search, hash } = new URL(address);
    if (username !== '' || password !== '') return 'a user or a password';
    const names = [search, hash.slice(hash.indexOf('?') + 1)].flatMap((part) => [
      ...new URLSearchParams(part.replace(/^#/, '')).keys(),
    ]);
    const name = names.find(isSecret);
    if (name !== undefined) return `\`${name}=\``;
  }
  return undefined;
}

function isSecret(name: string): boolean {
  const words = name
    .replace(/(?<=[a-z\d])(?=[A-Z])/g, ' ')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .filter((word) => word !== '');
  const [last = '', before] = words.toReversed();
  return SECRETS.has(last) || (last === 'key' && (before === undefined || KEYS.has(before)));
}
