import type { Database } from '../../database/client.ts';
import { countOldFigures, type OldFigures } from '../../ledger/old-figures.ts';
import { note, printJson } from '../output.ts';
import { counted } from '../replay/words.ts';

interface Limit {
  tenant: string;
  supplier: string;
  seconds: number;
}

/** Says how many figures a limit ends at once: it cannot be taken back, and may sell out a shop. */
export async function tellOldFigures(database: Database, limit: Limit): Promise<OldFigures> {
  const old = await countOldFigures(database, limit);
  note(
    `${old.tooOld} of ${counted(old.figures, 'figure')} of ${limit.supplier} are older than that; these count no longer, ` +
      `until\n${limit.supplier} speaks of their items again`,
  );
  return old;
}

/** The same, with nothing changed. */
export async function predictOldFigures(database: Database, limit: Limit, json: boolean): Promise<void> {
  note('dry run; nothing was changed');
  const old = await tellOldFigures(database, limit);
  const { tenant, supplier, seconds } = limit;
  if (json) printJson({ dryRun: true, tenant, supplier, figureExpiresSeconds: seconds, ...old });
}
