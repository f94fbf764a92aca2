import type { Database } from '../../database/client.ts';
import { foresee, type Foresight } from '../../feed/ingest/foresee.ts';
import { CommandError } from '../errors.ts';

/** What is going to become of a supplier's events. @throws CommandError for an unknown one */
export async function ofKnownSupplier(
  database: Database,
  { tenant, supplier }: { tenant: string; supplier: string },
): Promise<Foresight> {
  const foreseen = await foresee(database, { tenant, supplier });
  if (foreseen) return foreseen;
  throw new CommandError(
    `Tenant ${tenant} has no supplier ${supplier}.\n` +
      `Make it: catalog-sync supplier add ${supplier} --tenant ${tenant}`,
  );
}
