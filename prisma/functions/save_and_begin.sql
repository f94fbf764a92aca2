-- save_catalog_item and, where there is a version to be told, begin_publish_attempt: in one transaction, so that the first
-- attempt costs no commit of its own. Without p_workflow_id it begins nothing; what it began, or why not, says verdict, null
-- where there is nothing to tell. Not for replays.
CREATE OR REPLACE FUNCTION save_and_begin(p_seq bigint, p_item_id text, p_sku text, p_rule_id integer, p_workflow_id text,
                                          p_failed text[])
 RETURNS TABLE(outcome text, rule text, version integer, quantity integer, publish boolean, lost_to_supplier text,
               lost_to_event text, decided_at_us bigint, fresh boolean, verdict text, attempt_id bigint, storefront text,
               kind text, url text, config jsonb, secret bytea, secret_before bytea, several boolean, limits jsonb,
               message_id text)
 LANGUAGE plpgsql
AS $$
DECLARE
  s record;
BEGIN
  SELECT * INTO STRICT s FROM save_catalog_item(p_seq, p_item_id, p_sku, NULL, p_rule_id);
  IF s.publish AND s.outcome IN ('won', 'applied') AND p_workflow_id IS NOT NULL THEN
    RETURN QUERY
    SELECT s.outcome, s.rule, s.version, s.quantity, s.publish, s.lost_to_supplier, s.lost_to_event, s.decided_at_us, s.fresh,
           b.verdict, b.attempt_id, b.storefront, b.kind, b.url, b.config, b.secret, b.secret_before, b.several, b.limits,
           b.message_id
      FROM begin_publish_attempt(p_seq, p_item_id, s.version, p_workflow_id, NULL, NULL, p_failed) b;
  ELSE
    RETURN QUERY
    SELECT s.outcome, s.rule, s.version, s.quantity, s.publish, s.lost_to_supplier, s.lost_to_event, s.decided_at_us, s.fresh,
           NULL::text, NULL::bigint, NULL::text, NULL::text, NULL::text, NULL::jsonb, NULL::bytea, NULL::bytea,
           NULL::boolean, NULL::jsonb, NULL::text;
  END IF;
END $$;
