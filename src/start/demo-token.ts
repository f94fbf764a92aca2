import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { addToken, UnknownTokenError } from '../access/issue-tokens.ts';
import { rotateToken, TokenRevokedError } from '../access/rotate-token.ts';
import type { Database } from '../database/client.ts';
import { osUser } from '../process/os-user.ts';

/** Holds the token's id, which is no secret. */
const FILE = 'demo-token';
/** Each start gives it another end; no start runs for longer. */
const LASTS_SECONDS = 365 * 86_400;

/**
 * A viewer's token for the demo storefront: the one of the start before on this data folder, with another secret, so that
 * what the former demo storefront had ends. Where that one is gone or revoked, a new one.
 */
export async function renewDemoToken(database: Database, dataDir: string): Promise<string> {
  const file = path.join(dataDir, FILE);
  const wanted = { actor: osUser(), reason: 'start', expiresSeconds: LASTS_SECONDS };
  const former = (await readFile(file, 'utf8').catch(() => '')).trim();
  try {
    const { token } = await rotateToken(database, { id: former, overlapSeconds: 0, ...wanted });
    return token;
  } catch (error) {
    if (!(error instanceof UnknownTokenError || error instanceof TokenRevokedError)) throw error;
  }
  const { id, token } = await addToken(database, {
    role: 'viewer',
    name: 'demo storefront of start',
    ...wanted,
  });
  await writeFile(file, `${id}\n`);
  return token;
}
