import { createHash } from 'node:crypto';
import type { Database } from '../../database/client.ts';
import type { Micros } from '../../domain/time.ts';
import { SENT_AGAIN_WITHIN_US } from '../sent-again.ts';

/**
 * When a body that has no name first came. The same as the one before it of its feed, byte for byte, is that one sent
 * again, unless that came too long ago: nothing else tells a second try from a figure that is what it was.
 */
export async function firstReceived(
  database: Pick<Database, '$queryRaw'>,
  {
    tenant,
    feed,
    version,
  }: { tenant: string; feed: string; /** Another one reads it anew. */ version: number },
  body: Uint8Array,
  now: Micros,
): Promise<Micros> {
  const digest = new Uint8Array(createHash('sha256').update(`${version}\n`).update(body).digest());
  const [row] = await database.$queryRaw<{ at: bigint }[]>`
    UPDATE feed
       SET body_digest = ${digest}::bytea,
           body_us = CASE WHEN body_digest = ${digest}::bytea AND body_us > ${now - SENT_AGAIN_WITHIN_US}::bigint
                          THEN body_us ELSE ${now}::bigint END
     WHERE tenant_id = ${tenant} AND id = ${feed}
    RETURNING body_us AS at`;
  return row?.at ?? now;
}
