import { originJson, type AuditedBy } from '../database/audit.ts';
import type { Database } from '../database/client.ts';

type Reader = Pick<Database, '$queryRaw'>;

/**
 * Begins a new generation when the ledger is not where it was: restored elsewhere, recovered to a point in time, or
 * served by a promoted standby. See docs/backup.md. @returns whether it did
 */
export async function settleLedger(database: Reader): Promise<boolean> {
  const [row] = await database.$queryRaw<{ begun: boolean }[]>`SELECT settle_ledger() AS begun`;
  return row?.begun ?? false;
}

/** What a generation begins with. */
export interface Generation {
  number: number;
  /** Versions are above it. */
  versionFloor: number;
  /** The sweeps that mend what storefronts show otherwise, one a tenant. */
  sweeps: { id: string; tenant: string }[];
}

/** Begins a new generation: whoever puts an older ledger in the place of a newer one says so. */
export async function beginGeneration(
  database: Database,
  by: AuditedBy & { reason: string },
): Promise<Generation> {
  return database.$transaction(
    async (transaction) => {
      const [begun] = await transaction.$queryRaw<{ floor: number }[]>`
        SELECT begin_generation(${by.actor}, ${by.reason}, ${originJson(by.origin)}::jsonb) AS floor`;
      const home = await transaction.ledgerHome.findFirstOrThrow();
      const sweeps = await transaction.sweep.findMany({
        where: { state: 'running', repair: true },
        orderBy: { tenantId: 'asc' },
      });
      return {
        number: home.generation,
        versionFloor: begun?.floor ?? home.versionFloor,
        sweeps: sweeps.map(({ id, tenantId }) => ({ id, tenant: tenantId })),
      };
    },
    { timeout: 60_000 },
  );
}
