-- What standing events come to by a stock rule: src/domain/stock.ts says the same, and tests hold the two against each
-- other. p_standing: [{"seq","supplier","location","eventId","quantity","updatedAtUs","expired"}], one of a supplier and
-- location at most. No row without any.
-- stock: pieces before what is kept back of the item. lead_seq: the greatest event that counts; where none does, the
-- greatest. shares: p_standing, the greatest first, each with "counts" and "why", and "behind" whom it stands.
CREATE OR REPLACE FUNCTION weigh_stock(p_rule_id integer, p_standing jsonb)
 RETURNS TABLE(stock bigint, quantity integer, lead_seq bigint, shares jsonb)
 LANGUAGE sql
 STABLE
AS $$
  WITH rule AS (
    SELECT r.* FROM stock_rule r WHERE r.id = p_rule_id
  ), standing AS (
    SELECT s.*, greatest(0, s.quantity) AS pieces,
           row_number() OVER (ORDER BY s."updatedAtUs" DESC, s.quantity, s.supplier COLLATE "C" DESC,
                                       s."eventId" COLLATE "C" DESC) AS place
      FROM jsonb_to_recordset(p_standing)
             AS s (seq bigint, supplier text, location text, "eventId" text, quantity integer, "updatedAtUs" bigint,
                   expired boolean)
  ), greatest_one AS (
    SELECT s.*, s.supplier = 'manual' AS corrects FROM standing s WHERE s.place = 1
  ), figure AS (
    SELECT s.supplier, min(s.place) AS place,
           greatest(0, sum(s.pieces) - coalesce((r.supplier_reserves ->> s.supplier)::bigint, 0)) AS pieces
      FROM standing s CROSS JOIN rule r
     WHERE NOT s.expired AND s.supplier <> 'manual'
     GROUP BY s.supplier, r.supplier_reserves
  ), first_figure AS (
    SELECT f.* FROM figure f CROSS JOIN rule r
     ORDER BY CASE WHEN r.rule = 'priority' AND f.pieces = 0 THEN 1 ELSE 0 END,
              CASE r.rule WHEN 'priority' THEN coalesce(array_position(r.supplier_order, f.supplier), 1000000)
                          WHEN 'lowest' THEN f.pieces END,
              CASE WHEN r.rule = 'priority' THEN f.supplier COLLATE "C" END,
              f.place
     LIMIT 1
  ), chosen AS (
    SELECT f.supplier, f.pieces FROM figure f CROSS JOIN rule r CROSS JOIN first_figure x
     WHERE r.rule = 'sum' OR f.supplier = x.supplier
  ), told AS (
    SELECT s.*,
           CASE WHEN g.corrects THEN CASE WHEN s.place = 1 THEN 'corrects' ELSE 'corrected' END
                WHEN s.supplier = 'manual' THEN 'correction_is_over'
                WHEN s.expired THEN 'expired'
                WHEN EXISTS (SELECT 1 FROM chosen c WHERE c.supplier = s.supplier) THEN 'counts'
                ELSE 'behind' END AS why
      FROM standing s CROSS JOIN greatest_one g
  ), total AS (
    SELECT CASE WHEN g.corrects THEN g.pieces ELSE coalesce((SELECT sum(c.pieces) FROM chosen c), 0) END AS stock,
           g.corrects
      FROM greatest_one g
  )
  SELECT t.stock::bigint,
         CASE WHEN t.corrects THEN t.stock
              ELSE greatest(0, least(t.stock - r.reserve, coalesce(r.max_shown, 2147483647))) END::integer,
         (SELECT s.seq FROM told s ORDER BY s.why IN ('counts', 'corrects') DESC, s.place LIMIT 1),
         (SELECT jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
                   'seq', s.seq, 'supplier', s.supplier, 'location', s.location, 'eventId', s."eventId",
                   'quantity', s.quantity, 'updatedAtUs', s."updatedAtUs", 'expired', s.expired,
                   'counts', s.why IN ('counts', 'corrects'), 'why', s.why,
                   'behind', CASE WHEN s.why = 'behind' THEN (SELECT x.supplier FROM first_figure x) END))
                   ORDER BY s.place)
            FROM told s)
    FROM total t CROSS JOIN rule r
$$;
