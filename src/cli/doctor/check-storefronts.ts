import { decryptSecret } from '../../access/secrets/encryption.ts';
import type { KeyRing } from '../../access/secrets/key-ring.ts';
import type { Database } from '../../database/client.ts';
import { microsOf } from '../../domain/time.ts';
import type { Storefront } from '../../generated/prisma/client.ts';
import { parseSecret } from '../../standard-webhooks/secret.ts';
import { IN_TURN, SHOP, storefrontContext } from '../../storefront/of-tenant.ts';
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
  const { tenantId: tenant, name, url } = stored;
  const subject = name === SHOP ? tenant : `${tenant}/${name}`;
  if (stored.kind !== 'webhook' || stored.secret === null)
    return skipped(
      `storefront of ${subject}`,
      `it is of kind ${stored.kind}: told nothing that would change its pages`,
    );
  const { secret: sealed } = stored;
  const context = storefrontContext(tenant, name);
  const before = signsStill(stored) ? stored.secretBefore : null;
  const secret = await read(async () => decryptSecret(keys, sealed, context));
  const secretBefore = before && (await read(async () => decryptSecret(keys, before, context)));
  if (!('value' in secret)) {
    return failed(
      `storefront of ${subject}`,
      secret.reason,
      'Use the secrets key that it was stored with, or rotate its secret: `catalog-sync tenant rotate-secret`.',
    );
  }
  return checkStorefront({
    ...{ subject, tenant, url, nowSeconds, secret: secret.value },
    ...(secretBefore && 'value' in secretBefore && { secretBefore: secretBefore.value }),
  });
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
  return checkStorefront({
    subject: tenant,
    tenant,
    url,
    secret: parseSecret(STOREFRONT_SECRET),
    nowSeconds,
  });
}

/** By this machine's clock: a look is enough for a check. */
function signsStill({ secretBeforeUntilUs: until }: Pick<Storefront, 'secretBeforeUntilUs'>): boolean {
  return until !== null && until > microsOf(new Date());
}
