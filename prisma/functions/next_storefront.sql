-- Which of a tenant's open storefronts is to be told of a version next: one that has neither accepted nor rejected it, whose
-- elders (those of a lower place) all have accepted it, and that is none of p_failed; of several the one that was tried
-- longest ago, so that one that hangs takes no other's turn. What another one of its name said does not count
-- (counts_from), nor what it rejected before it was opened again (nos_from). A replay tells all of them again. verdict: send;
-- later (who is left waits for one of p_failed); rejected (nobody is left, or they stand behind one that said no); accepted
-- by all; closed (none is open). A tenant without a storefront has the default one, by the name of shop.
CREATE OR REPLACE FUNCTION next_storefront(p_tenant text, p_item_id text, p_version integer, p_replay_id text,
                                           p_failed text[])
 RETURNS TABLE(verdict text, storefront text, several boolean)
 LANGUAGE sql
 STABLE
AS $$
  WITH told AS (
    SELECT s.name, s.place,
           (SELECT a.status FROM publish_attempt a
             WHERE a.item_id = p_item_id AND a.version = p_version AND a.storefront = s.name
               AND a.replay_id IS NOT DISTINCT FROM coalesce(p_replay_id, a.replay_id)
               AND a.status IN ('accepted', 'rejected')
               AND a.id > CASE a.status WHEN 'accepted' THEN s.counts_from ELSE s.nos_from END
             ORDER BY a.status, a.id DESC LIMIT 1) AS said,
           (SELECT max(a.id) FROM publish_attempt a
             WHERE a.item_id = p_item_id AND a.version = p_version AND a.storefront = s.name) AS tried
      FROM open_storefronts(ARRAY[p_tenant]) s
  ), open_to AS (
    SELECT t.name, t.place, t.said, t.tried,
           EXISTS (SELECT 1 FROM told o WHERE o.place < t.place AND o.said IS DISTINCT FROM 'accepted') AS waits
      FROM told t
  ), next AS (
    SELECT o.name FROM open_to o
     WHERE o.said IS NULL AND NOT o.waits AND o.name <> ALL (p_failed)
     ORDER BY o.place, o.tried NULLS FIRST, o.name LIMIT 1
  )
  SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM told) THEN 'closed'
              WHEN EXISTS (SELECT 1 FROM next) THEN 'send'
              WHEN EXISTS (SELECT 1 FROM open_to o WHERE o.said IS NULL AND NOT o.waits) THEN 'later'
              WHEN EXISTS (SELECT 1 FROM open_to o WHERE o.said IS DISTINCT FROM 'accepted') THEN 'rejected'
              ELSE 'accepted' END,
         (SELECT n.name FROM next n), (SELECT count(*) > 1 FROM told)
$$;
