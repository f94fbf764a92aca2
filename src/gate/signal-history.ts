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

/** From when on a signal has said what it says, as far as samples reach back; undefined without any. */
export async function readSince(
  transaction: Pick<Transaction, 'signalSample'>,
  tenant: string,
  { signal, supplier, verdict }: Pick<JudgedSignal, 'signal' | 'supplier' | 'verdict'>,
): Promise<Micros | undefined> {
  const own = { tenantId: tenant, signal, supplierId: supplier };
  const other = await transaction.signalSample.findFirst({
    where: { ...own, verdict: { not: verdict } },
    orderBy: { sampledAtUs: 'desc' },
  });
  const first = await transaction.signalSample.findFirst({
    where: { ...own, ...(other && { sampledAtUs: { gt: other.sampledAtUs } }) },
    orderBy: { sampledAtUs: 'asc' },
  });
  return first?.sampledAtUs;
}
