-- Takes events out of the ledger again that came into it in this very transaction: they were known, and pruned.
CREATE OR REPLACE FUNCTION withdraw_events(p_seqs bigint[])
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
BEGIN
  DELETE FROM supplier_event e WHERE e.seq = ANY (p_seqs);
END $$;
