import type { FeedRun } from '../../generated/prisma/client.ts';
import type { Logger } from '../../telemetry/logger.ts';

/** Whoever keeps the product has to know of a run that is held, or has failed, and why. */
export function warnOfRun(
  log: Pick<Logger, 'warn'>,
  { id, tenantId, feedId, state, fileName, failure, reasons }: FeedRun,
): void {
  const named = { tenant: tenantId, feed: feedId, run: id, file: fileName };
  if (state === 'failed') {
    log.warn({ ...named, failureMode: 'feed_unreadable', reasons: [failure] }, 'a run of a feed has failed');
    return;
  }
  const held = ((reasons ?? []) as { reason: string }[]).map(({ reason }) => reason);
  log.warn(
    { ...named, failureMode: 'feed_held', reasons: held },
    'a run of a feed is held: approve or refuse it',
  );
}
