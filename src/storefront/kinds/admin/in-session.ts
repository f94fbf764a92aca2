import { createHash } from 'node:crypto';
import { StorefrontSilent } from '../../get-answer.ts';
import type { Allowance } from './allowance.ts';
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

/** Under way: a shop that was restarted is not asked by everybody at once, since checking a password is dear. */
const logins = new Map<string, Promise<SignedIn>>();

/**
 * Works within the session that there is, or a new one. One that the shop does not know any more is renewed, once.
 *
 * @throws StorefrontSilent, of a login as well; what was signed out of a new session stays so
 */
export async function inSession<Result>(
  { key, time, login }: { key: string; time: Allowance; login: () => Promise<SignedIn> },
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
  return work(sessions.get(key) ?? (await sharedLogin(key, { time, login })));
}

async function sharedLogin(
  key: string,
  { time, login }: { time: Allowance; login: () => Promise<SignedIn> },
): Promise<SignedIn> {
  let pending = logins.get(key);
  if (!pending) {
    pending = login()
      .then((signedIn) => {
        const [oldest] = sessions.keys();
        if (sessions.size >= MOST && oldest !== undefined) sessions.delete(oldest);
        sessions.set(key, signedIn);
        return signedIn;
      })
      .finally(() => logins.delete(key));
    logins.set(key, pending);
  }
  return within(pending, time);
}

/** Whoever began the login may have more time than who waits for it. */
async function within<Result>(pending: Promise<Result>, { signal, timeoutMs }: Allowance): Promise<Result> {
  let stop: (() => void) | undefined;
  const late = new Promise<never>((_, reject) => {
    stop = () => reject(new StorefrontSilent(`log in: no answer within ${timeoutMs} ms`));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([pending, late]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
}
