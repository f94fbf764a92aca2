import { api, get, request } from '../api/request.ts';
import type { Sessions as SessionList } from '../api/types.ts';
import { Foreign } from '../parts/foreign-text.tsx';
import { Show } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { announce } from '../state/announce.ts';
import { useAction } from '../state/use-action.ts';
import { useLoaded } from '../state/use-loaded.ts';

type One = SessionList['sessions'][number];

const EVERY_MS = 15_000;

/** Who is signed in to the console, for admins, who may end it. */
export function Sessions() {
  const sessions = useLoaded(
    '/v1/sessions',
    (signal) => get<SessionList>('/v1/sessions', signal),
    () => EVERY_MS,
  );
  return (
    <Page title="Sessions">
      <p class="lead">
        Who is signed in, the latest first. Ending a session signs that browser out at its next request;
        whoever has a token or is let in by single sign-on can sign in again.
      </p>
      <Show loaded={sessions} what="The list of sessions">
        {({ sessions: rows }) => (
          <Table
            caption="Sessions, the latest first"
            columns={['Who', 'By', 'Signed in', 'Last seen', 'Ends', 'End it']}
            rows={rows}
            keyOf={(one) => one.id}
            cells={(one) => [
              <>
                <Foreign text={one.name} /> <span class="soft">{roleOf(one)}</span>
              </>,
              <By by={one.by} />,
              <Time at={one.createdAt} />,
              <Time at={one.lastSeenAt} />,
              <Time at={one.expiresAt} />,
              one.own ? <span class="soft">this one</span> : <End session={one} onEnded={sessions.reload} />,
            ]}
          />
        )}
      </Show>
    </Page>
  );
}

function roleOf({ role, tenant }: One): string {
  return tenant === null ? role : `${role} of ${tenant}`;
}

function By({ by }: { by: string }) {
  if (by === 'sso') return <>single sign-on</>;
  if (by === 'link') return <>one-time link</>;
  return (
    <>
      token <code>{by.replace(/^token\//, '')}</code>
    </>
  );
}

function End({ session, onEnded }: { session: One; onEnded: () => void }) {
  const end = useAction(async () => {
    await request('DELETE', api`/v1/sessions/${session.id}`);
    announce(`The session of ${session.name} is ended.`);
    onEnded();
  });
  return (
    <>
      <button type="button" disabled={end.busy} onClick={() => void end.run()}>
        End <span class="for-screen-readers">the session of {session.name}</span>
      </button>
      {end.problem && <Problem problem={end.problem} what="Ending it failed" />}
    </>
  );
}
