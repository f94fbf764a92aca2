import type { Transaction } from '../database/client.ts';
import { FINDING_KINDS, type FindingKind } from '../domain/sweep.ts';
import { formatTime } from '../domain/time.ts';
import type { SweepGauges } from '../telemetry/gauges.ts';

/** A tenant's last completed sweep, as the gate's status tells it. */
export interface LastSweep {
  sweepId: string;
  finishedAt: string;
  /** Whether it mended what differed. */
  repair: boolean;
  /** Items that the storefront answered for, and those that it did not. */
  asked: number;
  unanswered: number;
  /** What it left, by kind; without those of which there is none. */
  drift: Partial<Record<FindingKind, number>>;
}

interface Row {
  tenant: string;
  id: string | null;
  repair: boolean;
  finished_at_us: bigint;
  items_asked: number;
  items_unanswered: number;
  drift: Partial<Record<FindingKind, number>>;
  age_seconds: number;
}

/** @returns null when none was completed yet */
export async function readLastSweep(
  database: Pick<Transaction, '$queryRaw'>,
  tenant: string,
): Promise<LastSweep | null> {
  const [row] = await lastSweeps(database, tenant);
  if (row?.id == null) return null;
  return {
    sweepId: row.id,
    finishedAt: formatTime(row.finished_at_us),
    repair: row.repair,
    asked: row.items_asked,
    unanswered: row.items_unanswered,
    drift: row.drift,
  };
}

/** What the last sweeps say of each tenant that is not closed, for whoever watches from outside. */
export async function readSweepGauges(database: Pick<Transaction, '$queryRaw'>): Promise<SweepGauges[]> {
  const rows = await lastSweeps(database, null);
  return rows.map(({ tenant, id, drift, age_seconds: ageSeconds }) => ({
    tenant,
    ageSeconds,
    drift:
      id === null ? undefined : Object.fromEntries(FINDING_KINDS.map((kind) => [kind, drift[kind] ?? 0])),
  }));
}

/** @param tenant null: all that are not closed */
function lastSweeps(database: Pick<Transaction, '$queryRaw'>, tenant: string | null): Promise<Row[]> {
  return database.$queryRaw<Row[]>`
    SELECT t.id AS tenant, s.id, s.repair, s.finished_at_us, s.items_asked, s.items_unanswered,
           coalesce(d.drift, '{}') AS drift,
           (now_us() - greatest(s.finished_at_us, t.opened_at_us, t.created_at_us))::float8 / 1000000 AS age_seconds
      FROM tenant t
      LEFT JOIN LATERAL (SELECT x.* FROM sweep x WHERE x.tenant_id = t.id AND x.state = 'completed'
                          ORDER BY x.finished_at_us DESC LIMIT 1) s ON true
      LEFT JOIN LATERAL (
        SELECT jsonb_object_agg(k.kind, k.items ORDER BY k.kind) AS drift
          FROM (SELECT f.kind, count(*) AS items FROM sweep_finding f
                 WHERE f.sweep_id = s.id AND f.mended_at_us IS NULL GROUP BY f.kind) k) d ON true
     WHERE ${tenant}::text = t.id OR (${tenant}::text IS NULL AND t.state <> 'closed')
     ORDER BY t.id`;
}
