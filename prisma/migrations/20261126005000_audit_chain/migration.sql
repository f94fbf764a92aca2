-- The audit list says by whose right, by which request and from where something was done, and each entry is bound to
-- those before it by a hash.

ALTER TABLE "audit_entry" ADD COLUMN "address" TEXT,
ADD COLUMN "principal_kind" TEXT,
ADD COLUMN "principal_name" TEXT,
ADD COLUMN "request_id" TEXT,
ADD COLUMN "token_id" TEXT;

ALTER TABLE "audit_entry" ADD CONSTRAINT "audit_entry_principal_known"
  CHECK ("principal_kind" IN ('token', 'console', 'cli', 'process', 'nobody'));

-- What was done of a tenant stays when the tenant is erased.
ALTER TABLE "audit_entry" DROP CONSTRAINT "audit_entry_tenant_id_fkey";

-- By whose right a command of the gate was given, and who confirmed a condition of it.
ALTER TABLE "gate_request" ADD COLUMN "origin" JSONB;
ALTER TABLE "checklist_item" ADD COLUMN "origin" JSONB;

CREATE TABLE "audit_chain" (
    "no" BIGINT NOT NULL,
    "entry_id" BIGINT NOT NULL,
    "hash" BYTEA NOT NULL,

    CONSTRAINT "audit_chain_pkey" PRIMARY KEY ("no")
);

CREATE UNIQUE INDEX "audit_chain_entry_id_key" ON "audit_chain"("entry_id");

ALTER TABLE "audit_chain" ADD CONSTRAINT "audit_chain_entry_id_fkey" FOREIGN KEY ("entry_id") REFERENCES "audit_entry"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- What an audit entry says, with its place in the chain, in one text: the same bytes on every machine, because jsonb puts
-- names in an order of its own. What is null is left out, so that a column that comes later changes nothing of before.
CREATE OR REPLACE FUNCTION audit_content(e audit_entry, p_no bigint)
 RETURNS text
 LANGUAGE sql
 STABLE
 SET search_path TO 'public', 'pg_temp'
AS $$
  SELECT (jsonb_strip_nulls(jsonb_build_object(
            'no', p_no, 'id', e.id,
            'at', to_char('epoch'::timestamp + e.at_us * interval '1 microsecond', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
            'tenant', e.tenant_id, 'actor', e.actor, 'principalKind', e.principal_kind,
            'principal', e.principal_name, 'tokenId', e.token_id, 'requestId', e.request_id, 'address', e.address,
            'action', e.action, 'subject', e.subject, 'reason', e.reason))
          || CASE WHEN e.before IS NULL THEN '{}' ELSE jsonb_build_object('before', e.before) END
          || CASE WHEN e.after IS NULL THEN '{}' ELSE jsonb_build_object('after', e.after) END)::text
$$;

-- A link of the audit list's chain: the SHA-256 of the hash before it (of the first: 32 zeros) and what the entry says.
CREATE OR REPLACE FUNCTION audit_hash(p_before bytea, p_content text)
 RETURNS bytea
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
AS $$
  SELECT sha256(coalesce(p_before, decode(repeat('00', 32), 'hex')) || convert_to(p_content, 'UTF8'))
$$;

-- What was written down before is bound in the order of its numbers.
DO $$
DECLARE
  e audit_entry%ROWTYPE;
  v_no bigint := 0;
  v_hash bytea;
BEGIN
  LOCK TABLE audit_entry IN EXCLUSIVE MODE;
  FOR e IN SELECT * FROM audit_entry ORDER BY id LOOP
    v_no := v_no + 1;
    v_hash := audit_hash(v_hash, audit_content(e, v_no));
    INSERT INTO audit_chain (no, entry_id, hash) VALUES (v_no, e.id, v_hash);
  END LOOP;
END $$;

-- Binds each entry of the audit list to those before it. It runs at the commit, when its transaction has every other lock
-- that it will ever take: whoever waits here holds up nobody in a circle, and holds the chain for the commit alone.
CREATE OR REPLACE FUNCTION chain_audit_entry()
 RETURNS trigger
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_no bigint;
  v_hash bytea;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('audit', 0));
  SELECT x.no, x.hash INTO v_no, v_hash FROM audit_chain x ORDER BY x.no DESC LIMIT 1;
  v_no := coalesce(v_no, 0) + 1;
  INSERT INTO audit_chain (no, entry_id, hash) VALUES (v_no, NEW.id, audit_hash(v_hash, audit_content(NEW, v_no)));
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS audit_entry_chained ON audit_entry;
CREATE CONSTRAINT TRIGGER audit_entry_chained AFTER INSERT ON audit_entry DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION chain_audit_entry();

-- The audit list and its chain only grow, whoever asks and whatever for: no setting lifts it.
CREATE OR REPLACE FUNCTION refuse_audit_change()
 RETURNS trigger
 LANGUAGE plpgsql
AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are neither changed nor deleted', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER audit_entry_kept BEFORE DELETE OR UPDATE ON audit_entry
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE OR REPLACE TRIGGER audit_entry_not_truncated BEFORE TRUNCATE ON audit_entry
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
CREATE OR REPLACE TRIGGER audit_chain_kept BEFORE DELETE OR UPDATE ON audit_chain
  FOR EACH ROW EXECUTE FUNCTION refuse_audit_change();
CREATE OR REPLACE TRIGGER audit_chain_not_truncated BEFORE TRUNCATE ON audit_chain
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

-- Another parameter makes another function.
DROP FUNCTION request_sweep(text, boolean, text, integer);
DROP FUNCTION begin_generation(text, text);

-- Writes down that a tenant's storefront is to be swept; the starters of the workers see to the rest. Answers the
-- sweep's id: that of the one that runs, where one runs that does the same.
CREATE OR REPLACE FUNCTION request_sweep(p_tenant text, p_repair boolean, p_requested_by text,
                                         p_rate integer DEFAULT 50, p_origin jsonb DEFAULT NULL::jsonb)
 RETURNS text
 LANGUAGE plpgsql
AS $$
DECLARE
  v_now bigint := now_us();
  v_id text;
BEGIN
  LOOP
    INSERT INTO sweep (id, tenant_id, repair, requested_by, rate_per_second, created_at_us, start_due_us)
    VALUES (to_char(to_timestamp(v_now / 1e6) AT TIME ZONE 'UTC', 'YYYY-MM-DD') || '-' || left(gen_random_uuid()::text, 8),
            p_tenant, p_repair, p_requested_by, p_rate, v_now, v_now)
    ON CONFLICT (tenant_id, repair) WHERE state = 'running' DO NOTHING
    RETURNING id INTO v_id;
    EXIT WHEN v_id IS NOT NULL;
    SELECT x.id INTO v_id FROM sweep x WHERE x.tenant_id = p_tenant AND x.repair = p_repair AND x.state = 'running';
    IF v_id IS NOT NULL THEN
      RETURN v_id;
    END IF;
  END LOOP;
  INSERT INTO audit_entry (tenant_id, actor, action, subject, after,
                           principal_kind, principal_name, token_id, request_id, address)
  VALUES (p_tenant, p_requested_by, 'sweep.start', 'sweep/' || v_id,
          jsonb_build_object('repair', CASE WHEN p_repair THEN 'yes' ELSE 'no' END),
          coalesce(p_origin #>> '{principal,kind}', 'process'),
          coalesce(p_origin #>> '{principal,name}', p_requested_by),
          p_origin ->> 'tokenId', p_origin ->> 'requestId', p_origin ->> 'address');
  PERFORM pg_notify('supplier_event', '');
  RETURN v_id;
END $$;

-- Makes sure that nothing which went out before is told a second time with another content: from now on versions are
-- above every one that the ledger can have given out, and sequence numbers are, too, so that a workflow of a lost event
-- finds nothing, and never another event in its place. What was lost is unknown, so the floor goes by the clock: a second for
-- each version. Then every tenant's storefront is swept, and what it shows otherwise is published anew.
-- Answers the new floor of versions.
CREATE OR REPLACE FUNCTION begin_generation(p_actor text, p_reason text, p_origin jsonb DEFAULT NULL::jsonb)
 RETURNS integer
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'public', 'pg_temp'
AS $$
DECLARE
  v_now bigint := now_us();
  v_spare constant integer := 1000;
  v_floor integer;
  h ledger_home%ROWTYPE;
BEGIN
  SELECT * INTO STRICT h FROM ledger_home FOR UPDATE;
  -- 2026-01-01T00:00:00Z, so that the clock's seconds last for 60 years.
  v_floor := least(highest_version(), greatest(h.version_floor + v_spare, v_now / 1000000 - 1767225600));
  PERFORM setval('supplier_event_seq_seq', greatest(nextval('supplier_event_seq_seq') + 1000 * v_spare, v_now / 1000));
  PERFORM setval('publish_attempt_id_seq', greatest(nextval('publish_attempt_id_seq') + 1000 * v_spare, v_now / 1000));
  UPDATE ledger_home
     SET place = ledger_place(), generation = h.generation + 1, version_floor = v_floor, began_at_us = v_now;
  INSERT INTO audit_entry (actor, action, subject, reason, before, after,
                           principal_kind, principal_name, token_id, request_id, address)
  VALUES (p_actor, 'ledger.restored', 'ledger/generation-' || h.generation + 1, p_reason,
          jsonb_build_object('versionFloor', h.version_floor), jsonb_build_object('versionFloor', v_floor),
          coalesce(p_origin #>> '{principal,kind}', 'process'), coalesce(p_origin #>> '{principal,name}', p_actor),
          p_origin ->> 'tokenId', p_origin ->> 'requestId', p_origin ->> 'address');
  -- One that runs has asked for some items already.
  PERFORM end_sweep(s.id, 'cancelled', 'a new generation of the ledger has begun') FROM sweep s WHERE s.state = 'running';
  PERFORM request_sweep(t.id, true, p_actor, p_origin => p_origin) FROM tenant t;
  RETURN v_floor;
END $$;
