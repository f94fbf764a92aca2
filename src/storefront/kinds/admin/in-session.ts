import { createHash } from 'node:crypto';
import { AdminFault } from './fault-table.ts';

/** What a logged-in caller sends with each call. */
export type SignedIn = Record<string, string>;

/** Kept in this process only: a session is worth no more than a new login. */
const sessions = new Map<string, SignedIn>();
/** Of accounts and secrets that are not used any more some are left behind. */
const MOST = 1_000;

/** By what a session is known; without the secret itself. */
export function sessionKey(url: string, account: string, secret: Buffer): string {
  return JSON.stringify([url, account, createHash('sha256').update(secret).digest('base64url')]);
}

/**
 * Works within the session that there is, or a new one. One that the shop does not know any more is renewed, once.
 *
 * @throws AdminFault, of a login as well; what was signed out of a new session stays so
 */
export async function inSession<Result>(
  key: string,
  login: () => Promise<SignedIn>,
  work: (signedIn: SignedIn) => Promise<Result>,
): Promise<Result> {
  const kept = sessions.get(key);
  if (kept) {
    try {
      return await work(kept);
    } catch (error) {
      if (!(error instanceof AdminFault && error.means === 'signed out')) throw error;
      if (sessions.get(key) === kept) sessions.delete(key);
    }
  }
  const renewed = await login();
  const [oldest] = sessions.keys();
  if (sessions.size >= MOST && oldest !== undefined) sessions.delete(oldest);
  sessions.set(key, renewed);
  return work(renewed);
}
