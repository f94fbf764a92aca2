-- Keeps the last ten further deliveries of each kind of some events; duplicate_count knows how many there were.
CREATE OR REPLACE FUNCTION trim_deliveries(p_seqs bigint[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
BEGIN
  DELETE FROM duplicate_delivery d
   USING duplicate_count c, (VALUES (false), (true)) AS kind (conflict)
   WHERE c.seq = ANY (p_seqs) AND (CASE WHEN kind.conflict THEN c.conflicts ELSE c.duplicates END) > 10
     AND d.seq = c.seq AND d.conflict = kind.conflict
     AND d.id <= (SELECT x.id FROM duplicate_delivery x WHERE x.seq = c.seq AND x.conflict = kind.conflict
                   ORDER BY x.seq DESC, x.id DESC OFFSET 10 LIMIT 1);
END $$;
