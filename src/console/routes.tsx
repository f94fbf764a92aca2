import type { Tenants } from './api/types.ts';
import { FAILURE_MODES, type FailureMode } from '../domain/failure-modes.ts';
import { NAME } from '../domain/identity.ts';
import { Aliases } from './pages/aliases.tsx';
import { Audit } from './pages/audit.tsx';
import { EditFeed, NewFeed } from './pages/edit-feed.tsx';
import { FailureModePage } from './pages/failure-mode.tsx';
import { FeedPage } from './pages/feed.tsx';
import { FeedRunPage } from './pages/feed-run.tsx';
import { Feeds } from './pages/feeds.tsx';
import { GatePage } from './pages/gate.tsx';
import { Home } from './pages/home.tsx';
import { EventPage, ItemPage } from './pages/item.tsx';
import { NewReplay } from './pages/new-replay.tsx';
import { NoTenants } from './pages/no-tenants.tsx';
import { NotFound } from './pages/not-found.tsx';
import { ReplayPage } from './pages/replay.tsx';
import { Replays } from './pages/replays.tsx';
import { Search } from './pages/search.tsx';
import { Sessions } from './pages/sessions.tsx';
import { Signals } from './pages/signals.tsx';
import { StorefrontsPage } from './pages/storefronts.tsx';
import { SupplierPage } from './pages/supplier.tsx';
import { paths } from './routing/paths.ts';
import type { Loaded } from './state/use-loaded.ts';

const OF_TENANT = /^\/t\/([a-z0-9-]{1,40})(?:\/(.*))?$/;

/** The sections of which an address names a part. */
const WITH_PART = new Set(['failure-modes', 'replays', 'suppliers']);

export function tenantOfPath(path: string): string | undefined {
  return OF_TENANT.exec(path)?.[1];
}

/** The page of an address. Each has a key, so that nothing of one item's page is left on the next one's. */
export function Routes({
  url,
  tenant,
  tenants,
}: {
  url: URL;
  tenant: string | undefined;
  tenants: Loaded<Tenants>;
}) {
  if (url.pathname === paths.sessions()) return <Sessions />;
  if (tenant === undefined) return <NoTenants />;
  const rest = OF_TENANT.exec(url.pathname)?.[2];
  if (
    url.pathname === '/' ||
    url.pathname === '/sign-in' ||
    ((rest ?? '') === '' && tenantOfPath(url.pathname))
  ) {
    return <Home key={tenant} tenant={tenant} tenants={tenants} />;
  }
  const [section, part = '', ...more] = (rest ?? '').split('/');
  const asked = (name: string): string => url.searchParams.get(name) ?? '';
  if (section === 'feeds') return <FeedRoutes key={url.pathname} tenant={tenant} steps={[part, ...more]} />;
  if (more.length > 0 || (part !== '' && !WITH_PART.has(section ?? ''))) return <NotFound />;
  const key = url.pathname + url.search;
  switch (section) {
    case 'search':
      return <Search key={key} tenant={tenant} text={asked('q')} />;
    case 'item':
      if (asked('sku') === '') return <NotFound />;
      return <ItemPage key={key} tenant={tenant} sku={asked('sku')} />;
    case 'event':
      if (asked('supplier') === '' || asked('event') === '') return <NotFound />;
      return <EventPage key={key} tenant={tenant} supplier={asked('supplier')} event={asked('event')} />;
    case 'suppliers':
      if (part === '') return <NotFound />;
      return <SupplierPage key={key} tenant={tenant} supplier={part} />;
    case 'signals':
      return <Signals key={key} tenant={tenant} />;
    case 'failure-modes':
      return isFailureMode(part) ? <FailureModePage key={key} tenant={tenant} mode={part} /> : <NotFound />;
    case 'storefronts':
      return <StorefrontsPage key={key} tenant={tenant} />;
    case 'gate':
      return <GatePage key={key} tenant={tenant} />;
    case 'replays':
      if (part === '') return <Replays key={key} tenant={tenant} />;
      if (part === 'new') return <NewReplay key={key} tenant={tenant} fields={url.searchParams} />;
      return <ReplayPage key={key} tenant={tenant} id={part} />;
    case 'new-feed':
      return <NewFeed key={key} tenant={tenant} tenants={tenants} />;
    case 'aliases':
      return (
        <Aliases key={key} {...{ tenant, tenants, supplier: asked('supplier'), search: asked('search') }} />
      );
    case 'audit':
      return <Audit key={key} tenant={tenant} />;
    default:
      return <NotFound />;
  }
}

/** Below `feeds`: a feed, what is done to it, or one of its runs. */
function FeedRoutes({
  tenant,
  steps: [feed = '', what, run, ...more],
}: {
  tenant: string;
  steps: readonly string[];
}) {
  if (feed === '' && what === undefined) return <Feeds tenant={tenant} />;
  if (!NAME.test(feed) || more.length > 0) return <NotFound />;
  if (what === undefined) return <FeedPage tenant={tenant} feed={feed} />;
  if (what === 'edit' && run === undefined) return <EditFeed tenant={tenant} feed={feed} />;
  if (what === 'runs' && run !== undefined && NAME.test(run)) {
    return <FeedRunPage tenant={tenant} feed={feed} run={run} />;
  }
  return <NotFound />;
}

function isFailureMode(text: string): text is FailureMode {
  return Object.hasOwn(FAILURE_MODES, text);
}
