import { encryptSecret } from '../../access/secrets/encryption.ts';
import type { KeyRing } from '../../access/secrets/key-ring.ts';
import type { Database } from '../../database/client.ts';
import { changeTenant } from '../../flags/tenants.ts';
import { SHOP, storefrontContext } from '../../storefront/of-tenant.ts';
import { addStorefront, changeStorefront, removeStorefront } from '../../storefronts/set-storefront.ts';
import { readStorefront } from '../../storefronts/storefront-document.ts';
import { readDemoAddresses, writeDemoAddresses, type DemoAddresses } from './demo-addresses.ts';

const CACHE = 'cache';
const BY = { actor: 'start', reason: 'the demo storefront behind a cache' };

/** The tenants among these that have no storefront, or those that a start made: nobody else's is touched. */
export async function ownDemoTenants(
  database: Database,
  dataDir: string,
  tenants: readonly string[],
): Promise<string[]> {
  const noted = await readDemoAddresses(dataDir);
  const rows = await database.storefront.findMany({
    where: { tenantId: { in: [...tenants] } },
    select: { tenantId: true, name: true, url: true },
  });
  const others = new Set(
    rows.filter((row) => !noted.some((one) => isAt(row, one))).map(({ tenantId }) => tenantId),
  );
  return tenants.filter((tenant) => !others.has(tenant));
}

/** Notes where they are to be, before any of them is made there; where they were stays noted too. */
export async function noteDemoAddresses(dataDir: string, now: DemoAddresses): Promise<void> {
  await writeDemoAddresses(dataDir, [...(await readDemoAddresses(dataDir)), now]);
}

/** Forgets the addresses at which none of the tenants has a storefront, but those of now. */
export async function forgetDemoAddresses(
  database: Database,
  dataDir: string,
  { tenants, now }: { tenants: readonly string[]; now?: DemoAddresses },
): Promise<void> {
  const noted = await readDemoAddresses(dataDir);
  const others = noted.filter(
    ({ shopUrl, cacheUrl }) => shopUrl !== now?.shopUrl || cacheUrl !== now.cacheUrl,
  );
  const rows = await database.storefront.findMany({
    where: { tenantId: { in: [...tenants] } },
    select: { name: true, url: true },
  });
  const kept = others.filter((one) => rows.some((row) => isAt(row, one) && !(now && isAt(row, now))));
  await writeDemoAddresses(dataDir, now ? [...kept, now] : kept);
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
  if ((await readDemoAddresses(dataDir)).length === 0) return;
  for (const tenant of await ownDemoTenants(database, dataDir, tenants)) {
    const rows = await database.storefront.findMany({ where: { tenantId: tenant }, select: { name: true } });
    const names = new Set(rows.map(({ name }) => name));
    if (names.has(SHOP) && names.has(CACHE)) await removeStorefront(database, { ...BY, tenant, name: CACHE });
    if (names.has(SHOP)) await changeTenant(database, { ...BY, tenant, storefront: null });
  }
  await forgetDemoAddresses(database, dataDir, { tenants });
}

function isAt({ name, url }: { name: string; url: string }, { shopUrl, cacheUrl }: DemoAddresses): boolean {
  return (name === SHOP && url === shopUrl) || (name === CACHE && url === cacheUrl);
}
