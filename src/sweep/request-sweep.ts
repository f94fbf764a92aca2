import { originJson } from '../database/audit.ts';
import type { Database } from '../database/client.ts';
import type { Origin } from '../domain/origin.ts';
import { A_NIGHT } from '../domain/night.ts';
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
    origin?: Origin | undefined;
    /** Most items a second that are asked for one by one. */
    rate?: number | undefined;
  },
): Promise<string> {
  const [row] = await database.$queryRaw<{ id: string }[]>`
    SELECT request_sweep(${sweep.tenant}, ${sweep.repair}, ${sweep.requestedBy},
                         ${sweep.rate ?? SWEEP_RATE}::integer,
                         ${originJson(sweep.origin)}::jsonb) AS id`;
  if (!row) throw new Error('the database gave the sweep no id');
  return row.id;
}

const KEPT_FOR = 90n * 86_400_000_000n;
const NIGHTLY = 'every night';

/** Asks for a sweep, without repair, of each tenant that is not closed, has a storefront, and had none this night; and forgets old ones. */
export async function requestNightlySweeps(
  database: Database,
  defaultStorefrontUrl: string | undefined,
): Promise<string[]> {
  await forgetOldSweeps(database);
  const rows = await database.$queryRaw<{ id: string }[]>`
    SELECT request_sweep(t.id, false, ${NIGHTLY}) AS id
      FROM tenant t
     WHERE t.state <> 'closed'
       AND (${defaultStorefrontUrl !== undefined} OR EXISTS (SELECT 1 FROM storefront x WHERE x.tenant_id = t.id AND x.state = 'open'))
       AND NOT EXISTS (SELECT 1 FROM sweep s WHERE s.tenant_id = t.id AND s.requested_by = ${NIGHTLY}
                          AND s.created_at_us > now_us() - ${A_NIGHT})
     ORDER BY t.id`;
  return rows.map(({ id }) => id);
}

/** The last completed one of each tenant stays, however old it is. */
async function forgetOldSweeps(database: Pick<Database, '$executeRaw'>): Promise<void> {
  await database.$executeRaw`
    WITH old AS (
      SELECT s.id FROM sweep s
       WHERE s.finished_at_us < now_us() - ${KEPT_FOR}
         AND EXISTS (SELECT 1 FROM sweep l WHERE l.tenant_id = s.tenant_id AND l.state = 'completed'
                        AND l.finished_at_us > s.finished_at_us)
    ), findings AS (
      DELETE FROM sweep_finding f USING old WHERE f.sweep_id = old.id RETURNING f.sweep_id
    )
    DELETE FROM sweep s USING old WHERE s.id = old.id`;
}
