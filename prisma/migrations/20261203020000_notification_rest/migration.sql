-- When a worker last looked at what the channel is to be told; null: none has.
ALTER TABLE "notify_channel" ADD COLUMN "looked_at_us" BIGINT;

-- Which of a mail's addresses, by their places from 1 on, took the message, and which refused it for good.
ALTER TABLE "notification" ADD COLUMN "taken_by" INTEGER[] NOT NULL DEFAULT '{}';
ALTER TABLE "notification" ADD COLUMN "refused_by" INTEGER[] NOT NULL DEFAULT '{}';
