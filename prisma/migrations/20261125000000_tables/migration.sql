-- The tables as Prisma makes them from its schema; and the clock, which their defaults ask.

-- The moment at which a statement asks, in whole microseconds since 1970; unlike now(), it goes on within a transaction.
CREATE FUNCTION now_us()
 RETURNS bigint
 LANGUAGE sql
 PARALLEL SAFE
AS $$
  SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
$$;

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "tenant" (
    "id" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'closed',
    "storefront_url" TEXT,
    "storefront_secret" BYTEA,
    "time_zone" TEXT NOT NULL DEFAULT 'UTC',
    "calendar" JSONB NOT NULL DEFAULT '{"days":[1,2,3,4,5],"from":"09:00","to":"17:00","holidays":[]}',
    "opened_at_us" BIGINT,
    "created_at_us" BIGINT NOT NULL DEFAULT now_us(),

    CONSTRAINT "tenant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "supplier" (
    "tenant_id" TEXT NOT NULL,
    "id" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'closed',
    "sku_pattern" TEXT NOT NULL DEFAULT '[A-Z0-9][A-Z0-9._-]{0,63}',
    "clock_tolerance_seconds" INTEGER NOT NULL DEFAULT 300,
    "rate_limit_per_minute" INTEGER,
    "opened_at_us" BIGINT,
    "created_at_us" BIGINT NOT NULL DEFAULT now_us(),

    CONSTRAINT "supplier_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "supplier_secret" (
    "id" BIGSERIAL NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "supplier_id" TEXT NOT NULL,
    "ciphertext" BYTEA NOT NULL,
    "created_at_us" BIGINT NOT NULL DEFAULT now_us(),
    "expires_at_us" BIGINT,

    CONSTRAINT "supplier_secret_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_token" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "tenant_id" TEXT,
    "token_hash" BYTEA NOT NULL,
    "created_at_us" BIGINT NOT NULL DEFAULT now_us(),
    "revoked_at_us" BIGINT,

    CONSTRAINT "api_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "console_ticket" (
    "id" BIGSERIAL NOT NULL,
    "ticket_hash" BYTEA NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "created_at_us" BIGINT NOT NULL DEFAULT now_us(),
    "expires_at_us" BIGINT NOT NULL,
    "used_at_us" BIGINT,

    CONSTRAINT "console_ticket_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "console_session" (
    "id" BIGSERIAL NOT NULL,
    "session_hash" BYTEA NOT NULL,
    "token_id" TEXT,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "tenant_id" TEXT,
    "created_at_us" BIGINT NOT NULL DEFAULT now_us(),
    "last_seen_at_us" BIGINT NOT NULL DEFAULT now_us(),
    "expires_at_us" BIGINT NOT NULL,

    CONSTRAINT "console_session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "supplier_event" (
    "seq" BIGSERIAL NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "supplier_id" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "sku" TEXT NOT NULL,
    "quantity" INTEGER NOT NULL,
    "updated_at_us" BIGINT NOT NULL,
    "received_at_us" BIGINT NOT NULL,
    "digest" BYTEA NOT NULL,
    "workflow_id" TEXT NOT NULL,
    "start_due_us" BIGINT,
    "start_count" INTEGER NOT NULL DEFAULT 0,
    "started_by" TEXT,
    "item_id" TEXT,
    "held_at_us" BIGINT,
    "decision" TEXT,
    "decision_no" BIGINT,
    "decided_at_us" BIGINT,
    "rule" TEXT,
    "lost_to_seq" BIGINT,
    "version" INTEGER,
    "beat_seq" BIGINT,
    "failure_mode" TEXT,
    "failure_detail" TEXT,
    "kind" TEXT NOT NULL DEFAULT 'update',
    "reason" TEXT,
    "actor" TEXT,
    "target_seq" BIGINT,
    "voided_by_seq" BIGINT,

    CONSTRAINT "supplier_event_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "duplicate_delivery" (
    "id" BIGSERIAL NOT NULL,
    "seq" BIGINT NOT NULL,
    "received_at_us" BIGINT NOT NULL,
    "conflict" BOOLEAN NOT NULL DEFAULT false,
    "content" JSONB,

    CONSTRAINT "duplicate_delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "catalog_item" (
    "item_id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "sku" TEXT NOT NULL,
    "quantity" INTEGER NOT NULL,
    "updated_at_us" BIGINT NOT NULL,
    "supplier_id" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "winner_seq" BIGINT NOT NULL,
    "version" INTEGER NOT NULL,

    CONSTRAINT "catalog_item_pkey" PRIMARY KEY ("item_id")
);

