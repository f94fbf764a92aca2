import { useEffect, useState } from 'preact/hooks';
import { get, queryOf } from '../api/request.ts';
import type { Refusal, SignInMethods } from '../api/types.ts';

/** Why somebody was sent back, and what to do. */
const REFUSALS: Record<Refusal, string> = {
  group:
    'You are known there, but in none of the groups that may use this console. Ask whoever runs it to let one of your groups in.',
  mapping:
    'Your group is let in for a tenant that is not there. Tell whoever runs this: OIDC_GROUPS names it.',
  issuer: 'The sign-in service did not let you in, or you gave up there.',
  pending: 'That sign-in began too long ago, or in another browser. Begin again.',
  unavailable: 'The sign-in service does not answer. Try again in a moment.',
  failed:
    'The sign-in service gave an answer that cannot be trusted. Tell whoever runs this; the log says more.',
  often: 'Too many sign-ins from your network were refused in this minute. Wait a little, then begin again.',
};

/** The way to the issuer, where one is set up, and what became of the last try. */
export function SingleSignOn() {
  const [methods, setMethods] = useState<SignInMethods>();
  useEffect(() => {
    const control = new AbortController();
    // Without an answer the other ways stay.
    get<SignInMethods>('/sign-in/methods', control.signal).then(setMethods, () => undefined);
    return () => control.abort();
  }, []);
  const refusal = refusalOfAddress();
  const to = location.pathname === '/sign-in' ? undefined : location.pathname + location.search;
  return (
    <>
      {refusal !== undefined && (
        <p class="notice warn" role="alert">
          Single sign-on did not sign you in. {REFUSALS[refusal]}
        </p>
      )}
      {typeof methods?.singleSignOn === 'string' && (
        <p>
          <a class="button primary" href={methods.singleSignOn + queryOf({ to })}>
            Sign in with single sign-on
          </a>
        </p>
      )}
    </>
  );
}

function refusalOfAddress(): Refusal | undefined {
  if (location.pathname !== '/sign-in') return undefined;
  const text = new URLSearchParams(location.search).get('refused') ?? '';
  return Object.hasOwn(REFUSALS, text) ? (text as Refusal) : undefined;
}
