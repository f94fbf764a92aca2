import type { Database } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';

/** An event's place in the order of arrival. */
export interface OldPlace {
  receivedAt: Micros;
  seq: bigint;
}

export interface PrunablePage {
  /** Events that may go. */
  seqs: bigint[];
  /** How many were looked at. */
  looked: number;
  /** The last that was looked at; undefined after the last page. */
  next: OldPlace | undefined;
}

const PAGE = 1_000;

/** Looks at the next events that were received before a moment, the oldest first: which of them may go? */
export async function readPrunablePage(
  database: Pick<Database, '$queryRaw'>,
  { tenant, cutoff }: { tenant: string; cutoff: Micros },
  after: OldPlace | undefined,
): Promise<PrunablePage> {
  const from = after ?? { receivedAt: -9_000_000_000_000_000n, seq: 0n };
  const rows = await database.$queryRaw<{ seq: bigint; received_at_us: bigint }[]>`
    SELECT e.seq, e.received_at_us FROM supplier_event e
     WHERE e.tenant_id = ${tenant} AND e.received_at_us < ${cutoff}
       AND (e.received_at_us, e.seq) > (${from.receivedAt}, ${from.seq})
     ORDER BY e.received_at_us, e.seq
     LIMIT ${PAGE}::integer`;
  if (rows.length === 0) return { seqs: [], looked: 0, next: undefined };
  const found = await database.$queryRaw<{ seq: bigint }[]>`
    SELECT x AS seq FROM prunable_events(${rows.map(({ seq }) => seq)}::bigint[], ${cutoff}::bigint) x ORDER BY x`;
  const last = rows.at(-1);
  return {
    seqs: found.map(({ seq }) => seq),
    looked: rows.length,
    next: rows.length === PAGE && last ? { receivedAt: last.received_at_us, seq: last.seq } : undefined,
  };
}
