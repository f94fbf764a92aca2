import { api, get } from '../api/request.ts';
import type { FeedList } from '../api/types.ts';
import { FeedActions } from '../feeds/feed-actions.tsx';
import { LastRun, NextDue, sourceInWords } from '../feeds/feed-state.tsx';
import { Empty, Show } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';
import { useMay } from '../state/session.ts';
import { useLoaded } from '../state/use-loaded.ts';

const EVERY_MS = 5000;

/** How suppliers' files come, and whether they do. */
export function Feeds({ tenant }: { tenant: string }) {
  const path = api`/v1/tenants/${tenant}/feeds`;
  const feeds = useLoaded(
    path,
    (signal) => get<FeedList>(path, signal),
    () => EVERY_MS,
  );
  const may = useMay('operator');
  return (
    <Page
      title={`Feeds of ${tenant}`}
      aside={
        may && (
          <Link class="button primary" href={paths.newFeed(tenant)}>
            New feed …
          </Link>
        )
      }
    >
      <p class="lead">
        A feed takes a supplier's files as they are: it says where they come from, what their columns mean,
        and what holds a file that looks wrong.
      </p>
      <Show loaded={feeds} what="The list of feeds">
        {({ feeds: all }) =>
          all.length === 0 ? (
            <Empty title="There is no feed yet.">
              <p>
                {may
                  ? 'Begin with a file of the supplier: New feed shows what it would become, and writes nothing before you save.'
                  : 'Somebody with the role operator can make one.'}
              </p>
            </Empty>
          ) : (
            <Table
              caption="Feeds, by name"
              columns={[
                'Feed',
                'Supplier',
                'Files',
                'Next look',
                'Last run',
                'Last heard from',
                ...(may ? ['Do'] : []),
              ]}
              rows={all}
              keyOf={({ feed }) => feed}
              cells={(one) => [
                <Link href={paths.feed(tenant, one.feed)}>{one.feed}</Link>,
                one.supplier,
                sourceInWords(one.source),
                <NextDue feed={one} />,
                <LastRun run={one.lastRun} />,
                one.lastHeardAt === null ? <span class="soft">never</span> : <Time at={one.lastHeardAt} />,
                ...(may ? [<FeedActions feed={one} onDone={feeds.reload} />] : []),
              ]}
            />
          )
        }
      </Show>
    </Page>
  );
}
