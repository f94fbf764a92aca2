import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { encryptSecret } from '../../access/secrets/encryption.ts';
import type { KeyRing } from '../../access/secrets/key-ring.ts';
import type { Database } from '../../database/client.ts';
import { changeTenant } from '../../flags/tenants.ts';
import { SHOP, storefrontContext } from '../../storefront/of-tenant.ts';
import { addStorefront, changeStorefront, removeStorefront } from '../../storefronts/set-storefront.ts';
import { readStorefront } from '../../storefronts/storefront-document.ts';

const CACHE = 'cache';
/** Where the storefronts were that the start before made: by these they are known again. */
const FILE = 'demo-cache.json';
const addresses = z.object({ shopUrl: z.string(), cacheUrl: z.string() });

/** The demo storefront, and the cache before it. */
export type DemoAddresses = z.infer<typeof addresses>;

const BY = { actor: 'start', reason: 'the demo storefront behind a cache' };

/** The tenants among these that have no storefront, or those that a start made: nobody else's is touched. */
export async function ownDemoTenants(
  database: Database,
  dataDir: string,
  tenants: readonly string[],
): Promise<string[]> {
  const former = await readFormer(dataDir);
  const own: Record<string, string | undefined> = { [SHOP]: former?.shopUrl, [CACHE]: former?.cacheUrl };
  const rows = await database.storefront.findMany({
    where: { tenantId: { in: [...tenants] } },
    select: { tenantId: true, name: true, url: true },
  });
  const others = new Set(rows.filter(({ name, url }) => own[name] !== url).map(({ tenantId }) => tenantId));
  return tenants.filter((tenant) => !others.has(tenant));
}

/** Notes where they are to be, before any of them is made. */
export async function noteDemoAddresses(dataDir: string, now: DemoAddresses): Promise<void> {
  const file = path.join(dataDir, FILE);
  await writeFile(`${file}.new`, `${JSON.stringify(now, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

/** Gives a tenant the demo storefront and the cache before it, at the addresses of this start. */
export async function putBehindCache(
  database: Database,
  keys: KeyRing,
  { tenant, shopUrl, cacheUrl, secret }: DemoAddresses & { tenant: string; secret: Buffer },
): Promise<void> {
  const page = { path: '/products/{itemId}', quantity: { css: '#quantity' }, version: { css: '#version' } };
  const documents = {
    [SHOP]: await readStorefront('webhook', JSON.stringify({ url: shopUrl })),
    [CACHE]: await readStorefront(
      'purge',
      JSON.stringify({ url: cacheUrl, place: 2, requests: [{ path: page.path }], page }),
    ),
  };
  for (const [name, settings] of Object.entries(documents)) {
    const key = { tenantId_name: { tenantId: tenant, name } };
    const kept = await database.storefront.findUnique({ where: key, select: { url: true } });
    if (!kept) await addStorefront(database, keys, { ...BY, tenant, name, settings, state: 'open' });
    else if (kept.url !== settings.url)
      await changeStorefront(database, () => Promise.resolve(keys), { ...BY, tenant, name, settings });
  }
  await database.storefront.updateMany({
    where: { tenantId: tenant, name: SHOP },
    data: { secret: encryptSecret(keys, secret, storefrontContext(tenant, SHOP)), secretBefore: null },
  });
}

/** Leaves the tenants to the default storefront again. */
export async function takeFromCache(
  database: Database,
  dataDir: string,
  tenants: readonly string[],
): Promise<void> {
  if (!(await readFormer(dataDir))) return;
  for (const tenant of await ownDemoTenants(database, dataDir, tenants)) {
    const rows = await database.storefront.findMany({ where: { tenantId: tenant }, select: { name: true } });
    const names = new Set(rows.map(({ name }) => name));
    if (names.has(SHOP) && names.has(CACHE)) await removeStorefront(database, { ...BY, tenant, name: CACHE });
    if (names.has(SHOP)) await changeTenant(database, { ...BY, tenant, storefront: null });
  }
  await rm(path.join(dataDir, FILE), { force: true });
}

async function readFormer(dataDir: string): Promise<DemoAddresses | undefined> {
  try {
    return addresses.parse(JSON.parse(await readFile(path.join(dataDir, FILE), 'utf8')));
  } catch {
    return undefined;
  }
}
