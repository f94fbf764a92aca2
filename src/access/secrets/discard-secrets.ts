import { writeAudit, type AuditedBy } from '../../database/audit.ts';
import type { Database } from '../../database/client.ts';
import { newSecret } from '../../standard-webhooks/secret.ts';
import { encryptSecret } from './encryption.ts';
import type { KeyRing } from './key-ring.ts';
import { closedSecrets } from './require-keys.ts';
import { replaceStoredSecrets } from './stored-secrets.ts';

/** As a feed's are written; what stands in their places in the document opens nothing. */
const NO_SECRETS = Buffer.from('{}');

/** Whose secret is gone. */
export interface Discarded {
  tenant: string;
  /** Null: the storefront's, or a feed's. */
  supplier: string | null;
}

/**
 * Gives up what no key here opens, and the keys that are not here: their owners need new secrets. A storefront's is
 * replaced by one that nobody has been told, because without any the default storefront would be told in its place.
 */
export async function discardSecrets(database: Database, ring: KeyRing, by: AuditedBy): Promise<Discarded[]> {
  return database.$transaction(
    async (transaction) => {
      const closed = await closedSecrets(transaction, ring, { keep: true });
      for (const one of closed) {
        const { tenant, supplier, place, context } = one;
        if (place === 'supplier') await transaction.supplierSecret.delete({ where: { id: BigInt(one.id) } });
        else {
          const ciphertext = encryptSecret(ring, place === 'feed' ? NO_SECRETS : newSecret(), context);
          await replaceStoredSecrets(transaction, place, [{ id: one.id, ciphertext }]);
        }
        const ofFeed = place === 'feed' ? one.id.split('/')[1] : undefined;
        const ofTenant = ofFeed === undefined ? `tenant/${tenant}` : `feed/${ofFeed}`;
        const subject = supplier === null ? ofTenant : `supplier/${tenant}/${supplier}`;
        await writeAudit(transaction, { ...by, tenant, action: 'secrets.discard', subject });
      }
      await transaction.$executeRaw`
        UPDATE secrets_key SET retired_at_us = now_us()
         WHERE retired_at_us IS NULL AND id <> ALL (${ring.map(({ id }) => id)})`;
      return closed.map(({ tenant, supplier }) => ({ tenant, supplier }));
    },
    { timeout: 60_000 },
  );
}