-- CreateTable
CREATE TABLE "catalog_item_version" (
    "item_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "event_seq" BIGINT NOT NULL,
    "quantity" INTEGER NOT NULL,
    "updated_at_us" BIGINT NOT NULL,
    "rule" TEXT NOT NULL,
    "created_at_us" BIGINT NOT NULL DEFAULT now_us(),
    "publication" TEXT NOT NULL DEFAULT 'due',
    "publication_at_us" BIGINT NOT NULL DEFAULT now_us(),
    "replay_id" TEXT,

    CONSTRAINT "catalog_item_version_pkey" PRIMARY KEY ("item_id","version")
);

-- CreateTable
CREATE TABLE "publish_attempt" (
    "id" BIGSERIAL NOT NULL,
    "item_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "event_seq" BIGINT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "supplier_id" TEXT NOT NULL,
    "workflow_id" TEXT NOT NULL,
    "replay_id" TEXT,
    "message_id" TEXT NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'sending',
    "started_at_us" BIGINT NOT NULL DEFAULT now_us(),
    "finished_at_us" BIGINT,
    "http_status" INTEGER,
    "reason" TEXT,

    CONSTRAINT "publish_attempt_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "replay" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "supplier_id" TEXT,
    "since_us" BIGINT NOT NULL,
    "until_us" BIGINT NOT NULL,
    "by" TEXT NOT NULL DEFAULT 'received_at',
    "sku" TEXT,
    "outcome" TEXT,
    "failure_mode" TEXT,
    "rate_per_second" INTEGER,
    "state" TEXT NOT NULL DEFAULT 'running',
    "requested_by" TEXT NOT NULL,
    "created_at_us" BIGINT NOT NULL DEFAULT now_us(),
    "finished_at_us" BIGINT,
    "events_total" INTEGER NOT NULL DEFAULT 0,
    "idempotency_key" TEXT,
    "request_hash" BYTEA,
    "rules" JSONB NOT NULL DEFAULT '{}',
    "prepared_at_us" BIGINT,
    "paced_at_us" BIGINT,
    "start_due_us" BIGINT,
    "start_count" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "replay_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "replay_event" (
    "replay_id" TEXT NOT NULL,
    "seq" BIGINT NOT NULL,
    "order_us" BIGINT NOT NULL,
    "item_id" TEXT,
    "is_last" BOOLEAN NOT NULL DEFAULT false,
    "start_due_us" BIGINT,
    "started_by" TEXT,
    "start_count" INTEGER NOT NULL DEFAULT 0,
    "done_at_us" BIGINT,
    "outcome" TEXT,
    "failure_mode" TEXT,

    CONSTRAINT "replay_event_pkey" PRIMARY KEY ("replay_id","seq")
);

-- CreateTable
CREATE TABLE "replay_item" (
    "replay_id" TEXT NOT NULL,
    "item_id" TEXT NOT NULL,
    "no" BIGSERIAL NOT NULL,
    "touched_at_us" BIGINT NOT NULL DEFAULT now_us(),
    "touched" BOOLEAN NOT NULL DEFAULT true,
    "version_before" INTEGER,
    "publication_before" TEXT,
    "won" BOOLEAN NOT NULL DEFAULT false,
    "repaired" BOOLEAN NOT NULL DEFAULT false,
    "superseded" BOOLEAN NOT NULL DEFAULT false,
    "outcome" TEXT,
    "version_after" INTEGER,
    "settled_xact" BIGINT,
    "published_version" INTEGER,
    "publication" TEXT,

    CONSTRAINT "replay_item_pkey" PRIMARY KEY ("replay_id","item_id")
);

-- CreateTable
CREATE TABLE "signal_sample" (
    "id" BIGSERIAL NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "supplier_id" TEXT,
    "signal" TEXT NOT NULL,
    "sampled_at_us" BIGINT NOT NULL,
    "hourly" BOOLEAN NOT NULL DEFAULT false,
    "value" DOUBLE PRECISION,
    "verdict" TEXT NOT NULL,
    "reason" TEXT NOT NULL,

    CONSTRAINT "signal_sample_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "storefront_probe" (
    "id" BIGSERIAL NOT NULL,
    "item_id" TEXT NOT NULL,
    "probed_at_us" BIGINT NOT NULL,
    "accepted_version" INTEGER NOT NULL,
    "shown_version" INTEGER,
    "shown_quantity" INTEGER,
    "failure_mode" TEXT,

    CONSTRAINT "storefront_probe_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "checklist_item" (
    "tenant_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "confirmed_by" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "at_us" BIGINT NOT NULL DEFAULT now_us(),

    CONSTRAINT "checklist_item_pkey" PRIMARY KEY ("tenant_id","name")
);

