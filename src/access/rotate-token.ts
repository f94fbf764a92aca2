import { writeAudit, type AuditedBy } from '../database/audit.ts';
import type { Database } from '../database/client.ts';
import { databaseNow } from '../database/clock.ts';
import { formatTime, seconds } from '../domain/time.ts';
import { endOf, listed, timeOrNever, UnknownTokenError, type TokenListed } from './issue-tokens.ts';
import { createToken } from './tokens.ts';

/** How long the secret before goes on unless it is said, in seconds: an hour. */
export const OVERLAP_SECONDS = 3600;

/** A revoked token stays revoked. */
export class TokenRevokedError extends Error {
  override name = 'TokenRevokedError';
}

/**
 * Gives a token another secret, and another end. The secret before goes on for the overlap, as do the sessions that it
 * opened; one that was rotated away before that ends at once.
 *
 * @param wanted.overlapSeconds 0: the secret before and its sessions end now, as after a leak
 * @param wanted.expiresSeconds as when it is made
 * @returns with the token itself, which is given once, here
 * @throws UnknownTokenError | TokenRevokedError
 */
export async function rotateToken(
  database: Database,
  wanted: AuditedBy & { id: string; overlapSeconds?: number; expiresSeconds?: number | null },
): Promise<TokenListed & { token: string }> {
  const { token, hash } = createToken(wanted.id);
  return database.$transaction(async (transaction) => {
    // Of two rotations at once, the second takes the first one's secret for the one before.
    await transaction.$queryRaw`SELECT id FROM api_token WHERE id = ${wanted.id} FOR UPDATE`;
    const before = await transaction.apiToken.findUnique({ where: { id: wanted.id } });
    if (!before) throw new UnknownTokenError(wanted.id);
    if (before.revokedAtUs !== null) {
      throw new TokenRevokedError(
        `The token ${wanted.id} is revoked; make another: \`catalog-sync token add\`.`,
      );
    }
    const now = await databaseNow(transaction);
    const wished = now + seconds(wanted.overlapSeconds ?? OVERLAP_SECONDS);
    const ends = before.expiresAtUs;
    const formerUntilUs = ends !== null && ends < wished ? ends : wished;
    const expiresAtUs = endOf(now, wanted.expiresSeconds);
    const row = await transaction.apiToken.update({
      where: { id: wanted.id },
      data: { tokenHash: hash, formerHash: before.tokenHash, formerUntilUs, expiresAtUs },
    });
    await transaction.$executeRaw`
      UPDATE console_session SET expires_at_us = least(expires_at_us, ${formerUntilUs}::bigint)
       WHERE token_id = ${wanted.id}`;
    await writeAudit(transaction, {
      actor: wanted.actor,
      origin: wanted.origin,
      reason: wanted.reason,
      tenant: row.tenantId,
      action: 'token.rotate',
      subject: `token/${wanted.id}`,
      before: { expires: timeOrNever(before.expiresAtUs) },
      after: { expires: timeOrNever(expiresAtUs), formerUntil: formatTime(formerUntilUs) },
    });
    return { ...listed(row, now), token };
  });
}
