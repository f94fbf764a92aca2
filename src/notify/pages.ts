/** Pages of the console that messages lead to, below its address; a test holds them to the console's own. */
const below = (tenant: string, ...steps: string[]): string =>
  ['', 't', tenant, ...steps].map(encodeURIComponent).join('/');

export const pages = {
  gate: (tenant: string) => below(tenant, 'gate'),
  feedRun: (tenant: string, feed: string, run: string) => below(tenant, 'feeds', feed, 'runs', run),
  supplier: (tenant: string, supplier: string) => below(tenant, 'suppliers', supplier),
  storefronts: (tenant: string) => below(tenant, 'storefronts'),
} as const;
