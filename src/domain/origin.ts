import type { Role } from './roles.ts';

/** By whose right something is done: a token's, a session's of the console, a supplier's, the command line's, our own. */
export type PrincipalKind = 'token' | 'console' | 'supplier' | 'cli' | 'process' | 'nobody';

/** The way by which a request came: known at the door alone. */
export interface Door {
  /** Of the HTTP request, as its log line says it. */
  requestId: string | null;
  /** Of the caller; `cli` for the command line. */
  address: string | null;
}

/** Who does something, and by which way: known once, at the door, and passed down to the audit list. */
export interface Origin extends Door {
  principal: { kind: PrincipalKind; name: string };
  tokenId: string | null;
  /** What that right was, where it is one of the API's. */
  role?: Role;
}

/** What the product does by itself. */
export function ownOrigin(name: string): Origin {
  return { principal: { kind: 'process', name }, tokenId: null, requestId: null, address: null };
}
