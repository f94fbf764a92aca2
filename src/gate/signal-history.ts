import type { Transaction } from '../database/client.ts';
import type { JudgedSignal } from '../domain/judge-signals.ts';
import type { SignalName, Verdict } from '../domain/signals.ts';
import type { Micros } from '../domain/time.ts';

export interface TrendPoint {
  at: Micros;
  value: number | null;
  verdict: Verdict;
}

/** A tenant's last samples of a signal, oldest first. */
export async function readTrend(
  transaction: Pick<Transaction, 'signalSample'>,
  tenant: string,
  signal: SignalName,
  points: number,
): Promise<TrendPoint[]> {
  const rows = await transaction.signalSample.findMany({
    where: { tenantId: tenant, signal, supplierId: null },
    orderBy: { sampledAtUs: 'desc' },
    take: points,
  });
  return rows
    .map(({ sampledAtUs, value, verdict }) => ({ at: sampledAtUs, value, verdict: verdict as Verdict }))
    .toReversed();
}

/** From when on signals have said what they say, as far as samples reach back; those without any are left out. */
export async function readSinces(
  transaction: Pick<Transaction, '$queryRaw'>,
  tenant: string,
  judged: readonly Pick<JudgedSignal, 'signal' | 'supplier' | 'verdict'>[],
): Promise<Map<SignalName, Micros>> {
  if (judged.length === 0) return new Map();
  const rows = await transaction.$queryRaw<{ signal: SignalName; since: bigint }[]>`
    SELECT j.signal, first.sampled_at_us AS since
      FROM unnest(${judged.map(({ signal }) => signal)}::text[], ${judged.map(({ supplier }) => supplier)}::text[],
                  ${judged.map(({ verdict }) => verdict)}::text[]) AS j (signal, supplier, verdict)
      LEFT JOIN LATERAL (
        SELECT x.sampled_at_us FROM signal_sample x
         WHERE x.tenant_id = ${tenant} AND x.signal = j.signal AND x.supplier_id IS NOT DISTINCT FROM j.supplier
           AND x.verdict <> j.verdict
         ORDER BY x.sampled_at_us DESC LIMIT 1) other ON true
     CROSS JOIN LATERAL (
       SELECT x.sampled_at_us FROM signal_sample x
        WHERE x.tenant_id = ${tenant} AND x.signal = j.signal AND x.supplier_id IS NOT DISTINCT FROM j.supplier
          AND x.sampled_at_us > coalesce(other.sampled_at_us, -1)
        ORDER BY x.sampled_at_us LIMIT 1) first`;
  return new Map(rows.map(({ signal, since }) => [signal, since]));
}
