-- The launch gate: how long a launch has been watched, which updates are to be explained, which commands were done.

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

-- Nothing wrote reviews before this.
ALTER TABLE "trace_review" DROP CONSTRAINT "trace_review_pkey",
  ADD COLUMN "supplier_id" TEXT NOT NULL DEFAULT '',
  ADD COLUMN "watch_number" INTEGER NOT NULL,
  ADD COLUMN "seed" TEXT NOT NULL,
  ADD CONSTRAINT "trace_review_pkey" PRIMARY KEY ("tenant_id", "supplier_id", "watch_number", "event_seq");

-- AddForeignKey
ALTER TABLE "gate_watch" ADD CONSTRAINT "gate_watch_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "gate_request" ADD CONSTRAINT "gate_request_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- What Prisma's schema language cannot say.

ALTER TABLE gate_watch
  ADD CONSTRAINT gate_watch_watched_not_negative CHECK (watched_us >= 0),
  ADD CONSTRAINT gate_watch_verdict_known CHECK (verdict IN ('pass', 'miss', 'inconclusive')),
  ADD CONSTRAINT gate_watch_miss_whole CHECK (
    (miss_at_us IS NULL) = (miss_signal IS NULL) AND (miss_at_us IS NULL) = (miss_reason IS NULL));
ALTER TABLE checklist_item
  DROP CONSTRAINT checklist_item_name_known,
  ADD CONSTRAINT checklist_item_name_known CHECK (name IN (
    'replay-tested', 'dashboard', 'canary-approved', 'rollback-note', 'support-macro'));
