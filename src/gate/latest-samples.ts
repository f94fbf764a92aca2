import type { Transaction } from '../database/client.ts';
import type { SignalVerdict } from '../domain/judge-signals.ts';
import { SIGNALS, type SignalName, type Verdict } from '../domain/signals.ts';
import type { Micros } from '../domain/time.ts';
import type { StorefrontReading } from '../signals/signal.ts';

export interface LatestSample extends SignalVerdict {
  value: number | null;
  /** Of each storefront, where several were open. */
  storefronts: StorefrontReading[];
}

/**
 * The samples of a tenant that were written down last, if they are of a moment since it was opened: what was green
 * before a rollback says nothing of now. Of a closed tenant there are none. It is the order of writing that counts: by
 * the clock, which may have gone back, an older sample could hide a newer miss.
 */
export async function readLatestSamples(
  transaction: Pick<Transaction, '$queryRaw'>,
  tenant: string,
): Promise<{ sampledAt: Micros | null; samples: LatestSample[] }> {
  const rows = await transaction.$queryRaw<
    {
      signal: string;
      supplier_id: string | null;
      value: number | null;
      verdict: string;
      reason: string;
      storefronts: StorefrontReading[] | null;
      sampled_at_us: bigint;
    }[]
  >`
    WITH last AS (
      SELECT x.sampled_at_us AS at_us
        FROM tenant t
       CROSS JOIN LATERAL (
         SELECT y.sampled_at_us FROM signal_sample y
          WHERE y.tenant_id = t.id AND NOT y.hourly ORDER BY y.id DESC LIMIT 1) x
       WHERE t.id = ${tenant} AND t.state <> 'closed' AND x.sampled_at_us >= coalesce(t.opened_at_us, 0))
    SELECT DISTINCT ON (x.signal, x.supplier_id) x.signal, x.supplier_id, x.value, x.verdict, x.reason, x.storefronts,
           x.sampled_at_us
      FROM last JOIN signal_sample x ON x.sampled_at_us = last.at_us
     WHERE x.tenant_id = ${tenant} AND NOT x.hourly AND x.signal = ANY (${[...SIGNALS]}::text[])
     ORDER BY x.signal, x.supplier_id, x.id DESC`;
  return {
    sampledAt: rows[0]?.sampled_at_us ?? null,
    samples: rows.map(({ signal, supplier_id: supplier, value, verdict, reason, storefronts }) => ({
      signal: signal as SignalName,
      supplier,
      value,
      verdict: verdict as Verdict,
      reason,
      storefronts: storefronts ?? [],
    })),
  };
}
