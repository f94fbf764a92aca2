import { readFile } from 'node:fs/promises';
import type { Settings } from '../../config/settings.ts';
import { singleSignOn, type SingleSignOn } from '../../config/single-sign-on.ts';

/**
 * How people sign in by OpenID Connect, with the client's secret; undefined: not at all.
 *
 * @throws Error when OIDC_CLIENT_SECRET_FILE cannot be read or is empty
 */
export async function loadSingleSignOn(settings: Settings): Promise<SingleSignOn | undefined> {
  const { OIDC_CLIENT_SECRET_FILE: file } = settings;
  if (file === undefined) return singleSignOn(settings);
  const secret = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(`OIDC_CLIENT_SECRET_FILE cannot be read: ${String(error)}`, { cause: error });
  });
  if (secret.trim() === '') throw new Error(`OIDC_CLIENT_SECRET_FILE, ${file}, is empty`);
  return singleSignOn(settings, secret.trim());
}
