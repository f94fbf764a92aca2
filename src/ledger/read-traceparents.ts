import type { Database } from '../database/client.ts';
import { preparedQuery } from '../database/prepared-query.ts';
import { Prisma } from '../generated/prisma/client.ts';

/** Of the spans that took events in, by the numbers of the events; without those that came while tracing was off. */
export async function readTraceparents(
  database: Database,
  seqs: readonly string[],
): Promise<Map<string, string>> {
  const rows = await preparedQuery<{ seq: bigint; traceparent: string }>(
    database,
    Prisma.sql`
    SELECT seq, traceparent FROM supplier_event
      WHERE seq = ANY (${seqs.map(BigInt)}::bigint[]) AND traceparent IS NOT NULL`,
  );
  return new Map(rows.map(({ seq, traceparent }) => [seq.toString(), traceparent]));
}