-- CreateTable
CREATE TABLE "gate_watch" (
    "tenant_id" TEXT NOT NULL,
    "supplier_id" TEXT NOT NULL DEFAULT '',
    "number" INTEGER NOT NULL DEFAULT 1,
    "began_at_us" BIGINT NOT NULL DEFAULT now_us(),
    "watched_us" BIGINT NOT NULL DEFAULT 0,
    "needed_us" BIGINT,
    "sampled_at_us" BIGINT,
    "verdict" TEXT,
    "miss_at_us" BIGINT,
    "miss_signal" TEXT,
    "miss_reason" TEXT,

    CONSTRAINT "gate_watch_pkey" PRIMARY KEY ("tenant_id","supplier_id")
);

-- CreateTable
CREATE TABLE "gate_request" (
    "id" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "at_us" BIGINT NOT NULL DEFAULT now_us(),
    "answer" JSONB NOT NULL,

    CONSTRAINT "gate_request_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "trace_review" (
    "tenant_id" TEXT NOT NULL,
    "supplier_id" TEXT NOT NULL,
    "watch_number" INTEGER NOT NULL,
    "event_seq" BIGINT NOT NULL,
    "seed" TEXT NOT NULL,
    "sampled_at_us" BIGINT NOT NULL DEFAULT now_us(),
    "explained_by" TEXT,
    "explanation" TEXT,
    "approved_us" BIGINT,

    CONSTRAINT "trace_review_pkey" PRIMARY KEY ("tenant_id","supplier_id","watch_number","event_seq")
);

