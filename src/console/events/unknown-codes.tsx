import { Fragment } from 'preact';
import { api, get, queryOf } from '../api/request.ts';
import type { UnknownSkus } from '../api/types.ts';
import { Foreign } from '../parts/foreign-text.tsx';
import { Empty, Show } from '../parts/loading.tsx';
import { Quantity } from '../parts/quantity.tsx';
import { Sentence } from '../parts/sentence.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';
import { useLoaded } from '../state/use-loaded.ts';

const EVERY_MS = 30_000;
const SHOWN = 50;

type UnknownCode = UnknownSkus['unknown'][number];

/** The codes whose events wait for an alias, those with the most events first, and how they get one. */
export function UnknownCodes({ tenant }: { tenant: string }) {
  const path = `${api`/v1/tenants/${tenant}/unknown-skus`}${queryOf({ limit: SHOWN })}`;
  const codes = useLoaded(
    path,
    (signal) => get<UnknownSkus>(path, signal),
    () => EVERY_MS,
  );
  return (
    <section aria-labelledby="codes">
      <h2 id="codes">Codes that wait for an alias</h2>
      <Show loaded={codes} what="The list of codes">
        {({ unknown }) =>
          unknown.length === 0 ? (
            <Empty title="No code waits for an alias.">
              <p>There is nothing to do.</p>
            </Empty>
          ) : (
            <>
              <p>
                <Sentence text={howToMap(tenant, unknown.length)} /> So does the page{' '}
                <Link href={paths.aliases(tenant)}>Aliases</Link>.
              </p>
              <Codes tenant={tenant} codes={unknown} />
            </>
          )
        }
      </Show>
    </section>
  );
}

function howToMap(tenant: string, shown: number): string {
  const map = `\`npx catalog-sync alias import FILE --tenant ${tenant} --supplier SUPPLIER\` maps them.`;
  if (shown < SHOWN) return map;
  return `${map} These are the first ${SHOWN}; \`npx catalog-sync alias unknown --tenant ${tenant}\` lists more.`;
}

function Codes({ tenant, codes }: { tenant: string; codes: readonly UnknownCode[] }) {
  return (
    <Table
      caption="Codes that wait for an alias, those with the most events first"
      columns={['Code', 'Supplier', 'Events #', 'First seen', 'Last seen', 'Last quantity #', 'Looks like']}
      rows={codes}
      keyOf={({ supplier, code }) => `${supplier} ${code}`}
      cells={({ supplier, code, count, firstSeen, lastSeen, lastQuantity, ...one }) => [
        <Link href={paths.search(tenant, code)}>
          <Foreign text={code} />
        </Link>,
        <Link href={paths.supplier(tenant, supplier)}>{supplier}</Link>,
        count.toLocaleString(),
        <Time at={firstSeen} />,
        <Time at={lastSeen} />,
        <Quantity of={lastQuantity} />,
        one.tooMuch ? "its alias's factor makes too much" : <Alike tenant={tenant} skus={one.near} />,
      ]}
    />
  );
}

function Alike({ tenant, skus }: { tenant: string; skus: readonly string[] }) {
  return (
    <>
      {skus.map((sku, index) => (
        <Fragment key={sku}>
          {index > 0 && ', '}
          <Link href={paths.item(tenant, sku)}>
            <Foreign text={sku} />
          </Link>
        </Fragment>
      ))}
    </>
  );
}
