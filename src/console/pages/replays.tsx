import { api } from '../api/request.ts';
import type { ReplayList } from '../api/types.ts';
import { StateBadge } from '../parts/badge.tsx';
import { Foreign } from '../parts/foreign-text.tsx';
import { Empty, Show } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { Pager, Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';
import { useMay } from '../state/session.ts';
import { usePages } from '../state/use-pages.ts';
import { WindowInWords } from '../replays/window-in-words.tsx';

const EVERY_MS = 5000;

/** The replays that there were. */
export function Replays({ tenant }: { tenant: string }) {
  const pages = usePages<ReplayList>(`${api`/v1/tenants/${tenant}/replays`}?limit=50`, () => EVERY_MS);
  const may = useMay('operator');
  return (
    <Page
      title={`Replays of ${tenant}`}
      aside={
        may && (
          <Link class="button primary" href={paths.newReplay(tenant)}>
            New replay …
          </Link>
        )
      }
    >
      <p class="lead">
        A replay sends the events of a time window through the sync again: it mends what failed, was held or
        was altered by hand, and changes nothing that is right.
      </p>
      <Show loaded={pages} what="The list of replays">
        {({ replays }) =>
          replays.length === 0 ? (
            <Empty title="There was no replay yet.">
              <p>
                {may
                  ? 'Start one with New replay; a dry run shows first what it would do.'
                  : 'Somebody with the role operator can start one.'}
              </p>
            </Empty>
          ) : (
            <>
              <Table
                caption="Replays, newest first"
                columns={['Asked for', 'Replay', 'State', 'Window', 'Events #', 'By']}
                rows={replays}
                keyOf={({ replayId }) => replayId}
                cells={(one) => [
                  <Time at={one.createdAt} />,
                  <Link href={paths.replay(tenant, one.replayId)}>{one.replayId}</Link>,
                  <StateBadge state={one.state} />,
                  <WindowInWords replay={one} />,
                  one.eventsTotal.toLocaleString(),
                  <Foreign text={one.requestedBy} />,
                ]}
              />
              <Pager pages={pages} label="replays" />
            </>
          )
        }
      </Show>
    </Page>
  );
}
