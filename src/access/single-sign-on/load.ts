import { readFile } from 'node:fs/promises';
import type { Settings } from '../../config/settings.ts';
import type { SingleSignOn } from '../../config/single-sign-on.ts';

/**
 * How people sign in by OpenID Connect, with the client's secret; undefined: not at all.
 *
 * @throws Error when OIDC_CLIENT_SECRET_FILE cannot be read or is empty
 */
export async function loadSingleSignOn(settings: Settings): Promise<SingleSignOn | undefined> {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_GROUPS, PUBLIC_URL } = settings;
  if (!OIDC_ISSUER || !OIDC_CLIENT_ID || !OIDC_GROUPS || !PUBLIC_URL) return undefined;
  const clientSecret = settings.OIDC_CLIENT_SECRET ?? (await readSecret(settings.OIDC_CLIENT_SECRET_FILE));
  return {
    issuer: new URL(OIDC_ISSUER),
    clientId: OIDC_CLIENT_ID,
    ...(clientSecret !== undefined && { clientSecret }),
    scopes: settings.OIDC_SCOPES,
    groupsClaim: settings.OIDC_GROUPS_CLAIM,
    roles: OIDC_GROUPS,
    publicUrl: PUBLIC_URL,
  };
}

async function readSecret(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(`OIDC_CLIENT_SECRET_FILE cannot be read: ${String(error)}`, { cause: error });
  });
  if (text.trim() === '') throw new Error(`OIDC_CLIENT_SECRET_FILE, ${file}, is empty`);
  return text.trim();
}