-- CreateTable
CREATE TABLE "audit_entry" (
    "id" BIGSERIAL NOT NULL,
    "tenant_id" TEXT,
    "at_us" BIGINT NOT NULL DEFAULT now_us(),
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "reason" TEXT,
    "before" JSONB,
    "after" JSONB,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "supplier_secret_tenant_id_supplier_id_idx" ON "supplier_secret"("tenant_id", "supplier_id");

-- CreateIndex
CREATE UNIQUE INDEX "api_token_token_hash_key" ON "api_token"("token_hash");

-- CreateIndex
CREATE UNIQUE INDEX "console_ticket_ticket_hash_key" ON "console_ticket"("ticket_hash");

-- CreateIndex
CREATE UNIQUE INDEX "console_session_session_hash_key" ON "console_session"("session_hash");

-- CreateIndex
CREATE UNIQUE INDEX "supplier_event_workflow_id_key" ON "supplier_event"("workflow_id");

-- CreateIndex
CREATE UNIQUE INDEX "supplier_event_decision_no_key" ON "supplier_event"("decision_no");

-- CreateIndex
CREATE INDEX "supplier_event_tenant_id_received_at_us_seq_idx" ON "supplier_event"("tenant_id", "received_at_us", "seq");

-- CreateIndex
CREATE INDEX "supplier_event_tenant_id_updated_at_us_seq_idx" ON "supplier_event"("tenant_id", "updated_at_us", "seq");

-- CreateIndex
CREATE INDEX "supplier_event_item_id_seq_idx" ON "supplier_event"("item_id", "seq");

-- CreateIndex
CREATE INDEX "supplier_event_tenant_id_sku_idx" ON "supplier_event"("tenant_id", "sku");

-- CreateIndex
CREATE UNIQUE INDEX "supplier_event_tenant_id_supplier_id_event_id_key" ON "supplier_event"("tenant_id", "supplier_id", "event_id");

-- CreateIndex
CREATE INDEX "duplicate_delivery_seq_id_idx" ON "duplicate_delivery"("seq", "id");

-- CreateIndex
CREATE INDEX "duplicate_delivery_received_at_us_idx" ON "duplicate_delivery"("received_at_us");

-- CreateIndex
CREATE UNIQUE INDEX "catalog_item_tenant_id_sku_key" ON "catalog_item"("tenant_id", "sku");

-- CreateIndex
CREATE INDEX "catalog_item_version_event_seq_idx" ON "catalog_item_version"("event_seq");

-- CreateIndex
CREATE INDEX "publish_attempt_item_id_version_idx" ON "publish_attempt"("item_id", "version");

-- CreateIndex
CREATE INDEX "publish_attempt_started_at_us_idx" ON "publish_attempt"("started_at_us");

-- CreateIndex
CREATE INDEX "publish_attempt_tenant_id_supplier_id_started_at_us_idx" ON "publish_attempt"("tenant_id", "supplier_id", "started_at_us");

-- CreateIndex
CREATE INDEX "replay_tenant_id_created_at_us_idx" ON "replay"("tenant_id", "created_at_us");

-- CreateIndex
CREATE UNIQUE INDEX "replay_tenant_id_idempotency_key_key" ON "replay"("tenant_id", "idempotency_key");

-- CreateIndex
CREATE INDEX "replay_event_replay_id_item_id_idx" ON "replay_event"("replay_id", "item_id");

-- CreateIndex
CREATE INDEX "replay_item_replay_id_no_idx" ON "replay_item"("replay_id", "no");

-- CreateIndex
CREATE INDEX "replay_item_replay_id_settled_xact_no_idx" ON "replay_item"("replay_id", "settled_xact", "no");

-- CreateIndex
CREATE INDEX "replay_item_item_id_idx" ON "replay_item"("item_id");

-- CreateIndex
CREATE INDEX "signal_sample_tenant_id_signal_sampled_at_us_idx" ON "signal_sample"("tenant_id", "signal", "sampled_at_us");

-- CreateIndex
CREATE INDEX "storefront_probe_item_id_probed_at_us_idx" ON "storefront_probe"("item_id", "probed_at_us");

-- CreateIndex
CREATE INDEX "storefront_probe_probed_at_us_idx" ON "storefront_probe"("probed_at_us");

-- CreateIndex
CREATE INDEX "audit_entry_tenant_id_id_idx" ON "audit_entry"("tenant_id", "id");

-- AddForeignKey
ALTER TABLE "supplier" ADD CONSTRAINT "supplier_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "supplier_secret" ADD CONSTRAINT "supplier_secret_tenant_id_supplier_id_fkey" FOREIGN KEY ("tenant_id", "supplier_id") REFERENCES "supplier"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_token" ADD CONSTRAINT "api_token_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "console_session" ADD CONSTRAINT "console_session_token_id_fkey" FOREIGN KEY ("token_id") REFERENCES "api_token"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "console_session" ADD CONSTRAINT "console_session_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "supplier_event" ADD CONSTRAINT "supplier_event_tenant_id_supplier_id_fkey" FOREIGN KEY ("tenant_id", "supplier_id") REFERENCES "supplier"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "supplier_event" ADD CONSTRAINT "supplier_event_lost_to_seq_fkey" FOREIGN KEY ("lost_to_seq") REFERENCES "supplier_event"("seq") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "supplier_event" ADD CONSTRAINT "supplier_event_beat_seq_fkey" FOREIGN KEY ("beat_seq") REFERENCES "supplier_event"("seq") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "supplier_event" ADD CONSTRAINT "supplier_event_target_seq_fkey" FOREIGN KEY ("target_seq") REFERENCES "supplier_event"("seq") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "supplier_event" ADD CONSTRAINT "supplier_event_voided_by_seq_fkey" FOREIGN KEY ("voided_by_seq") REFERENCES "supplier_event"("seq") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "duplicate_delivery" ADD CONSTRAINT "duplicate_delivery_seq_fkey" FOREIGN KEY ("seq") REFERENCES "supplier_event"("seq") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "catalog_item" ADD CONSTRAINT "catalog_item_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "catalog_item" ADD CONSTRAINT "catalog_item_winner_seq_fkey" FOREIGN KEY ("winner_seq") REFERENCES "supplier_event"("seq") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "catalog_item_version" ADD CONSTRAINT "catalog_item_version_event_seq_fkey" FOREIGN KEY ("event_seq") REFERENCES "supplier_event"("seq") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "catalog_item_version" ADD CONSTRAINT "catalog_item_version_replay_id_fkey" FOREIGN KEY ("replay_id") REFERENCES "replay"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "publish_attempt" ADD CONSTRAINT "publish_attempt_item_id_version_fkey" FOREIGN KEY ("item_id", "version") REFERENCES "catalog_item_version"("item_id", "version") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "publish_attempt" ADD CONSTRAINT "publish_attempt_event_seq_fkey" FOREIGN KEY ("event_seq") REFERENCES "supplier_event"("seq") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "publish_attempt" ADD CONSTRAINT "publish_attempt_replay_id_fkey" FOREIGN KEY ("replay_id") REFERENCES "replay"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "replay" ADD CONSTRAINT "replay_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "replay_event" ADD CONSTRAINT "replay_event_replay_id_fkey" FOREIGN KEY ("replay_id") REFERENCES "replay"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "replay_event" ADD CONSTRAINT "replay_event_seq_fkey" FOREIGN KEY ("seq") REFERENCES "supplier_event"("seq") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "replay_item" ADD CONSTRAINT "replay_item_replay_id_fkey" FOREIGN KEY ("replay_id") REFERENCES "replay"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "signal_sample" ADD CONSTRAINT "signal_sample_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "checklist_item" ADD CONSTRAINT "checklist_item_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "gate_watch" ADD CONSTRAINT "gate_watch_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "gate_request" ADD CONSTRAINT "gate_request_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "trace_review" ADD CONSTRAINT "trace_review_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "trace_review" ADD CONSTRAINT "trace_review_event_seq_fkey" FOREIGN KEY ("event_seq") REFERENCES "supplier_event"("seq") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "audit_entry" ADD CONSTRAINT "audit_entry_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;


