-- What the figures of a file that was read would do to those that its supplier has said before: see judge-file.ts.
-- p_snapshot_us: null where absence says nothing.
CREATE OR REPLACE FUNCTION feed_run_counts(p_run_id text, p_snapshot_us bigint)
 RETURNS TABLE(known bigint, above0 bigint, zeroed bigint, items bigint, unheard bigint)
 LANGUAGE sql
 STABLE
AS $$
  SELECT count(*) FILTER (WHERE c.heard), coalesce(sum(c.stocked), 0)::bigint, coalesce(sum(c.gone), 0)::bigint,
         count(*) FILTER (WHERE c.named),
         count(*) FILTER (WHERE c.named AND NOT c.heard)
    FROM feed_run r
    JOIN feed f ON f.tenant_id = r.tenant_id AND f.id = r.feed_id
   CROSS JOIN LATERAL figure_changes(r.tenant_id, f.supplier_id, f.id, r.id, NULL, p_snapshot_us) c
   WHERE r.id = p_run_id
$$;
