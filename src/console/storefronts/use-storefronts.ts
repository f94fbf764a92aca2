import { api, get } from '../api/request.ts';
import type { Storefronts } from '../api/types.ts';
import { useLoaded, type Loaded } from '../state/use-loaded.ts';

const EVERY_MS = 10_000;

/** A tenant's storefronts, kept up to date. */
export function useStorefronts(tenant: string): Loaded<Storefronts> {
  const path = api`/v1/tenants/${tenant}/storefronts`;
  return useLoaded(
    path,
    (signal) => get<Storefronts>(path, signal),
    () => EVERY_MS,
  );
}
