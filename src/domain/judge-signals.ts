import { SIGNALS, type SignalName, type Verdict } from './signals.ts';

/** What one signal said of a tenant (supplier null) or of one of its suppliers. */
export interface SignalVerdict {
  signal: SignalName;
  supplier: string | null;
  verdict: Verdict;
  reason: string;
}

/** A signal of a tenant as the gate goes by it. */
export interface JudgedSignal {
  signal: SignalName;
  verdict: Verdict;
  reason: string;
  /** Whose reading it is: null, the tenant's. */
  supplier: string | null;
}

/**
 * A tenant's signals, in their order. The tenant's reading counts, and so does an open supplier's that missed: a
 * small sick supplier must not hide behind a large healthy one. A supplier with too little data alone holds up nobody.
 * A signal that was not read is inconclusive.
 */
export function judgeSignals(
  readings: readonly SignalVerdict[],
  openSuppliers: ReadonlySet<string>,
): JudgedSignal[] {
  return SIGNALS.map((signal) => {
    const own = readings.filter((one) => one.signal === signal);
    const tenant = own.find(({ supplier }) => supplier === null);
    if (tenant?.verdict !== 'miss') {
      const missed = own.find(
        ({ supplier, verdict }) => verdict === 'miss' && supplier !== null && openSuppliers.has(supplier),
      );
      if (missed) {
        return { ...missed, reason: `supplier ${missed.supplier ?? ''}: ${missed.reason}` };
      }
    }
    return tenant ?? { signal, supplier: null, verdict: 'inconclusive', reason: 'it was not read' };
  });
}
