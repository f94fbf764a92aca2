import { createHash } from 'node:crypto';

/** A link of the audit list's chain, as the database or an export tells it. */
export interface Link {
  no: bigint;
  /** What the entry says, byte for byte as it was hashed; null when the entry is gone. */
  content: string | null;
  /** In hex. */
  hash: string;
  /** As an export tells it; the database keeps no second copy. */
  previousHash?: string | undefined;
}

/** The first thing that is wrong. */
export interface ChainFault {
  /** The entry's number in the chain; null where it has none. */
  no: string | null;
  /** When the entry was written, as far as it says. */
  at: string | null;
  /** In a sentence. */
  what: string;
}

export interface WalkedChain {
  entries: number;
  first: string | null;
  last: string | null;
  /** The last hash, to be noted elsewhere: it proves later that nothing up to here was taken away. */
  head: string | null;
  fault: ChainFault | null;
}

/** Thrown by what reads links, for something that is none. */
export class NoLink extends Error {
  override name = 'NoLink';
}

/** The hash before the first. */
export const NO_HASH = '0'.repeat(64);

/**
 * Walks the chain to its end, or to the first thing that is wrong.
 *
 * @param options.gaps entries of others may be missing between two
 * @param options.whole the whole chain is here: it begins with 1
 * @param options.head a hash that was noted before, and has to come by
 */
export async function walkChain(
  links: AsyncIterable<Link>,
  options: { gaps?: boolean; whole?: boolean; head?: string | undefined } = {},
): Promise<WalkedChain> {
  const walked: WalkedChain = { entries: 0, first: null, last: null, head: null, fault: null };
  let before: Link | undefined;
  let seen = options.head === undefined || options.head === NO_HASH;
  try {
    for await (const link of links) {
      const fault = faultOf(link, before, options);
      if (fault) return { ...walked, fault };
      walked.entries += 1;
      walked.first ??= String(link.no);
      walked.last = String(link.no);
      walked.head = link.hash;
      seen ||= link.hash === options.head;
      before = link;
    }
  } catch (error) {
    if (!(error instanceof NoLink)) throw error;
    return { ...walked, fault: { no: null, at: atOf(before), what: error.message } };
  }
  if (seen) return walked;
  const what =
    `The head that was noted, ${String(options.head)}, is not in the chain, which ends with ${walked.last ?? 'nothing'}` +
    `${before ? ` of ${atOf(before)}` : ''}: its end was cut off, or all of it was written anew.`;
  return { ...walked, fault: { no: walked.last, at: atOf(before), what } };
}

function faultOf(
  link: Link,
  before: Link | undefined,
  { gaps = false, whole = false }: { gaps?: boolean; whole?: boolean },
): ChainFault | undefined {
  const [no, at] = [String(link.no), atOf(link)];
  const expected = before ? before.no + 1n : whole ? 1n : link.no;
  if (link.no < expected || (link.no > expected && !gaps)) {
    const missing =
      link.no - 1n === expected ? `Entry ${expected} is` : `Entries ${expected} to ${link.no - 1n} are`;
    const last = before ? `${before.no} is of ${atOf(before)}, ` : '';
    const what =
      link.no < expected
        ? `Entry ${no} of ${at} comes after ${String(before?.no)}.`
        : `${missing} missing: ${last}${no} is of ${at}.`;
    return { no: String(expected), at: atOf(before) ?? at, what };
  }
  if (link.content === null)
    return { no, at, what: `Entry ${no} is in the chain, and not in the audit list.` };
  const follows = before !== undefined && before.no + 1n === link.no;
  const previous = follows ? before.hash : (link.previousHash ?? NO_HASH);
  const fits =
    (link.previousHash ?? previous) === previous &&
    (link.no !== 1n || previous === NO_HASH) &&
    hashOf(previous, link.content) === link.hash;
  if (fits) return undefined;
  const what = `Entry ${no} of ${at} (${actionOf(link)}) does not fit: it was altered, or the one before it was.`;
  return { no, at, what };
}

function hashOf(previous: string, content: string): string {
  return createHash('sha256').update(Buffer.from(previous, 'hex')).update(content, 'utf8').digest('hex');
}

function atOf(link: Link | undefined): string | null {
  return link ? (saidBy(link).at ?? null) : null;
}

function actionOf(link: Link): string {
  const { action, subject } = saidBy(link);
  return `${action ?? 'of no kind'} ${subject ?? ''}`.trim();
}

function saidBy({ content }: Link): { at?: string; action?: string; subject?: string } {
  try {
    return content === null ? {} : (JSON.parse(content) as { at?: string });
  } catch {
    return {};
  }
}
