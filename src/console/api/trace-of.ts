import { api, beginGet, queryOf } from './request.ts';

/** How many events a page of a story has. */
const LIMIT = 50;

const STORY = /^\/t\/([a-z0-9-]{1,40})\/(item|event)$/;

/** Where the API has a story. In a path, a browser would read an id of dots alone as a step up. */
export function traceOf(tenant: string, key: { sku: string } | { supplier: string; event: string }): string {
  return api`/v1/tenants/${tenant}/trace` + queryOf({ ...key, limit: LIMIT });
}

/** Begins to read the story that an address asks for, before it is known who asks. */
export function beginTrace({ pathname, search }: Location): void {
  const [, tenant, kind] = STORY.exec(pathname) ?? [];
  if (tenant === undefined) return;
  const fields = new URLSearchParams(search);
  const asked = (name: string): string => fields.get(name) ?? '';
  const key =
    kind === 'item' ? { sku: asked('sku') } : { supplier: asked('supplier'), event: asked('event') };
  beginGet(traceOf(tenant, key));
}
