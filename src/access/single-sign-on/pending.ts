import type { KeyRing } from '../secrets/key-ring.ts';
import { createSeal } from '../secrets/seal.ts';
import type { Checks } from './issuer.ts';

/** How long somebody may take at the issuer, in seconds. */
export const PENDING_SECONDS = 10 * 60;

/** A sign-in that has begun. */
export interface Pending extends Checks {
  /** The page that was asked for. */
  to: string;
}

/**
 * Keeps a sign-in that has begun in the browser that began it, sealed: nothing is written for somebody whom nobody knows
 * yet, and any of several servers can go on with it.
 */
export function createPendingSignIns(secretsKeys: KeyRing): {
  write(pending: Pending): string;
  /** Undefined: it is not ours, or too old. */
  read(text: string): Pending | undefined;
} {
  const seal = createSeal(secretsKeys, 'single sign-on');
  return {
    write: ({ state, nonce, verifier, to }) => {
      const content = [state, nonce, verifier, to, Date.now() + PENDING_SECONDS * 1000];
      return `${Buffer.from(JSON.stringify(content)).toString('base64url')}.${seal.of('', content)}`;
    },
    read: (text) => {
      // The seal has a dot of its own, behind its key's name.
      const [, encoded = '', mark] = /^([^.]*)\.(.*)$/.exec(text) ?? [];
      const content = parsed(Buffer.from(encoded, 'base64url').toString());
      if (!content || !seal.isOurs(mark, '', content)) return undefined;
      const [state, nonce, verifier, to, until] = content;
      return until > Date.now() ? { state, nonce, verifier, to } : undefined;
    },
  };
}

type Content = [state: string, nonce: string, verifier: string, to: string, until: number];

/** Believed only under a seal of ours. */
function parsed(text: string): Content | undefined {
  try {
    const content: unknown = JSON.parse(text);
    return Array.isArray(content) ? (content as Content) : undefined;
  } catch {
    return undefined;
  }
}
