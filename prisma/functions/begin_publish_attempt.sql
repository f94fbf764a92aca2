-- Opens an attempt to tell a storefront an item's current version, unless there is a reason not to.
-- verdict: send (attempt_id is then given), withheld (a flag is closed), overtaken, postponed (something newer of the item is
-- due: for two seconds from its making the version waits to be overtaken), accepted (told already), or what
-- next_storefront says, which also says which one it is; with all storefronts closed, withheld. queue: it has limits, and
-- the turn at hand (p_turn) is not one of its. Without p_message_id the message has the id that message_id gives it. The flag
-- is that of the event that made the version, which in a replay need not be the event at hand; and a replay tells a version that is accepted again, once. Which version is told comes through
-- Temporal: live it has to be one that the event made, in a replay one from when the item's last event had its outcome; any
-- other raises no_data_found.
CREATE OR REPLACE FUNCTION begin_publish_attempt(p_seq bigint, p_item_id text, p_version integer,
                                                 p_workflow_id text, p_message_id text, p_replay_id text,
                                                 p_failed text[] DEFAULT '{}'::text[],
                                                 p_turn text DEFAULT NULL::text)
 RETURNS TABLE(verdict text, attempt_id bigint, quantity integer, storefront text, kind text, url text, config jsonb,
               secret bytea, secret_before bytea, several boolean, limits jsonb, message_id text)
 LANGUAGE plpgsql
 SET enable_seqscan TO 'off'
AS $$
#variable_conflict use_column
DECLARE
  e supplier_event%ROWTYPE;
  v_supplier text;
  v_quantity integer;
  v_publication text;
  v_event_seq bigint;
  v_current integer;
  v_made bigint;
  v_postpones boolean;
  v_updated_at bigint;
  v_verdict text;
  v_attempt bigint;
  v_storefront text;
  v_several boolean;
  v_limits jsonb;
  v_message_id text := coalesce(p_message_id, message_id(p_item_id, p_version, p_replay_id));
