import { api } from '../api/request.ts';
import type { AuditList } from '../api/types.ts';
import { Foreign } from '../parts/foreign-text.tsx';
import { Empty, Show } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { Pager, Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { usePages } from '../state/use-pages.ts';

type Entry = AuditList['entries'][number];

const EVERY_MS = 15_000;

/** Who changed what, when, and why. */
export function Audit({ tenant }: { tenant: string }) {
  const pages = usePages<AuditList>(`${api`/v1/tenants/${tenant}/audit`}?limit=50`, () => EVERY_MS);
  return (
    <Page title={`Audit list of ${tenant}`}>
      <p class="lead">
        Every change that a person made, by the console, the API or the command line, and who signed in;
        newest first.
      </p>
      <Show loaded={pages} what="The audit list">
        {({ entries }) =>
          entries.length === 0 ? (
            <Empty title="Nobody has changed anything yet.">
              <p>
                Opening a gate, starting a replay or correcting an item will stand here, with name and reason.
              </p>
            </Empty>
          ) : (
            <>
              <Table
                caption="Changes, newest first"
                columns={['When', 'Who', 'What', 'Changed', 'Reason']}
                rows={entries}
                keyOf={(entry) => entry.id}
                cells={(entry) => [
                  <Time at={entry.at} />,
                  <Who entry={entry} />,
                  <>
                    <code>{entry.action}</code> <Foreign text={entry.subject} />
                  </>,
                  <Change entry={entry} />,
                  entry.reason === null ? (
                    <span class="soft">none given</span>
                  ) : (
                    <Foreign text={entry.reason} />
                  ),
                ]}
              />
              <Pager pages={pages} label="the audit list" />
            </>
          )
        }
      </Show>
    </Page>
  );
}

/** With where it came from, so that a name that somebody chose is not all that one sees. */
function Who({ entry: { actor, principal, address } }: { entry: Entry }) {
  const by = principal?.kind === 'cli' && principal.name !== actor ? `OS user ${principal.name}` : address;
  return (
    <>
      <Foreign text={actor} />
      {by !== null && (
        <span class="soft">
          {' '}
          <Foreign text={by} />
        </span>
      )}
    </>
  );
}

function Change({ entry: { before, after } }: { entry: Entry }) {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  return (
    <ul class="changes">
      {names.map((name) => (
        <li key={name}>
          <span class="soft">{name}</span> {before && <Value value={before[name]} />}
          {before && after && <span aria-label="becomes"> → </span>}
          {after && <Value value={after[name]} />}
        </li>
      ))}
    </ul>
  );
}

function Value({ value }: { value: unknown }) {
  if (value === undefined || value === null) return <span class="soft">nothing</span>;
  return <Foreign text={typeof value === 'string' ? value : JSON.stringify(value)} />;
}
