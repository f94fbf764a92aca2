import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Account } from './account.tsx';
import { Announcer } from './announcer.tsx';
import { get } from './api/request.ts';
import type { Tenants } from './api/types.ts';
import { Show } from './parts/loading.tsx';
import { RollbackButton } from './rollback/rollback-button.tsx';
import { Link } from './routing/link.tsx';
import { navigate, useLocation } from './routing/location.ts';
import { paths } from './routing/paths.ts';
import { Routes, tenantOfPath } from './routes.tsx';
import { SearchBox } from './search-box.tsx';
import { useMay } from './state/session.ts';
import { useLoaded } from './state/use-loaded.ts';

const LAST_TENANT = 'catalog-sync tenant';
const TENANTS_MS = 15_000;

/** What stands around every page: where one is, where one may go, the search box, and Roll back. */
export function Shell({ onSignedOut }: { onSignedOut: () => void }) {
  const url = useLocation();
  const tenants = useLoaded(
    '/v1/tenants',
    (signal) => get<Tenants>('/v1/tenants', signal),
    () => TENANTS_MS,
  );
  const named = tenantOfPath(url.pathname);
  const known = tenants.data?.tenants;
  const tenant = named ?? choose(known?.map((one) => one.tenant) ?? []);
  const mayRollBack = useMay('operator');

  useEffect(() => {
    if (named !== undefined) localStorage.setItem(LAST_TENANT, named);
    else if (tenant !== undefined && /^\/(?:sign-in)?$/.test(url.pathname))
      navigate(paths.home(tenant), { replace: true });
  }, [named, tenant, url.pathname]);

  return (
    <>
      <a class="skip" href="#content">
        Skip to the content
      </a>
      <header class="top">
        <div class="bar">
          <Link href={tenant === undefined ? '/' : paths.home(tenant)} class="brand">
            <span class="roomy">catalog-</span>sync
          </Link>
          {tenant !== undefined && <TenantChoice tenant={tenant} tenants={known ?? []} />}
          <SearchBox tenant={tenant} tenants={known?.map((one) => one.tenant) ?? []} />
          {tenant !== undefined && mayRollBack && (
            <RollbackButton
              // Another tenant is another question: an open one must not change under somebody's hand.
              key={tenant}
              tenant={tenant}
              suppliers={known?.find((one) => one.tenant === tenant)?.suppliers ?? []}
              onDone={tenants.reload}
            />
          )}
          <Menu at={url.href}>
            <Account onSignedOut={onSignedOut} />
            {tenant !== undefined && <Sections tenant={tenant} path={url.pathname} />}
          </Menu>
        </div>
      </header>
      <main id="content" tabIndex={-1}>
        {tenant === undefined ? (
          <Show loaded={tenants} what="The list of tenants">
            {() => <Routes url={url} tenant={undefined} tenants={tenants} />}
          </Show>
        ) : (
          <Routes url={url} tenant={tenant} tenants={tenants} />
        )}
      </main>
      <Announcer />
    </>
  );
}

/**
 * What is in the head where there is room, and behind a button where there is not.
 *
 * @param props.at where one is: whoever has gone somewhere needs it no longer
 */
function Menu({ at, children }: { at: string; children: ComponentChildren }) {
  const [open, setOpen] = useState(false);
  useEffect(() => setOpen(false), [at]);
  return (
    <>
      <button
        type="button"
        class="menu-button"
        aria-expanded={open}
        aria-controls="menu"
        onClick={() => setOpen(!open)}
      >
        Menu
      </button>
      <div id="menu" class={open ? 'menu open' : 'menu'}>
        {children}
      </div>
    </>
  );
}

function choose(tenants: readonly string[]): string | undefined {
  const last = localStorage.getItem(LAST_TENANT);
  return last !== null && tenants.includes(last) ? last : tenants[0];
}

function TenantChoice({ tenant, tenants }: { tenant: string; tenants: Tenants['tenants'] }) {
  const names = tenants.map((one) => one.tenant);
  if (!names.includes(tenant)) names.unshift(tenant);
  if (names.length === 1) {
    return (
      <p class="tenant">
        <span class="soft roomy">Tenant</span> {tenant}
      </p>
    );
  }
  return (
    <label class="tenant">
      <span class="soft roomy">Tenant</span>{' '}
      <select value={tenant} onChange={({ currentTarget }) => navigate(paths.home(currentTarget.value))}>
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Sections({ tenant, path }: { tenant: string; path: string }) {
  const sections: [name: string, href: string, pattern: RegExp][] = [
    ['Look up', paths.home(tenant), /^\/t\/[^/]+(\/(search|item|event)|\/suppliers\/[^/]+)?$/],
    ['Signals', paths.signals(tenant), /^\/t\/[^/]+\/(signals|failure-modes)/],
    ['Storefronts', paths.storefronts(tenant), /^\/t\/[^/]+\/storefronts/],
    ['Gate', paths.gate(tenant), /^\/t\/[^/]+\/gate/],
    ['Replays', paths.replays(tenant), /^\/t\/[^/]+\/replays/],
    ['Feeds', paths.feeds(tenant), /^\/t\/[^/]+\/(feeds|new-feed)/],
    ['Aliases', paths.aliases(tenant), /^\/t\/[^/]+\/aliases/],
    ['Audit', paths.audit(tenant), /^\/t\/[^/]+\/audit/],
  ];
  return (
    <nav class="sections" aria-label="Sections">
      {sections.map(([name, href, pattern]) => (
        <Link key={name} href={href} current={pattern.test(path)}>
          {name}
        </Link>
      ))}
    </nav>
  );
}
