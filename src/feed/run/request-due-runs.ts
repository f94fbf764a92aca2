import type { Database } from '../../database/client.ts';
import type { Micros } from '../../domain/time.ts';
import { readingDefinition, UnreadableDefinition } from '../store/definition-of.ts';
import { nextDue } from '../store/next-due.ts';

const AT_ONCE = 20;
const BY_SCHEDULE = 'its schedule';

/**
 * Asks for a run of each feed whose time has come; where one is under way, that is left out. Of several workers that look
 * at once, one asks.
 */
export async function requestDueRuns(database: Database): Promise<void> {
  const feeds = await database.$queryRaw<{ tenant: string; feed: string; version: number; due: bigint }[]>`
    SELECT tenant_id AS tenant, id AS feed, version, next_due_us AS due FROM feed
     WHERE next_due_us <= now_us() AND NOT paused ORDER BY next_due_us LIMIT ${AT_ONCE}`;
  for (const { tenant, feed, version, due } of feeds) {
    const nextDueUs = await dueAfter(database, { tenant, feed, version });
    await database.$transaction(async (transaction) => {
      const { count } = await transaction.feed.updateMany({
        where: { tenantId: tenant, id: feed, nextDueUs: due, version },
        data: { nextDueUs },
      });
      if (count === 0) return;
      await transaction.$queryRaw`SELECT request_feed_run(${tenant}, ${feed}, 'schedule', ${BY_SCHEDULE}) AS id`;
    });
  }
}

/** One whose document cannot be read is looked at no more until it is set again; its run says why. The others go on. */
async function dueAfter(
  database: Database,
  named: { tenant: string; feed: string; version: number },
): Promise<Micros | null> {
  try {
    return nextDue(await readingDefinition(database, named), new Date());
  } catch (error) {
    if (error instanceof UnreadableDefinition) return null;
    throw error;
  }
}
