-- Who is signed in to the console, and one-time links that sign in. Only hashes of what opens them are kept.

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

-- CreateIndex
CREATE UNIQUE INDEX "console_ticket_ticket_hash_key" ON "console_ticket"("ticket_hash");

-- CreateIndex
CREATE UNIQUE INDEX "console_session_session_hash_key" ON "console_session"("session_hash");

-- CreateIndex
CREATE INDEX "duplicate_delivery_received_at_us_idx" ON "duplicate_delivery"("received_at_us");

-- AddForeignKey
ALTER TABLE "console_session" ADD CONSTRAINT "console_session_token_id_fkey" FOREIGN KEY ("token_id") REFERENCES "api_token"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "console_session" ADD CONSTRAINT "console_session_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

ALTER TABLE console_ticket
  ADD CONSTRAINT console_ticket_role_known CHECK (role IN ('viewer', 'support', 'operator', 'admin'));
ALTER TABLE console_session
  ADD CONSTRAINT console_session_role_known CHECK (role IN ('viewer', 'support', 'operator', 'admin'));
