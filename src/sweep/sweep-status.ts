import type { Database } from '../database/client.ts';
import type { FindingKind, SweepPhase, SweepState, SweepWay } from '../domain/sweep.ts';
import { formatTime } from '../domain/time.ts';
import type { Sweep } from '../generated/prisma/client.ts';
import { putOffOf } from './turns.ts';

/** How a sweep stands, as the CLI and the API say it. Times are RFC 3339. */
export interface SweepStatus {
  sweepId: string;
  tenant: string;
  state: SweepState;
  phase: SweepPhase;
  repair: boolean;
  requestedBy: string;
  /** Most items a second that are asked for one by one. */
  rate: number;
  /** Null: not known yet. */
  way: SweepWay | null;
  /** Why not by the storefront's list. */
  wayReason: string | null;
  createdAt: string;
  finishedAt: string | null;
  /** Why it failed. */
  failure: string | null;
  /** Since when a storefront has not answered, and what it said last; of several, the reason names it. */
  silence: { since: string; reason: string } | null;
  /** Storefronts whose other items were left out because they did not answer any more. */
  passedOver: string[];
  items: {
    /** Null: not counted yet. */
    total: number | null;
    /** Those that it has gone through, those of them that the storefront answered for, and those it did not. */
    done: number;
    asked: number;
    unanswered: number;
  };
  findings: { total: number; repaired: number; mended: number };
  /** What is not mended, by kind. */
  drift: Partial<Record<FindingKind, number>>;
}

/** Reads how a sweep stands. @returns undefined when there is none */
export async function readSweepStatus(
  database: Pick<Database, 'sweep' | '$queryRaw'>,
  sweepId: string,
): Promise<SweepStatus | undefined> {
  const row = await database.sweep.findUnique({ where: { id: sweepId } });
  return row ? (await statusesOf(database, [row]))[0] : undefined;
}

/** A sweep's place in the list. */
export interface SweepPlace {
  createdAt: bigint;
  sweepId: string;
}

/** Lists sweeps, of one tenant or of all, the newest first. */
export async function listSweeps(
  database: Pick<Database, 'sweep' | '$queryRaw'>,
  page: { tenant: string | undefined; before?: SweepPlace | undefined; limit: number },
): Promise<{ sweeps: SweepStatus[]; next: SweepPlace | undefined }> {
  const { tenant, before, limit } = page;
  const rows = await database.sweep.findMany({
    where: {
      ...(tenant !== undefined && { tenantId: tenant }),
      ...(before && {
        OR: [
          { createdAtUs: { lt: before.createdAt } },
          { createdAtUs: before.createdAt, id: { lt: before.sweepId } },
        ],
      }),
    },
    orderBy: [{ createdAtUs: 'desc' }, { id: 'desc' }],
    take: limit,
  });
  const last = rows.at(-1);
  return {
    sweeps: await statusesOf(database, rows),
    next: rows.length === limit && last ? { createdAt: last.createdAtUs, sweepId: last.id } : undefined,
  };
}

async function statusesOf(
  database: Pick<Database, '$queryRaw'>,
  rows: readonly Sweep[],
): Promise<SweepStatus[]> {
  const counts = await database.$queryRaw<
    { sweep_id: string; kind: FindingKind; total: number; repaired: number; mended: number }[]
  >`
    SELECT f.sweep_id, f.kind, count(*)::integer AS total, count(f.repaired_version)::integer AS repaired,
           count(f.mended_at_us)::integer AS mended
      FROM sweep_finding f WHERE f.sweep_id = ANY (${rows.map(({ id }) => id)}::text[])
     GROUP BY 1, 2 ORDER BY 1, 2`;
  return rows.map((row) => {
    const own = counts.filter(({ sweep_id: id }) => id === row.id);
    const left = own.filter(({ total, mended }) => total > mended);
    return {
      ...requestOf(row),
      findings: {
        total: sum(own.map(({ total }) => total)),
        repaired: sum(own.map(({ repaired }) => repaired)),
        mended: sum(own.map(({ mended }) => mended)),
      },
      drift: Object.fromEntries(left.map(({ kind, total, mended }) => [kind, total - mended])),
    };
  });
}

function requestOf(row: Sweep): Omit<SweepStatus, 'findings' | 'drift'> {
  return {
    sweepId: row.id,
    tenant: row.tenantId,
    state: row.state as SweepState,
    phase: row.phase as SweepPhase,
    repair: row.repair,
    requestedBy: row.requestedBy,
    rate: row.ratePerSecond,
    way: row.way as SweepWay | null,
    wayReason: row.wayReason,
    createdAt: formatTime(row.createdAtUs),
    finishedAt: row.finishedAtUs === null ? null : formatTime(row.finishedAtUs),
    failure: row.failure,
    silence: silenceOf(row),
    passedOver: row.passedOver,
    items: {
      total: row.itemsTotal,
      done: row.itemsDone,
      asked: row.itemsAsked,
      unanswered: row.itemsUnanswered,
    },
  };
}

/** Of the storefront that is asked, or of the first one that is asked again after the others. */
function silenceOf(row: Sweep): SweepStatus['silence'] {
  if (row.state !== 'running') return null;
  if (row.silentSinceUs !== null)
    return { since: formatTime(row.silentSinceUs), reason: row.silentReason ?? '' };
  const [first] = putOffOf(row);
  return first ? { since: formatTime(BigInt(first.sinceUs)), reason: first.reason } : null;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
