import type { GateStatus } from '../api/types.ts';
import { useGate } from '../gate/use-gate.ts';
import { Empty, Show } from '../parts/loading.tsx';
import { Page } from '../parts/page.tsx';
import { Link } from '../routing/link.tsx';
import { paths } from '../routing/paths.ts';
import { StorefrontCard, type OwnReading } from '../storefronts/storefront-card.tsx';
import { useStorefronts } from '../storefronts/use-storefronts.ts';

/** Where the tenant's quantities are shown: what waits for each storefront, and what it answers. */
export function StorefrontsPage({ tenant }: { tenant: string }) {
  const storefronts = useStorefronts(tenant);
  const gate = useGate(tenant);
  return (
    <Page title={`Storefronts of ${tenant}`}>
      <p class="lead">
        Those of a lower place are told first. A version is published once all open ones have accepted it.
      </p>
      <Show loaded={storefronts} what="The list of storefronts">
        {({ storefronts: all }) =>
          all.length === 0 ? (
            <None tenant={tenant} />
          ) : (
            <div class="cards">
              {all.map((one) => (
                <StorefrontCard
                  key={one.name}
                  storefront={one}
                  readings={one.state === 'open' ? readingsOf(gate.data, one.name) : []}
                />
              ))}
            </div>
          )
        }
      </Show>
      <section aria-labelledby="storefront-commands">
        <h2 id="storefront-commands">Setting and trying out</h2>
        <p>
          On the command line: <Command words={`list --tenant ${tenant}`} /> has the addresses,{' '}
          <Command words={`check NAME --tenant ${tenant}`} /> tries out every promise of a storefront,{' '}
          <Command words={`set NAME --tenant ${tenant} --state closed`} /> closes it. What stands in a
          storefront’s document is in <code>docs/storefronts.md</code>, and how to read this list by{' '}
          <a href="/api-docs">the API</a> is on its page. <Link href={paths.gate(tenant)}>The gate</Link> goes
          by the worst of several.
        </p>
      </section>
    </Page>
  );
}

function Command({ words }: { words: string }) {
  return (
    <code class="command">
      {`catalog-sync storefront ${words}`
        .split(' ')
        .flatMap((word, index) => [index > 0 ? ' ' : '', <span>{word}</span>])}
    </code>
  );
}

/** What the gate knows of one of them: where it is the only one, the signal is its own. */
function readingsOf(status: GateStatus | undefined, name: string): OwnReading[] {
  return (status?.signals ?? []).flatMap(({ signal, title, target, storefronts, ...all }): OwnReading[] => {
    if (signal !== 'stale_items' && signal !== 'publish_errors') return [];
    if (storefronts.length === 0) return [{ ...all, title, target, counts: false }];
    const own = storefronts.find(({ storefront }) => storefront === name);
    return own ? [{ ...own, title, target }] : [];
  });
}

function None({ tenant }: { tenant: string }) {
  return (
    <Empty title={`${tenant} has no storefront of its own.`}>
      <p>
        Its versions are told to the workers’ default one, if they have one (<code>STOREFRONT_URL</code>). Add
        its own with{' '}
        <code>npx catalog-sync storefront add shop --tenant {tenant} --kind webhook --config shop.yaml</code>
      </p>
    </Empty>
  );
}
