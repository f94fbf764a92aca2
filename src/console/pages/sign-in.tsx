import { useEffect, useRef, useState } from 'preact/hooks';
import { request } from '../api/request.ts';
import type { Session, SignIn as SignInBody } from '../api/types.ts';
import { SingleSignOn } from './single-sign-on.tsx';
import { Field } from '../parts/field.tsx';
import { Problem } from '../parts/problem.tsx';
import { navigate } from '../routing/location.ts';
import { useAction } from '../state/use-action.ts';

/** By the one-time link that `start` prints, by an API token, or by single sign-on. */
export function SignIn({ ended, onSignedIn }: { ended: boolean; onSignedIn: (session: Session) => void }) {
  const [token, setToken] = useState('');
  const ticket = useRef(ticketOfAddress());
  const field = useRef<HTMLInputElement>(null);

  const signIn = useAction(async () => {
    const body: SignInBody =
      ticket.current === undefined ? { token: token.trim() } : { ticket: ticket.current };
    // Good for one try: after a refusal the form takes over.
    ticket.current = undefined;
    const { data } = await request<Session>('POST', '/session', { body });
    if (location.pathname === '/sign-in') navigate('/', { replace: true });
    onSignedIn(data);
  });

  const takeLink = (): void => {
    // Not to be left in the history of the browser.
    history.replaceState(null, '', '/sign-in');
    void signIn.run();
  };
  useEffect(() => {
    document.title = 'Sign in · catalog-sync';
    if (ticket.current === undefined) field.current?.focus();
    else takeLink();
    // Behind the # nothing is loaded anew: a second link in the same tab has to be noticed.
    const onHash = (): void => {
      ticket.current = ticketOfAddress();
      if (ticket.current !== undefined) takeLink();
    };
    addEventListener('hashchange', onHash);
    return () => removeEventListener('hashchange', onHash);
  }, []);

  return (
    <main class="alone">
      <h1>Sign in to catalog-sync</h1>
      {ended && !signIn.problem && (
        <p class="notice warn" role="status">
          The session has ended. Sign in again, and the same page opens.
        </p>
      )}
      {signIn.problem && <Problem problem={signIn.problem} what="Signing in failed" />}
      <SingleSignOn />
      <form
        class="card"
        onSubmit={(event) => {
          event.preventDefault();
          void signIn.run();
        }}
      >
        <Field
          label="API token"
          hint={
            <>
              An admin makes one with <code>npx catalog-sync token add --role support</code>.
            </>
          }
        >
          {(ids) => (
            <input
              {...ids}
              ref={field}
              type="password"
              autocomplete="current-password"
              spellcheck={false}
              required
              value={token}
              onInput={({ currentTarget }) => setToken(currentTarget.value)}
            />
          )}
        </Field>
        <button type="submit" class="primary" disabled={signIn.busy}>
          {signIn.busy ? 'Signing in …' : 'Sign in'}
        </button>
      </form>
      <p class="soft">
        On your own machine, <code>npm start</code> prints a link that signs you in once;{' '}
        <code>npx catalog-sync console</code> prints another.
      </p>
    </main>
  );
}

/** The ticket stands behind the #, which browsers keep to themselves: no log and no prefetch sees it. */
function ticketOfAddress(): string | undefined {
  if (location.pathname !== '/sign-in') return undefined;
  // A ticket has no character that would be encoded.
  const ticket = location.hash.slice(1);
  return ticket === '' ? undefined : ticket.replace(/^ticket=/, '');
}