BEGIN
  SELECT * INTO STRICT e FROM supplier_event x WHERE x.seq = p_seq;
  PERFORM pg_advisory_xact_lock_shared(tenant_lock(e.tenant_id));
  PERFORM pg_advisory_xact_lock_shared(item_lock(p_item_id));
  SELECT v.quantity, v.publication, v.event_seq, v.created_at_us, v.updated_at_us, m.supplier_id
    INTO STRICT v_quantity, v_publication, v_event_seq, v_made, v_updated_at, v_supplier
    FROM catalog_item_version v JOIN supplier_event m ON m.seq = v.event_seq
   WHERE v.item_id = p_item_id AND v.version = p_version;
  IF p_replay_id IS NULL AND v_event_seq <> p_seq
     OR p_replay_id IS NOT NULL AND NOT EXISTS (
       SELECT 1 FROM replay_event x
         JOIN replay_item o ON o.replay_id = x.replay_id AND o.item_id = p_item_id
        WHERE x.replay_id = p_replay_id AND x.seq = p_seq AND x.is_last AND x.outcome IS NOT NULL
          AND p_version >= coalesce(o.version_after, 0))
  THEN
    RAISE no_data_found USING MESSAGE = format('version %s of %s is not for event %s to tell', p_version, p_item_id, p_seq);
  END IF;
  SELECT i.version INTO v_current FROM catalog_item i WHERE i.item_id = p_item_id;

  v_verdict := CASE
    WHEN v_current IS DISTINCT FROM p_version THEN 'overtaken'
    WHEN v_publication = 'accepted' AND p_replay_id IS NULL THEN 'accepted'
    WHEN EXISTS (SELECT 1 FROM replay_item x
                  WHERE x.replay_id = p_replay_id AND x.item_id = p_item_id
                    AND x.published_version = p_version AND x.publication = 'accepted') THEN 'accepted'
    WHEN NOT event_flows(e.tenant_id, v_supplier) THEN 'withheld'
    ELSE 'send' END;
  IF v_verdict = 'send' THEN
    SELECT n.verdict, n.storefront, n.several INTO v_verdict, v_storefront, v_several
      FROM next_storefront(e.tenant_id, p_item_id, p_version, p_replay_id, p_failed) n;
    SELECT s.limits INTO v_limits FROM storefront s WHERE s.tenant_id = e.tenant_id AND s.name = v_storefront;
    v_verdict := CASE WHEN v_verdict = 'closed' THEN 'withheld'
                      WHEN v_verdict = 'send' AND v_limits IS NOT NULL AND v_storefront IS DISTINCT FROM p_turn THEN 'queue'
                      ELSE v_verdict END;
  END IF;
  -- A worker of the release that gives its own id knows no such answer. What was made in the future, by a clock that has gone
  -- back since, would wait for longer.
  v_postpones := v_verdict = 'send' AND p_message_id IS NULL AND p_replay_id IS NULL AND v_publication = 'due'
    AND v_made BETWEEN now_us() - postpone_us() + 1 AND now_us() AND awaits_newer(e.tenant_id, p_item_id, v_updated_at);
  IF v_postpones THEN
    -- The first that nobody was told of counts: versions that wait for the next one, each, would leave an item that changes
    -- all the time untold for ever.
    SELECT coalesce(min(o.created_at_us), v_made) INTO v_made FROM catalog_item_version o
     WHERE o.item_id = p_item_id AND o.version <= p_version
       AND o.version > coalesce((SELECT max(a.version) FROM publish_attempt a WHERE a.item_id = p_item_id), 0);
  END IF;
  IF v_postpones AND v_made > now_us() - postpone_us() THEN
    v_verdict := 'postponed';
    v_storefront := NULL;
    -- Whoever makes the newer version takes this due time away: see overtake_versions.
    UPDATE supplier_event x SET start_due_us = v_made + postpone_us(), started_by = NULL
     WHERE x.seq = p_seq AND x.decision IS NOT NULL;
  END IF;

  IF v_verdict = 'send' THEN
    INSERT INTO publish_attempt (item_id, version, event_seq, workflow_id, replay_id, message_id, storefront)
    VALUES (p_item_id, p_version, p_seq, p_workflow_id, p_replay_id, v_message_id, v_storefront)
    RETURNING id INTO v_attempt;
  ELSIF v_verdict = 'rejected' AND p_replay_id IS NULL AND v_publication IN ('due', 'withheld') THEN
    -- Nobody else is left to say how it ends: the no came first, or those who were waited for are closed or gone.
    PERFORM end_publication(p_item_id, p_version, 'rejected', (
      SELECT a.reason FROM publish_attempt a
        LEFT JOIN storefront s ON s.tenant_id = a.tenant_id AND s.name = a.storefront
       WHERE a.item_id = p_item_id AND a.version = p_version AND a.status = 'rejected'
         AND coalesce(s.state, 'open') = 'open' AND a.id > coalesce(s.nos_from, 0)
       ORDER BY a.id DESC LIMIT 1));
  ELSIF v_verdict NOT IN ('later', 'rejected', 'queue', 'postponed') THEN
    -- By all that are open now, whoever was waited for. What a replay is done with may be due again for another one.
    IF v_verdict = 'accepted' AND v_publication <> 'accepted' AND v_several IS NOT NULL THEN
      PERFORM end_publication(p_item_id, p_version, 'accepted', NULL);
    END IF;
    IF p_replay_id IS NULL THEN
      -- Whatever else of the event is to be done, is still to be done.
      UPDATE supplier_event x
         SET start_due_us = NULL, held_at_us = CASE WHEN v_verdict = 'withheld' THEN now_us() END
       WHERE x.seq = p_seq AND x.decision IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM catalog_item_version o
                          WHERE o.event_seq = p_seq AND o.publication IN ('due', 'withheld')
                            AND (o.item_id, o.version) <> (p_item_id, p_version));
    ELSE
      -- Opened flags let go what is withheld, by the event that made the version.
      UPDATE supplier_event x SET start_due_us = NULL, held_at_us = now_us()
       WHERE x.seq = v_event_seq AND v_verdict = 'withheld' AND v_publication IN ('due', 'withheld');
      UPDATE replay_item x SET published_version = p_version, publication = v_verdict
       WHERE x.replay_id = p_replay_id AND x.item_id = p_item_id;
      PERFORM finish_replay_event(p_replay_id, p_seq, NULL, NULL);
    END IF;
    IF v_verdict IN ('withheld', 'overtaken') THEN
      UPDATE catalog_item_version v SET publication = v_verdict, publication_at_us = now_us()
       WHERE v.item_id = p_item_id AND v.version = p_version AND v.publication IN ('due', 'withheld');
    END IF;
  END IF;
  RETURN QUERY SELECT v_verdict, v_attempt, v_quantity, v_storefront, s.kind, s.url, s.config, s.secret,
                      CASE WHEN s.secret_before_until_us > now_us() THEN s.secret_before END, v_several, v_limits,
                      v_message_id
    FROM tenant t LEFT JOIN storefront s ON s.tenant_id = t.id AND s.name = v_storefront
   WHERE t.id = e.tenant_id;
END $$;
