import { asProblem } from './api/problem.ts';
import { request } from './api/request.ts';
import { Dialog } from './parts/dialog.tsx';
import { Problem } from './parts/problem.tsx';
import { Link } from './routing/link.tsx';
import { navigate } from './routing/location.ts';
import { paths } from './routing/paths.ts';
import { useMay, useSession } from './state/session.ts';
import { useAction } from './state/use-action.ts';

/** Who is signed in, and the way out. */
export function Account({ onSignedOut }: { onSignedOut: () => void }) {
  const { name, role } = useSession();
  const mayEnd = useMay('admin');
  const signOut = useAction(async () => {
    try {
      await request('DELETE', '/session');
    } catch (error) {
      // A session that has ended is what was wanted. Else the cookie would let the next person in.
      if (asProblem(error).status !== 401) throw error;
    }
    navigate('/', { replace: true });
    onSignedOut();
  });
  return (
    <div class="account">
      <span class="who">
        <bdi>{name}</bdi> <span class="soft">{role}</span>
      </span>
      {mayEnd && <Link href={paths.sessions()}>Sessions</Link>}
      <button type="button" class="quiet" disabled={signOut.busy} onClick={() => void signOut.run()}>
        Sign out
      </button>
      {signOut.problem && (
        <Dialog title="You are still signed in" onClose={signOut.forget}>
          <Problem problem={signOut.problem} what="Signing out failed" />
        </Dialog>
      )}
    </div>
  );
}
