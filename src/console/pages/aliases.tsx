import { useState } from 'preact/hooks';
import { AliasTable } from '../aliases/alias-table.tsx';
import { ImportAliases } from '../aliases/import-aliases.tsx';
import { api, queryOf } from '../api/request.ts';
import type { AliasList, Tenants } from '../api/types.ts';
import { Empty, Show } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { Pager } from '../parts/table.tsx';
import { Link } from '../routing/link.tsx';
import { navigate } from '../routing/location.ts';
import { paths } from '../routing/paths.ts';
import { useMay } from '../state/session.ts';
import type { Loaded } from '../state/use-loaded.ts';
import { usePages } from '../state/use-pages.ts';

/** What suppliers call the SKUs of a tenant. The address says which of them are shown. */
export function Aliases({
  tenant,
  tenants,
  supplier,
  search,
}: {
  tenant: string;
  tenants: Loaded<Tenants>;
  supplier: string;
  search: string;
}) {
  const pages = usePages<AliasList>(
    `${api`/v1/tenants/${tenant}/aliases`}${queryOf({ supplier, search, limit: 50 })}`,
  );
  const [importing, setImporting] = useState(false);
  const may = useMay('operator');
  const suppliers = (tenants.data?.tenants.find((one) => one.tenant === tenant)?.suppliers ?? [])
    .map((one) => one.supplier)
    .filter((name) => name !== 'manual');
  const isAll = supplier === '' && search === '';
  return (
    <Page
      title={`Aliases of ${tenant}`}
      aside={
        may && (
          <button type="button" class="primary" onClick={() => setImporting(true)}>
            Import aliases …
          </button>
        )
      }
    >
      <p class="lead">
        What suppliers call by codes of their own becomes a SKU, and what they count in cartons becomes
        pieces. Codes that nobody knows:{' '}
        <Link href={paths.failureMode(tenant, 'unknown_sku')}>those that wait for an alias</Link>.
      </p>
      <Filter tenant={tenant} suppliers={suppliers} supplier={supplier} search={search} />
      <Show loaded={pages} what="The list of aliases">
        {({ aliases }) =>
          aliases.length === 0 ? (
            <Empty title={isAll ? 'There is no alias yet.' : 'No alias is like that.'}>
              <p>
                {isAll
                  ? 'Suppliers are taken to send SKUs.'
                  : 'A code or a SKU is looked for in full; GTINs with or without their leading zeros.'}
              </p>
            </Empty>
          ) : (
            <>
              <AliasTable tenant={tenant} aliases={aliases} onDone={pages.reload} />
              <Pager pages={pages} label="aliases" words={['Back', 'Further']} />
            </>
          )
        }
      </Show>
      {importing && (
        <ImportAliases
          {...{ tenant, suppliers, supplier }}
          onDone={pages.reload}
          onClose={() => setImporting(false)}
        />
      )}
    </Page>
  );
}

function Filter({
  tenant,
  suppliers,
  supplier,
  search,
}: {
  tenant: string;
  suppliers: readonly string[];
  supplier: string;
  search: string;
}) {
  const [typed, setTyped] = useState(search);
  const show = (of: string, text: string): void =>
    navigate(
      paths.aliases(tenant, { ...(of !== '' && { supplier: of }), ...(text !== '' && { search: text }) }),
    );
  return (
    <form
      class="row"
      role="search"
      aria-label="Aliases"
      onSubmit={(event) => {
        event.preventDefault();
        show(supplier, typed.trim());
      }}
    >
      <label>
        Of{' '}
        <select value={supplier} onChange={({ currentTarget }) => show(currentTarget.value, typed.trim())}>
          <option value="">all suppliers</option>
          {[...new Set([...suppliers, ...(supplier === '' ? [] : [supplier])])].map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        Code or SKU{' '}
        <input type="search" value={typed} onInput={({ currentTarget }) => setTyped(currentTarget.value)} />
      </label>
      <button type="submit">Show</button>
    </form>
  );
}
