-- Whether the files of suppliers come, and do what they should.

ALTER TABLE feed ADD COLUMN resumed_at_us BIGINT;

-- Looked at for each feed at every sample of the signals: a feed may have looked for a file a hundred thousand times.
CREATE INDEX feed_run_held ON feed_run (tenant_id, feed_id) WHERE state = 'held';
CREATE INDEX feed_run_came ON feed_run (tenant_id, feed_id, created_at_us) WHERE file_digest IS NOT NULL;
-- By these a supplier is heard from: see last-heard.ts.
CREATE INDEX feed_run_heard ON feed_run (tenant_id, feed_id, created_at_us)
  WHERE file_digest IS NOT NULL AND (state <> 'unchanged' OR trigger = 'upload' OR etag IS NOT NULL);
