import { randomBytes } from 'node:crypto';
import type { Database } from '../database/client.ts';
import { seconds } from '../domain/time.ts';
import type { Origin } from '../domain/origin.ts';
import { writeAudit } from '../database/audit.ts';
import { isRole } from '../domain/roles.ts';
import { openSession, type OpenedSession, type SessionOwner, type SignInOptions } from './sessions.ts';
import { hashToken } from './tokens.ts';

/** How long a link waits to be opened, in seconds. */
const TICKET_SECONDS = 15 * 60;

const TICKET = /^csk_[A-Za-z0-9_-]{43}$/;

/**
 * Makes a link that signs one person in to the console as an admin of every tenant, once, within 15 minutes. Whoever
 * may make one can write to the database anyway.
 *
 * The ticket stands behind the `#`, which browsers send nowhere: it is in no log, and what merely fetches the link, as
 * previews do, does not use it up.
 *
 * @param apiUrl where the console is, without a slash at its end
 * @param name who is signed in: stands in the audit list beside each change
 */
export async function createSignInLink(
  database: Database,
  apiUrl: string,
  name: string,
  origin?: Origin,
): Promise<string> {
  const ticket = `csk_${randomBytes(32).toString('base64url')}`;
  await database.$transaction(async (transaction) => {
    await transaction.$executeRaw`DELETE FROM console_ticket WHERE expires_at_us < now_us()`;
    await transaction.$executeRaw`
      INSERT INTO console_ticket (ticket_hash, name, role, expires_at_us)
      VALUES (${hashToken(ticket)}, ${name}, 'admin', now_us() + ${seconds(TICKET_SECONDS)}::bigint)`;
    await writeAudit(transaction, {
      ...{ tenant: null, actor: name, origin },
      ...{ action: 'console.link', subject: 'console' },
    });
  });
  return `${apiUrl}/sign-in#ticket=${ticket}`;
}

/** Signs in by a link's ticket and uses it up; undefined when it is unknown, used or too old. */
export async function useTicket(
  database: Database,
  ticket: string,
  { idleSeconds, door }: SignInOptions = {},
): Promise<(OpenedSession & { owner: SessionOwner }) | undefined> {
  if (!TICKET.test(ticket)) return undefined;
  return database.$transaction(async (transaction) => {
    // One statement takes it: of two that come at once, one gets nothing.
    const [row] = await transaction.$queryRaw<{ name: string; role: string }[]>`
      UPDATE console_ticket SET used_at_us = now_us()
       WHERE ticket_hash = ${hashToken(ticket)} AND used_at_us IS NULL AND expires_at_us > now_us()
      RETURNING name, role`;
    if (!row || !isRole(row.role)) return undefined;
    const owner: SessionOwner = { tokenId: null, name: row.name, role: row.role, tenant: null };
    return { ...(await openSession(transaction, owner, { idleSeconds, door })), owner };
  });
}
