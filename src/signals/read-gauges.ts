import type { Database } from '../database/client.ts';
import type { TenantState } from '../domain/flags.ts';
import { judgeSignals } from '../domain/judge-signals.ts';
import { SIGNALS, type SignalName, type Verdict } from '../domain/signals.ts';
import { SAMPLE_VALID_US } from '../domain/verdict.ts';
import type { GateGauges } from '../telemetry/gauges.ts';
import { SIGNALS_BY_NAME } from './index.ts';

interface Row {
  tenant: string;
  state: TenantState;
  now_us: bigint;
  sampled_at_us: bigint | null;
  /** Of the last sample; or, if that is later or there is none, of when the tenant was opened or made. */
  since_us: bigint;
  old_items: bigint;
  wrong_items: bigint;
  samples: {
    signal: SignalName;
    supplier: string | null;
    open: boolean;
    value: number | null;
    verdict: Verdict;
  }[];
}

/**
 * What the launch gate's samples say of each tenant that is not closed, for whoever watches from outside. It is read
 * from the database by a process that does not sample: so a gate that is dead shows by the age of its last sample, and
 * its verdicts become inconclusive.
 */
export async function readGauges(database: Pick<Database, '$queryRaw'>): Promise<GateGauges[]> {
  const rows = await database.$queryRaw<Row[]>`
    WITH last AS (
      SELECT t.id, t.state, coalesce(x.sampled_at_us, t.opened_at_us, t.created_at_us) AS since_us, x.sampled_at_us
        FROM tenant t
        LEFT JOIN LATERAL (
          SELECT y.sampled_at_us FROM signal_sample y WHERE y.tenant_id = t.id AND NOT y.hourly
           ORDER BY y.id DESC LIMIT 1) x ON true
       WHERE t.state <> 'closed'
    )
    SELECT l.id AS tenant, l.state, l.sampled_at_us, now_us() AS now_us, greatest(l.since_us, t.opened_at_us) AS since_us,
           w.old_items, w.wrong_items,
           coalesce(jsonb_agg(jsonb_build_object('signal', x.signal, 'supplier', x.supplier_id, 'value', x.value,
                                                 'verdict', x.verdict, 'open', coalesce(s.state = 'open', false)))
             FILTER (WHERE x.id IS NOT NULL), '[]') AS samples
      FROM last l
      JOIN tenant t ON t.id = l.id
     CROSS JOIN LATERAL (
       SELECT count(DISTINCT p.item_id) FILTER (WHERE p.failure_mode = 'old_quantity_shown') AS old_items,
              count(DISTINCT p.item_id) FILTER (WHERE p.failure_mode = 'wrong_quantity_shown') AS wrong_items
         FROM storefront_probe p
        WHERE p.failure_mode IS NOT NULL AND p.probed_at_us > now_us() - 86400000000
          AND split_part(p.item_id, ':', 1) = l.id
          AND EXISTS (SELECT 1 FROM open_storefronts(ARRAY[l.id]) o
                       WHERE o.name = p.storefront AND p.probed_at_us > o.counts_from_us)
          AND NOT EXISTS (SELECT 1 FROM storefront_probe q
                           WHERE q.item_id = p.item_id AND q.storefront = p.storefront AND q.id > p.id)) w
      LEFT JOIN signal_sample x ON x.tenant_id = l.id AND x.sampled_at_us = l.sampled_at_us AND NOT x.hourly
       AND x.signal = ANY (${[...SIGNALS]}::text[])
      LEFT JOIN supplier s ON s.tenant_id = x.tenant_id AND s.id = x.supplier_id
     GROUP BY l.id, l.state, l.sampled_at_us, l.since_us, t.opened_at_us, w.old_items, w.wrong_items
     ORDER BY l.id`;
  return rows.map(gaugesOf);
}

function gaugesOf({ tenant, state, now_us, sampled_at_us, since_us, samples, ...row }: Row): GateGauges {
  const fresh =
    sampled_at_us !== null &&
    sampled_at_us >= since_us &&
    now_us - sampled_at_us <= SAMPLE_VALID_US &&
    // The clock may have gone back.
    sampled_at_us - now_us <= SAMPLE_VALID_US;
  const open = new Set(samples.filter((one) => one.open).map(({ supplier }) => supplier ?? ''));
  const judged = judgeSignals(
    samples.map((one) => ({ ...one, reason: '' })),
    open,
  );
  return {
    tenant,
    state,
    sampleAgeSeconds: Math.max(0, Number(now_us - since_us) / 1e6),
    shownWrong: {
      old_quantity_shown: Number(row.old_items),
      wrong_quantity_shown: Number(row.wrong_items),
    },
    signals: judged.map(({ signal, verdict, supplier }) => ({
      signal,
      owner: SIGNALS_BY_NAME[signal].owner,
      verdict: fresh ? verdict : 'inconclusive',
      value: fresh
        ? (samples.find((one) => one.signal === signal && one.supplier === supplier)?.value ?? null)
        : null,
    })),
  };
}
