import { isLoopbackName } from './public-url.ts';
import type { GroupRole } from './group-roles.ts';

/** How people sign in by OpenID Connect. */
export interface SingleSignOn {
  issuer: URL;
  clientId: string;
  /** Undefined for a public client, which PKCE alone protects. */
  clientSecret?: string;
  scopes: string;
  groupsClaim: string;
  roles: readonly GroupRole[];
  /** Where the console is. */
  publicUrl: string;
}

const NEEDED = ['OIDC_CLIENT_ID', 'OIDC_GROUPS', 'PUBLIC_URL'];

/** What is missing or too much among the variables that belong together, a line each. */
export function faultsOfSingleSignOn(set: Record<string, string | undefined>): string[] {
  const given = Object.keys(set).filter((name) => name.startsWith('OIDC_'));
  if (given.length === 0) return [];
  if (!('OIDC_ISSUER' in set)) return [`OIDC_ISSUER: is needed with ${given.toSorted().join(', ')}`];
  const faults = NEEDED.filter((name) => !(name in set)).map((name) => `${name}: is needed with OIDC_ISSUER`);
  const url = set.PUBLIC_URL;
  if (url !== undefined && URL.canParse(url)) {
    const { protocol, hostname } = new URL(url);
    if (protocol === 'http:' && !isLoopbackName(hostname)) {
      faults.push('PUBLIC_URL: has to begin with https:// for single sign-on');
    }
  }
  return faults;
}
