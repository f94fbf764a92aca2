import type { Database } from '../database/client.ts';

/** Of the spans that took events in, by the numbers of the events; without those that came while tracing was off. */
export async function readTraceparents(
  database: Database,
  seqs: readonly string[],
): Promise<Map<string, string>> {
  const rows = await database.$queryRaw<{ seq: bigint; traceparent: string }[]>`
    /* prepared */ SELECT seq, traceparent FROM supplier_event
      WHERE seq = ANY (${seqs.map(BigInt)}::bigint[]) AND traceparent IS NOT NULL`;
  return new Map(rows.map(({ seq, traceparent }) => [seq.toString(), traceparent]));
}
