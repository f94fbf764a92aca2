import { LATECOMER, type Soak, type Span } from './soak.ts';

/** An event's way, in ms since 1970. */
export interface Way {
  seq: string;
  tenant: string;
  supplier: string;
  receivedMs: number;
  doneMs: number;
}

export interface Lags {
  events: number;
  /** In s. */
  p50: number;
  p95: number;
  max: number;
}

export interface Recovery {
  name: string;
  times: number;
  /** From the fault's begin until an event received after it was through; the longest, in s. */
  goesOnAfter: number;
  /** The slowest event that was received from shortly before the fault to its end, in s. */
  slowest: number;
}

const SHORTLY_MS = 2_000;

/**
 * Of each event that was not held: from its receipt until it was decided and, where it made a version, the storefront
 * had accepted that one or a newer one.
 */
export async function readWays({ product, closed, begunMs }: Soak, ofTenant?: string): Promise<Way[]> {
  const rows = await product.sql<Record<'seq' | 'tenant' | 'supplier' | 'received' | 'done', string>>(
    `SELECT e.seq, e.tenant_id AS tenant, e.supplier_id AS supplier, e.received_at_us / 1000 AS received,
            greatest(e.decided_at_us, CASE WHEN e.rule IN ('first', 'newer', 'lower_quantity') THEN (
              SELECT min(a.finished_at_us) FROM publish_attempt a
               WHERE a.item_id = e.item_id AND a.version >= e.version AND a.status = 'accepted') END) / 1000 AS done
       FROM supplier_event e
      WHERE e.decided_at_us IS NOT NULL AND e.kind <> 'void' AND e.received_at_us >= $1
        AND e.tenant_id = coalesce($2, e.tenant_id)`,
    [begunMs * 1_000, ofTenant ?? null],
  );
  const ways = rows.map(({ seq, tenant, supplier, received, done }) => {
    return { seq, tenant, supplier, receivedMs: Number(received), doneMs: Number(done) };
  });
  return ways.filter(
    (way) =>
      way.supplier !== LATECOMER.supplier &&
      !closed.some(
        ({ tenant, supplier, fromMs, toMs }) =>
          tenant === way.tenant &&
          (supplier ?? way.supplier) === way.supplier &&
          fromMs <= way.doneMs &&
          way.receivedMs <= toMs,
      ),
  );
}

export function lagsOf(ways: readonly Way[]): Lags {
  const sorted = ways.map(lagOf).toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
  return { events: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) };
}

export function recoveriesOf(faults: readonly (Span & { name: string })[], ways: readonly Way[]): Recovery[] {
  const byName = new Map<string, Recovery>();
  for (const { name, fromMs, toMs } of faults) {
    const known = byName.get(name) ?? { name, times: 0, goesOnAfter: 0, slowest: 0 };
    const later = ways.filter(({ receivedMs }) => receivedMs >= fromMs);
    const goesOn = least(later.map(({ doneMs }) => (doneMs - fromMs) / 1_000));
    const around = ways.filter((way) => way.receivedMs >= fromMs - SHORTLY_MS && way.receivedMs <= toMs);
    byName.set(name, {
      name,
      times: known.times + 1,
      goesOnAfter: Math.max(known.goesOnAfter, goesOn),
      slowest: Math.max(known.slowest, ...around.map(lagOf)),
    });
  }
  return [...byName.values()];
}

function lagOf({ receivedMs, doneMs }: Way): number {
  return (doneMs - receivedMs) / 1_000;
}

/** 0 without any: a fault at the very end has nothing after it. */
function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), values[0] ?? 0);
}
