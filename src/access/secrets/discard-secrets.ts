import { writeAudit, type AuditedBy } from '../../database/audit.ts';
import type { Database } from '../../database/client.ts';
import { newSecret } from '../../standard-webhooks/secret.ts';
import { encryptSecret } from './encryption.ts';
import type { KeyRing } from './key-ring.ts';
import { closedSecrets } from './require-keys.ts';
import { replaceStoredSecrets, type StoredSecret } from './stored-secrets.ts';

/** As a feed's are written, and where a channel leads: what stands in their places opens nothing. */
const NO_SECRETS = Buffer.from('{}');

/** Whose secret is gone. */
export interface Discarded {
  /** Null: of every tenant. */
  tenant: string | null;
  /** Null: the storefront's, a feed's or a channel's. */
  supplier: string | null;
  /** Of that name, whom somebody asked to be told. */
  channel?: string;
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
        const { tenant, place, context } = one;
        if (place === 'supplier') await transaction.supplierSecret.delete({ where: { id: BigInt(one.id) } });
        else {
          const ciphertext = encryptSecret(
            ring,
            place === 'feed' || place === 'channel' ? NO_SECRETS : newSecret(),
            context,
          );
          await replaceStoredSecrets(transaction, place, [{ id: one.id, ciphertext }]);
        }
        const subject = subjectOf(one);
        await writeAudit(transaction, { ...by, tenant, action: 'secrets.discard', subject });
      }
      await transaction.$executeRaw`
        UPDATE secrets_key SET retired_at_us = now_us()
         WHERE retired_at_us IS NULL AND id <> ALL (${ring.map(({ id }) => id)})`;
      return closed.map(ownerOf);
    },
    { timeout: 60_000 },
  );
}

/** Whose a secret that does not open is. */
export function ownerOf({ tenant, supplier, place, id }: StoredSecret): Discarded {
  return { tenant, supplier, ...(place === 'channel' && { channel: id }) };
}

function subjectOf({ tenant, supplier, place, id }: StoredSecret): string {
  if (supplier !== null) return `supplier/${tenant}/${supplier}`;
  if (place === 'channel') return `notify/${id}`;
  return place === 'feed' ? `feed/${id.split('/')[1]}` : `tenant/${tenant}`;
}
