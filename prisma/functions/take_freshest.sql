-- Takes those events of tenants that would stand as far as the ledger knows (see rank_events), of each tenant the first to
-- arrive, as many as p_limits says; none that another worker is just taking. Whether they are due is the caller's to see.
CREATE OR REPLACE FUNCTION take_freshest(p_tenants text[], p_limits integer[], p_behind boolean, p_room integer)
 RETURNS bigint[]
 LANGUAGE sql
AS $$
  WITH freshest AS MATERIALIZED (
    SELECT f.ctid AS place
      FROM unnest(p_tenants, p_limits) WITH ORDINALITY AS t (tenant_id, most, no)
     CROSS JOIN LATERAL (
       SELECT x.ctid FROM freshest_event x
        WHERE x.tenant_id = t.tenant_id AND x.behind = p_behind
        ORDER BY x.seq
        LIMIT t.most
          FOR UPDATE SKIP LOCKED) f
     LIMIT p_room
  ), taken AS (
    DELETE FROM freshest_event x USING freshest f WHERE x.ctid = f.place RETURNING x.seq
  )
  SELECT coalesce(array_agg(t.seq), '{}') FROM taken t
$$;
