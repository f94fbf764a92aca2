import type { Database } from '../database/client.ts';
import { SWEEP_RATE } from '../domain/sweep.ts';

/**
 * Writes a sweep down; the starters of the workers see to the rest. It needs PostgreSQL only.
 *
 * @returns the sweep's id: that of the one that runs, where one runs that does the same
 */
export async function requestSweep(
  database: Pick<Database, '$queryRaw'>,
  sweep: {
    tenant: string;
    repair: boolean;
    requestedBy: string;
    /** Most items a second that are asked for one by one. */
    rate?: number | undefined;
  },
): Promise<string> {
  const [row] = await database.$queryRaw<{ id: string }[]>`
    SELECT request_sweep(${sweep.tenant}, ${sweep.repair}, ${sweep.requestedBy},
                         ${sweep.rate ?? SWEEP_RATE}::integer) AS id`;
  if (!row) throw new Error('the database gave the sweep no id');
  return row.id;
}

/** Asks for a sweep, without repair, of each tenant that is not closed and has a storefront. */
export async function requestNightlySweeps(
  database: Database,
  defaultStorefrontUrl: string | undefined,
): Promise<string[]> {
  const rows = await database.$queryRaw<{ id: string }[]>`
    SELECT request_sweep(t.id, false, 'every night') AS id
      FROM tenant t
     WHERE t.state <> 'closed'
       AND (${defaultStorefrontUrl !== undefined} OR (t.storefront_url IS NOT NULL AND t.storefront_secret IS NOT NULL))
     ORDER BY t.id`;
  return rows.map(({ id }) => id);
}
