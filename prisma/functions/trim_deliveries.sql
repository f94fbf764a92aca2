-- Keeps the last ten further deliveries of each kind of some events; duplicate_count knows how many there were.
CREATE OR REPLACE FUNCTION trim_deliveries(p_seqs bigint[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
 SET enable_seqscan TO 'off'
AS $$
BEGIN
  DELETE FROM duplicate_delivery d
   WHERE d.id = ANY (ARRAY(
     SELECT x.id
       FROM duplicate_count c
      CROSS JOIN (VALUES (false), (true)) AS kind (conflict)
      CROSS JOIN LATERAL (
        SELECT y.id FROM duplicate_delivery y WHERE y.seq = c.seq AND y.conflict = kind.conflict
         ORDER BY y.seq DESC, y.id DESC OFFSET 10) x
      WHERE c.seq = ANY (p_seqs) AND (CASE WHEN kind.conflict THEN c.conflicts ELSE c.duplicates END) > 10));
END $$;
