import type { KeyRing } from '../../access/secrets/key-ring.ts';
import type { Database } from '../../database/client.ts';
import type { Storefront } from '../../generated/prisma/client.ts';
import { parseSecret } from '../../standard-webhooks/secret.ts';
import { IN_TURN, SHOP } from '../../storefront/of-tenant.ts';
import { openDefault } from '../../storefront/open.ts';
import { openKept } from '../../storefronts/kept-storefront.ts';
import { checkStorefront } from './check-storefront.ts';
import { failed, read, skipped, type Check } from './check.ts';
import type { Patient } from './patient.ts';

/** Holds each tenant's storefronts to the contract, and the default one for those that have none. */
export async function checkStorefronts(
  patient: Patient,
  database: Database,
  keys: KeyRing,
): Promise<Check[]> {
  const tenants = await database.tenant.findMany({
    orderBy: { id: 'asc' },
    include: { storefronts: { orderBy: IN_TURN } },
  });
  const checks: Check[] = [];
  for (const tenant of tenants) {
    const nowSeconds = Date.now() / 1000;
    for (const one of tenant.storefronts) checks.push(await checkStored(one, keys, nowSeconds));
    if (tenant.storefronts.length === 0) checks.push(await checkDefault(patient, tenant.id, nowSeconds));
  }
  return checks.length > 0 ? checks : [skipped('storefronts', 'there are no tenants')];
}

async function checkStored(stored: Storefront, keys: KeyRing, nowSeconds: number): Promise<Check> {
  const { tenantId: tenant, name } = stored;
  const subject = name === SHOP ? tenant : `${tenant}/${name}`;
  if (stored.kind !== 'webhook' || stored.secret === null)
    return skipped(
      `storefront of ${subject}`,
      `it is of kind ${stored.kind}: told nothing that would change its pages`,
    );
  const opened = await read(() => openKept(stored, keys));
  if ('value' in opened) return checkStorefront(subject, { ...opened.value, name, tenant, nowSeconds });
  return failed(
    `storefront of ${subject}`,
    opened.reason,
    'Use the secrets key that it was stored with, or rotate its secret: `catalog-sync tenant rotate-secret`.',
  );
}

async function checkDefault(
  { defaultStorefrontUrl: url, settings: { STOREFRONT_SECRET } }: Patient,
  tenant: string,
  nowSeconds: number,
): Promise<Check> {
  const name = `storefront of ${tenant}`;
  if (url === undefined)
    return failed(name, 'has no address', `Set it: \`catalog-sync tenant set ${tenant} --storefront URL\`.`);
  if (STOREFRONT_SECRET === undefined)
    return skipped(name, "the default one; its secret is the worker's alone");
  return checkStorefront(tenant, {
    ...{ name: SHOP, tenant, nowSeconds },
    ...(await openDefault({ url, secret: parseSecret(STOREFRONT_SECRET) })),
  });
}
