import { roleOfGroups } from '../../config/group-roles.ts';
import type { SingleSignOn } from '../../config/single-sign-on.ts';
import { isPrintable } from '../../domain/safe-text.ts';
import type { SessionOwner } from '../sessions.ts';
import type { Claims } from './issuer.ts';

const LONGEST_NAME = 200;

/**
 * Who signs in, as the issuer knows them; undefined: in no group that lets anybody in.
 *
 * Named by their address, or else by what the issuer names them: it stands in the audit list, so it is never the name
 * that people may choose for themselves.
 */
export function personOf(
  { subject, said }: Claims,
  { issuer, groupsClaim, roles }: Pick<SingleSignOn, 'issuer' | 'groupsClaim' | 'roles'>,
): SessionOwner | undefined {
  const best = roleOfGroups(roles, groupsOf(said[groupsClaim]));
  if (!best) return undefined;
  const names = [isUnverified(said) ? undefined : said.email, said.preferred_username, subject];
  const name = names.find(isName);
  if (name === undefined) return undefined;
  const { role, tenant } = best;
  return { tokenId: null, subject: `${issuer.href} ${subject}`, name, role, tenant };
}

/** Some issuers write the claim as a text, against the standard. */
function isUnverified({ email_verified: claim }: Claims['said']): boolean {
  return claim === false || (typeof claim === 'string' && claim.trim().toLowerCase() !== 'true');
}

function groupsOf(claim: unknown): string[] {
  const list: unknown[] = Array.isArray(claim) ? claim : [claim];
  return list.filter((group) => typeof group === 'string');
}

function isName(text: unknown): text is string {
  return typeof text === 'string' && text.trim() !== '' && text.length <= LONGEST_NAME && isPrintable(text);
}
