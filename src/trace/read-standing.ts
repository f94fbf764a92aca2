import type { Transaction } from '../database/client.ts';
import { formatTime } from '../domain/time.ts';
import type { EventName } from './trace.ts';

/** How the version that the catalog shows stands: what the answer speaks of, whatever page is looked at. */
export interface Standing {
  version: number;
  publication: string;
  publicationAt: string;
  /** The last attempt to publish it that has ended. */
  lastAttempt: { status: string; startedAt: string; reason: string | null } | undefined;
  /** The manual fix to which the version is due: a correction that won, or a void of another event. */
  fix:
    { kind: 'correction' | 'void'; target: EventName | undefined; actor: string; reason: string } | undefined;
}

export async function readStanding(
  transaction: Transaction,
  itemId: string,
  version: number,
  winnerSeq: bigint,
): Promise<Standing | undefined> {
  const row = await transaction.catalogItemVersion.findUnique({
    where: { itemId_version: { itemId, version } },
  });
  if (!row) return undefined;
  const attempt = await transaction.publishAttempt.findFirst({
    where: { itemId, version, status: { not: 'sending' } },
    orderBy: { id: 'desc' },
  });
  const fix = await transaction.supplierEvent.findFirst({
    where: {
      OR: [
        { seq: winnerSeq, kind: 'correction' },
        { itemId, kind: 'void', version },
      ],
    },
    orderBy: { seq: 'desc' },
    select: {
      kind: true,
      actor: true,
      reason: true,
      target: { select: { supplierId: true, eventId: true } },
    },
  });
  return {
    version,
    publication: row.publication,
    publicationAt: formatTime(row.publicationAtUs),
    lastAttempt: attempt
      ? { status: attempt.status, startedAt: formatTime(attempt.startedAtUs), reason: attempt.reason }
      : undefined,
    fix: fix
      ? {
          kind: fix.kind as 'correction' | 'void',
          target: fix.target ? { supplier: fix.target.supplierId, eventId: fix.target.eventId } : undefined,
          actor: fix.actor ?? '',
          reason: fix.reason ?? '',
        }
      : undefined,
  };
}
