import type { Database } from '../database/client.ts';
import { seconds } from '../domain/time.ts';
import type { GateSettings } from './settings.ts';

/**
 * Who is to be sampled.
 *
 * @returns `open`: all open tenants; `abandoned`: tenants in canary that nobody has sampled for some rounds, for their
 *   gate's workflow was lost, or their state was set without the gate
 */
export async function readSampledTenants(
  database: Database,
  { sampleSeconds }: GateSettings,
): Promise<{ open: string[]; abandoned: string[] }> {
  const rows = await database.$queryRaw<{ id: string; state: string }[]>`
    SELECT t.id, t.state FROM tenant t LEFT JOIN gate_watch w ON w.tenant_id = t.id AND w.supplier_id = ''
     WHERE t.state = 'open'
        OR (t.state = 'canary'
            AND coalesce(w.sampled_at_us, w.began_at_us, 0) < now_us() - ${seconds(2 * sampleSeconds)})
     ORDER BY t.id`;
  const of = (state: string): string[] => rows.filter((row) => row.state === state).map(({ id }) => id);
  return { open: of('open'), abandoned: of('canary') };
}
