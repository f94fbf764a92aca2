import { namesOf, type KeyRing } from '../../access/secrets/key-ring.ts';
import { refuseMisfit } from '../../access/secrets/require-keys.ts';
import { readKeyUse } from '../../access/secrets/stored-secrets.ts';
import type { Database } from '../../database/client.ts';
import { failed, ok, reasonOf, skipped, type Check } from './check.ts';

const NAME = 'secrets keys';

/** Whether the keys are those that the database was written with, and whether everything is under the first of them. */
export async function checkKeys(ring: KeyRing, database: Database | undefined): Promise<Check> {
  const [{ id }] = ring;
  const here = ring.length === 1 ? id : `${namesOf(ring)}; ${id} writes`;
  if (!database) return skipped(NAME, `${here}; without a database nobody knows whether they fit`);
  try {
    await refuseMisfit(database, ring);
    const others = (await readKeyUse(database))
      .filter(({ keyId }) => keyId !== id)
      .reduce(
        (sum, { suppliers, storefronts, feeds, channels }) =>
          sum + suppliers + storefronts + feeds + channels,
        0,
      );
    const left =
      others === 0 ? '' : `; ${others} secrets are not under it yet: \`catalog-sync secrets rotate\``;
    return ok(NAME, `${here}${left}`);
  } catch (error) {
    if (error instanceof Error && error.name === 'KeysError') {
      return failed(NAME, error.message, 'Put the missing key beside it; docs/keys.md says how.');
    }
    return skipped(NAME, `${here}; the database does not say whether they fit: ${reasonOf(error)}`);
  }
}
