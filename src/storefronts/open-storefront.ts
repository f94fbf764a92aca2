import { decryptSecret } from '../access/secrets/encryption.ts';
import type { KeyRing } from '../access/secrets/key-ring.ts';
import { microsOf } from '../domain/time.ts';
import type { Storefront } from '../generated/prisma/client.ts';
import { kindNamed } from '../storefront/kinds/index.ts';
import type { Kind, OpenStorefront } from '../storefront/kinds/kind.ts';
import { storefrontContext } from '../storefront/of-tenant.ts';
import { limitsSchema } from './limits-schema.ts';

/**
 * Opens what is kept of a storefront. Whether the secret before still signs goes by this machine's clock: for a look, and
 * not for publishing.
 *
 * @throws DecryptionError, and ZodError for a configuration that this version does not read
 */
export async function openStorefront(
  stored: Pick<
    Storefront,
    | 'tenantId'
    | 'name'
    | 'kind'
    | 'url'
    | 'limits'
    | 'config'
    | 'secret'
    | 'secretBefore'
    | 'secretBeforeUntilUs'
  >,
  keys: KeyRing,
): Promise<{ kind: Kind; storefront: OpenStorefront }> {
  const { tenantId, name, url, limits, config, secret, secretBefore, secretBeforeUntilUs: until } = stored;
  const context = storefrontContext(tenantId, name);
  const kind = await kindNamed(stored.kind);
  const signsStill = until !== null && until > microsOf(new Date());
  return {
    kind,
    storefront: {
      ...{
        url,
        config: kind.config.parse(config),
        limits: limitsSchema.nullable().parse(limits) ?? undefined,
      },
      secret: secret ? decryptSecret(keys, secret, context) : undefined,
      secretBefore: secretBefore && signsStill ? decryptSecret(keys, secretBefore, context) : undefined,
    },
  };
}
