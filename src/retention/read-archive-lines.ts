import type { Database } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';

export interface ArchiveLine {
  seq: bigint;
  receivedAt: Micros;
  /** JSON: the event's row, and those that go with it, column by column. */
  line: string;
}

/** What an archive keeps of some events, in the order of their numbers. */
export async function readArchiveLines(
  database: Pick<Database, '$queryRaw'>,
  seqs: readonly bigint[],
): Promise<ArchiveLine[]> {
  const rows = await database.$queryRaw<{ seq: bigint; received_at_us: bigint; line: string }[]>`
    SELECT e.seq, e.received_at_us,
           (jsonb_build_object(
             'event', to_jsonb(e) || jsonb_build_object('digest', encode(e.digest, 'hex')),
             'versions', coalesce((SELECT jsonb_agg(to_jsonb(v) ORDER BY v.version)
                                     FROM catalog_item_version v WHERE v.event_seq = e.seq), '[]'),
             'publishAttempts', coalesce((SELECT jsonb_agg(to_jsonb(a) ORDER BY a.id)
                                            FROM catalog_item_version v
                                            JOIN publish_attempt a ON a.item_id = v.item_id AND a.version = v.version
                                           WHERE v.event_seq = e.seq), '[]'),
             'duplicates', coalesce((SELECT c.duplicates FROM duplicate_count c WHERE c.seq = e.seq), 0),
             'conflicts', coalesce((SELECT c.conflicts FROM duplicate_count c WHERE c.seq = e.seq), 0),
             'deliveries', coalesce((SELECT jsonb_agg(to_jsonb(d) ORDER BY d.id)
                                       FROM duplicate_delivery d WHERE d.seq = e.seq), '[]'))
            || coalesce((SELECT jsonb_build_object('code', to_jsonb(c) - 'seq') FROM event_code c WHERE c.seq = e.seq),
                        '{}'))::text AS line
      FROM supplier_event e
     WHERE e.seq = ANY (${[...seqs]}::bigint[])
     ORDER BY e.seq`;
  return rows.map(({ seq, received_at_us: receivedAt, line }) => ({ seq, receivedAt, line }));
}
