import { decryptSecret } from '../access/secrets/encryption.ts';
import type { KeyRing } from '../access/secrets/key-ring.ts';
import { microsOf } from '../domain/time.ts';
import type { Storefront } from '../generated/prisma/client.ts';
import { openStorefront, type Opened } from '../storefront/open.ts';
import { limitsSchema } from './limits-schema.ts';

/**
 * Opens a storefront's row. Whether the secret before still signs goes by this machine's clock: for a look, and not for
 * publishing.
 *
 * @throws DecryptionError, ZodError for a configuration and Error for a kind that this version does not read
 */
export function openKept(row: Storefront, keys: KeyRing): Promise<Opened> {
  const { limits, secretBefore, secretBeforeUntilUs: until, ...kept } = row;
  const signsStill = until !== null && until > microsOf(new Date());
  return openStorefront(
    {
      ...kept,
      limits: limitsSchema.nullable().parse(limits) ?? undefined,
      secretBefore: signsStill ? secretBefore : undefined,
    },
    (sealed, context) => decryptSecret(keys, sealed, context),
  );
}
