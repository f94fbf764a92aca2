import type { Settings } from '../../config/settings.ts';
import type { SingleSignOn } from '../../config/single-sign-on.ts';

/** How people sign in by OpenID Connect; undefined: not at all. */
export function loadSingleSignOn(settings: Settings): SingleSignOn | undefined {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_GROUPS, PUBLIC_URL } = settings;
  if (!OIDC_ISSUER || !OIDC_CLIENT_ID || !OIDC_GROUPS || !PUBLIC_URL) return undefined;
  return {
    issuer: new URL(OIDC_ISSUER),
    clientId: OIDC_CLIENT_ID,
    ...(OIDC_CLIENT_SECRET !== undefined && { clientSecret: OIDC_CLIENT_SECRET }),
    scopes: settings.OIDC_SCOPES,
    groupsClaim: settings.OIDC_GROUPS_CLAIM,
    roles: OIDC_GROUPS,
    publicUrl: PUBLIC_URL,
  };
}
