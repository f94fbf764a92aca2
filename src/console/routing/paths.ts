import type { FailureMode } from '../../domain/failure-modes.ts';

/**
 * The addresses of the console's pages. What a supplier wrote stands in the query: in a path, a browser would read
 * an event id such as `..` as a step up.
 */
export const paths = {
  home: (tenant: string) => `/t/${encodeURIComponent(tenant)}`,
  search: (tenant: string, key: string) => `${paths.home(tenant)}/search?${query({ q: key })}`,
  item: (tenant: string, sku: string) => `${paths.home(tenant)}/item?${query({ sku })}`,
  event: (tenant: string, supplier: string, event: string) =>
    `${paths.home(tenant)}/event?${query({ supplier, event })}`,
  supplier: (tenant: string, supplier: string) =>
    `${paths.home(tenant)}/suppliers/${encodeURIComponent(supplier)}`,
  signals: (tenant: string) => `${paths.home(tenant)}/signals`,
  failureMode: (tenant: string, mode: FailureMode) => `${paths.home(tenant)}/failure-modes/${mode}`,
  storefronts: (tenant: string) => `${paths.home(tenant)}/storefronts`,
  gate: (tenant: string) => `${paths.home(tenant)}/gate`,
  replays: (tenant: string) => `${paths.home(tenant)}/replays`,
  newReplay: (tenant: string, fields: Record<string, string | undefined> = {}) => {
    const asked = query(fields);
    return `${paths.home(tenant)}/replays/new${asked === '' ? '' : `?${asked}`}`;
  },
  replay: (tenant: string, id: string) => `${paths.home(tenant)}/replays/${encodeURIComponent(id)}`,
  feeds: (tenant: string) => `${paths.home(tenant)}/feeds`,
  newFeed: (tenant: string) => `${paths.home(tenant)}/new-feed`,
  feed: (tenant: string, feed: string) => `${paths.feeds(tenant)}/${encodeURIComponent(feed)}`,
  editFeed: (tenant: string, feed: string) => `${paths.feed(tenant, feed)}/edit`,
  feedRun: (tenant: string, feed: string, run: string) =>
    `${paths.feed(tenant, feed)}/runs/${encodeURIComponent(run)}`,
  aliases: (tenant: string, fields: { supplier?: string; search?: string } = {}) => {
    const asked = query(fields);
    return `${paths.home(tenant)}/aliases${asked === '' ? '' : `?${asked}`}`;
  },
  sessions: () => '/sessions',
  audit: (tenant: string) => `${paths.home(tenant)}/audit`,
} as const;

/** The item's page for an item id such as `canary:CHAIR-01`. */
export function pathOfItemId(itemId: string): string {
  const colon = itemId.indexOf(':');
  return paths.item(itemId.slice(0, colon), itemId.slice(colon + 1));
}

function query(fields: Record<string, string | undefined>): string {
  const given = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
  return new URLSearchParams(given).toString();
}
