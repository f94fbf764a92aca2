import { alteredParts } from '../database/altered-parts.ts';
import type { Database } from '../database/client.ts';
import { formatTime } from '../domain/time.ts';
import { readLinks } from './read-links.ts';
import { walkChain, type WalkedChain } from './walk-chain.ts';

/** What the chain is made and kept by. */
const PARTS = /audit_(?:entry|chain|content|hash|change)/;

/**
 * Walks the database's chain, and looks that what makes it is ours.
 *
 * @param head a hash that was noted before
 */
export async function verifyAudit(database: Database, head?: string): Promise<WalkedChain> {
  const walked = await walkChain(readLinks(database), { whole: true, head });
  if (walked.fault) return walked;
  const [outside] = await database.$queryRaw<{ id: bigint; at_us: bigint }[]>`
    SELECT e.id, e.at_us FROM audit_entry e
     WHERE NOT EXISTS (SELECT 1 FROM audit_chain c WHERE c.entry_id = e.id)
     ORDER BY e.id
     LIMIT 1`;
  if (outside) {
    const at = formatTime(outside.at_us);
    return { ...walked, fault: { no: null, at, what: `Row ${outside.id} of ${at} is in no chain.` } };
  }
  const altered = (await alteredParts(database)).filter((finding) => PARTS.test(finding));
  if (altered.length === 0) return walked;
  const what = `The database is not as it was made: ${altered.join('; ')}. \`catalog-sync doctor\` says what to do.`;
  return { ...walked, fault: { no: null, at: null, what } };
}

/** The last link. @returns undefined while there is none */
export async function readHead(
  database: Pick<Database, '$queryRaw'>,
): Promise<{ no: bigint; hash: string } | undefined> {
  const [row] = await database.$queryRaw<{ no: bigint; hash: string }[]>`
    SELECT c.no, encode(c.hash, 'hex') AS hash FROM audit_chain c ORDER BY c.no DESC LIMIT 1`;
  return row;
}
