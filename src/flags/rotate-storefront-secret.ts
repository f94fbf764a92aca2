import type { KeyRing } from '../access/secrets/key-ring.ts';
import { encryptSecret } from '../access/secrets/encryption.ts';
import { writeAudit, type AuditedBy } from '../database/audit.ts';
import type { Database } from '../database/client.ts';
import { databaseNow } from '../database/clock.ts';
import { UnknownTenantError } from '../database/known-tenant.ts';
import { seconds } from '../domain/time.ts';
import { SHOP, storefrontContext } from '../storefront/of-tenant.ts';
import { formatSecret, newSecret } from '../standard-webhooks/secret.ts';
import { FlagError, withTenantLock } from './set-state.ts';

/**
 * Gives a tenant's storefront a new signing secret. During the overlap messages are signed with both, so that the
 * storefront may take the new one at any moment of it; one from an overlap before ends at once.
 *
 * @returns the secret as `whsec_…`, to be shown once
 * @throws FlagError for a tenant without a storefront of its own
 * @throws UnknownTenantError
 */
export async function rotateStorefrontSecret(
  database: Database,
  secretsKeys: KeyRing,
  change: AuditedBy & { tenant: string; storefront?: string; overlapSeconds: number },
): Promise<string> {
  const { tenant, storefront = SHOP, overlapSeconds } = change;
  return withTenantLock(database, tenant, async (transaction) => {
    const owner = await transaction.tenant.findUnique({ where: { id: tenant }, select: { id: true } });
    if (!owner) throw new UnknownTenantError(tenant);
    const key = { tenantId_name: { tenantId: tenant, name: storefront } };
    const row = await transaction.storefront.findUnique({ where: key });
    if (!row) {
      throw new FlagError(
        `Tenant ${tenant} has no storefront of its own; \`catalog-sync tenant set ${tenant} --storefront URL\` gives it one.`,
      );
    }
    const secret = newSecret();
    const overlaps = overlapSeconds > 0;
    await transaction.storefront.update({
      where: key,
      data: {
        secret: encryptSecret(secretsKeys, secret, storefrontContext(tenant, storefront)),
        secretBefore: overlaps ? row.secret : null,
        secretBeforeUntilUs: overlaps ? (await databaseNow(transaction)) + seconds(overlapSeconds) : null,
      },
    });
    await writeAudit(transaction, {
      ...change,
      action: 'tenant.rotate_secret',
      subject: `tenant/${tenant}`,
      after: { overlapSeconds },
    });
    return formatSecret(secret);
  });
}
