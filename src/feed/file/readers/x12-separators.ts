import { UnreadableFile } from '../unreadable-file.ts';
import type { Separators } from './edi-segments.ts';

const ISA_ELEMENTS = 16;

/**
 * The separators of an X12 file: from ISA, which says all of them. A file that begins at GS or ST says the one of
 * elements behind its tag, and the one of segments stands before BIA, the second segment of an 846.
 *
 * @throws UnreadableFile
 */
export function x12Separators(sample: string): Separators {
  const text = sample.trimStart();
  return text.startsWith('ISA') ? ofIsa(text) : ofSt(text);
}

/** ISA has 106 characters by the standard; senders who do not fill its elements up have fewer. */
function ofIsa(text: string): Separators {
  const element = text[3] ?? '';
  let at = 3;
  for (let count = 1; count < ISA_ELEMENTS && at !== -1; count += 1) at = text.indexOf(element, at + 1);
  const [component, segment] = [text[at + 1], text[at + 2]];
  if (element === '' || at === -1 || component === undefined || segment === undefined) {
    throw new UnreadableFile(
      'The file begins with ISA, which ends before its end: it was cut. Send it again.',
    );
  }
  return { element, component, segment: segment === '\r' && text[at + 3] === '\n' ? '\n' : segment };
}

function ofSt(text: string): Separators {
  const element = text[2] ?? '';
  const begin = text.indexOf(`BIA${element}`);
  const before = text.slice(0, Math.max(0, begin));
  const last = before.trimEnd().at(-1);
  if (last === undefined) {
    throw new UnreadableFile(
      'The file begins like an 846 but has no BIA: it was cut, or is another message.',
    );
  }
  const lineBreak = before.endsWith('\r') ? '\r' : '\n';
  const segment = /[\p{L}\p{N}]/u.test(last) ? lineBreak : last;
  // Nothing says it, and an item's code may hold any character.
  return { element, component: '\0', segment };
}
