import type { Database } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { untraceableEvents } from './traced-events.ts';

/**
 * To trace an event takes a tenth of a millisecond, twice that for somebody of one tenant, and several times that while a
 * stock rule is changed: of a busy day, all of them are more than a page may wait for. The signal trace coverage looks at all.
 */
export const NEWEST_TRACED = 5_000;

/**
 * How many of a tenant's newest events since a moment have no complete trace, and when the last of these was received.
 *
 * @param most so many are looked at, and those that came at one moment with them
 */
export async function countUntraceable(
  database: Pick<Database, '$queryRaw'>,
  { tenant, since }: { tenant: string; since: Micros },
  most = NEWEST_TRACED,
): Promise<{ count: number; lastSeenAt: Micros | null }> {
  const [bound] = await database.$queryRaw<{ at: bigint }[]>`
    SELECT received_at_us AS at FROM supplier_event
     WHERE tenant_id = ${tenant} AND received_at_us >= ${since}
     ORDER BY received_at_us DESC, seq DESC OFFSET ${most - 1}::integer LIMIT 1`;
  const newest = Prisma.sql`x.received_at_us >= ${bound?.at ?? since}`;
  const [found] = await database.$queryRaw<{ count: number; last: bigint | null }[]>`
    SELECT count(*)::integer AS count, max(e.received_at_us) AS last
      FROM (${untraceableEvents(tenant, newest)}) u JOIN supplier_event e USING (seq)`;
  return { count: found?.count ?? 0, lastSeenAt: found?.last ?? null };
}
