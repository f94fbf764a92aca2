import { useEffect, useState } from 'preact/hooks';
import { asProblem, type ApiProblem } from './api/problem.ts';
import { get, rememberCsrfToken, whenSignedOut } from './api/request.ts';
import type { Session } from './api/types.ts';
import { SignIn } from './pages/sign-in.tsx';
import { Problem } from './parts/problem.tsx';
import { SessionContext } from './state/session.ts';
import { Shell } from './shell.tsx';
import { SupplierShell } from './supplier-shell.tsx';

type Standing =
  | { is: 'asking' }
  | { is: 'signed in'; session: Session }
  | { is: 'signed out'; ended: boolean }
  | { is: 'failed'; problem: ApiProblem };

/** The console for whoever is signed in, and else the way to sign in; the address stays what it was. */
export function App() {
  const [standing, setStanding] = useState<Standing>({ is: 'asking' });
  const enter = (session: Session): void => {
    rememberCsrfToken(session.csrfToken ?? undefined);
    setStanding({ is: 'signed in', session });
  };
  const leave = (ended: boolean): void => {
    rememberCsrfToken(undefined);
    setStanding({ is: 'signed out', ended });
  };
  const ask = async (): Promise<void> => {
    // A one-time link signs in whoever opens it, also in place of somebody else.
    if (location.pathname === '/sign-in' && location.hash !== '') {
      leave(false);
      return;
    }
    try {
      enter(await get<Session>('/session'));
    } catch (error) {
      const problem = asProblem(error);
      if (problem.status === 401 || problem.isUnknown) leave(false);
      else setStanding({ is: 'failed', problem });
    }
  };
  useEffect(() => {
    whenSignedOut(() =>
      setStanding((old) => (old.is === 'signed in' ? { is: 'signed out', ended: true } : old)),
    );
    void ask();
  }, []);

  switch (standing.is) {
    case 'asking':
      return null;
    case 'failed':
      return (
        <main class="alone">
          <h1>catalog-sync</h1>
          <Problem
            problem={standing.problem}
            what="The console could not be opened"
            retry={() => {
              setStanding({ is: 'asking' });
              void ask();
            }}
          />
        </main>
      );
    case 'signed out':
      return <SignIn ended={standing.ended} onSignedIn={enter} />;
    case 'signed in':
      return (
        <SessionContext.Provider value={standing.session}>
          <ShellOf session={standing.session} onSignedOut={() => leave(false)} />
        </SessionContext.Provider>
      );
  }
}

/** Whoever may see one supplier's things only is shown no way to others. */
function ShellOf({
  session: { tenant, supplier },
  onSignedOut,
}: {
  session: Session;
  onSignedOut: () => void;
}) {
  if (tenant === null || supplier === null) return <Shell onSignedOut={onSignedOut} />;
  return <SupplierShell tenant={tenant} supplier={supplier} onSignedOut={onSignedOut} />;
}
