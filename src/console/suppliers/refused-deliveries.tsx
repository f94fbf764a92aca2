import { api, queryOf } from '../api/request.ts';
import type { RefusedDeliveries } from '../api/types.ts';
import { Foreign } from '../parts/foreign-text.tsx';
import { Empty, Show } from '../parts/loading.tsx';
import { Sentence } from '../parts/sentence.tsx';
import { Pager, Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { usePages } from '../state/use-pages.ts';

const EVERY_MS = 5_000;

type Refused = RefusedDeliveries['deliveries'][number];

/** What was not taken of a supplier, and what its sender was told. */
export function RefusedList({ tenant, supplier }: { tenant: string; supplier: string }) {
  const path = api`/v1/tenants/${tenant}/suppliers/${supplier}/deliveries`;
  const refused = usePages<RefusedDeliveries>(`${path}${queryOf({ limit: 20 })}`, () => EVERY_MS);
  return (
    <section aria-labelledby="refused">
      <div class="section-head">
        <h2 id="refused">Refused deliveries</h2>
        <Pager pages={refused} label="refused deliveries" />
      </div>
      <Show loaded={refused} what="The list of refused deliveries">
        {({ deliveries }) =>
          deliveries.length === 0 ? (
            <Empty title="None was refused." />
          ) : (
            <Table
              caption="Refused deliveries, newest first"
              columns={['When', 'Answer', 'Why', 'Bytes #']}
              rows={deliveries}
              keyOf={(one) => one.id}
              cells={(one) => [
                <Time at={one.refusedAt} />,
                <Answer refused={one} />,
                <Why refused={one} />,
                one.bytes === null ? <span class="soft">not read</span> : one.bytes.toLocaleString(),
              ]}
            />
          )
        }
      </Show>
    </section>
  );
}

function Answer({ refused: { status, code, signed } }: { refused: Refused }) {
  return (
    <>
      {status} <code>{code}</code>
      {!signed && <div class="soft">not signed: anybody may have sent it</div>}
    </>
  );
}

function Why({ refused: { reason, faults, faultsTotal, unwritten } }: { refused: Refused }) {
  return (
    <>
      <Sentence text={reason} />
      {faults.length > 0 && (
        <ul>
          {faults.map((fault, index) => (
            <li key={index}>
              <code>
                <Foreign text={fault.pointer ?? fault.header ?? 'body'} />
              </code>{' '}
              <Sentence text={fault.detail} />
            </li>
          ))}
        </ul>
      )}
      {faultsTotal > faults.length && <div class="soft">and {faultsTotal - faults.length} more faults</div>}
      {unwritten > 0 && (
        <div class="soft">{unwritten.toLocaleString()} more before it, too many to be kept</div>
      )}
    </>
  );
}
