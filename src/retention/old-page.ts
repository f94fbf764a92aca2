import type { Database } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';

/** An event's place in the order of arrival. */
export interface OldPlace {
  receivedAt: Micros;
  seq: bigint;
}

interface OldPage {
  seqs: bigint[];
  /** The last of them; undefined after the last page. */
  next: OldPlace | undefined;
}

const PAGE = 1_000;
const FIRST: OldPlace = { receivedAt: -9_000_000_000_000_000n, seq: 0n };

/** The next events that were received before a moment, the oldest first, whether they may go or not. */
export async function readOldPage(
  database: Pick<Database, '$queryRaw'>,
  { tenant, cutoff }: { tenant: string; cutoff: Micros },
  after: OldPlace = FIRST,
): Promise<OldPage> {
  const rows = await database.$queryRaw<{ seq: bigint; received_at_us: bigint }[]>`
    SELECT e.seq, e.received_at_us FROM supplier_event e
     WHERE e.tenant_id = ${tenant} AND e.received_at_us < ${cutoff}
       AND (e.received_at_us, e.seq) > (${after.receivedAt}, ${after.seq})
     ORDER BY e.received_at_us, e.seq
     LIMIT ${PAGE}::integer`;
  const last = rows.at(-1);
  return {
    seqs: rows.map(({ seq }) => seq),
    next: rows.length === PAGE && last ? { receivedAt: last.received_at_us, seq: last.seq } : undefined,
  };
}

/** Those of some events that may go, as things stand. */
export async function whichMayGo(
  database: Pick<Database, '$queryRaw'>,
  seqs: readonly bigint[],
  cutoff: Micros,
): Promise<bigint[]> {
  if (seqs.length === 0) return [];
  const rows = await database.$queryRaw<{ seq: bigint }[]>`
    SELECT x AS seq FROM prunable_events(${[...seqs]}::bigint[], ${cutoff}::bigint) x ORDER BY x`;
  return rows.map(({ seq }) => seq);
}
