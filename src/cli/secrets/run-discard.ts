import { discardSecrets, ownerOf, type Discarded } from '../../access/secrets/discard-secrets.ts';
import { closedSecrets } from '../../access/secrets/require-keys.ts';
import { withContext } from '../context.ts';
import { auditedBy, type AuditOptions } from '../option-values.ts';
import { note, print, printJson } from '../output.ts';

/** `secrets discard`: gives up what no key here opens, or says what that would be. */
export async function runDiscard(options: AuditOptions & { yes?: true }, json: boolean): Promise<void> {
  await withContext(async (context) => {
    const [keys, database] = [await context.keyRing(), await context.database()];
    const sure = options.yes === true;
    const by = { ...auditedBy(options), reason: options.reason };
    const found = sure
      ? await discardSecrets(database, keys, by)
      : (await closedSecrets(database, keys)).map(ownerOf);
    const owners = [...new Set(found.map(renewalOf))];
    if (json) printJson({ discarded: sure, secrets: found.length, renewBy: owners });
    else {
      print(
        `${found.length} secrets that no key here opens ${sure ? 'are gone' : 'would be gone'}${owners.length > 0 ? '; their owners get new ones by' : ''}`,
      );
      for (const owner of owners) print(`  ${owner}`);
    }
    if (!sure) note('Nothing was changed: add --yes if the key is nowhere any more.');
  });
}

function renewalOf({ tenant, supplier, channel }: Discarded): string {
  if (channel !== undefined) return `catalog-sync notify remove ${channel}, then notify add`;
  return supplier === null
    ? `catalog-sync tenant rotate-secret ${tenant} --overlap 0`
    : `catalog-sync supplier rotate-secret ${supplier} --tenant ${tenant}`;
}
