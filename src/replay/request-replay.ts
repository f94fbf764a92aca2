import { createHash, randomBytes } from 'node:crypto';
import type { Database } from '../database/client.ts';
import type { FrozenRules, ReplayWindow } from './replay-window.ts';
import { formatTime, microsOf } from '../domain/time.ts';
import { lockPrunes } from '../retention/prune-run.ts';
import { refusePruned } from './refuse-pruned.ts';
import { writeAudit } from '../database/audit.ts';
import type { Origin } from '../domain/origin.ts';

export interface ReplayRequest extends ReplayWindow {
  /** Counted by checkReplay. */
  eventsTotal: number;
  /** Most events a second. */
  rate?: number | undefined;
  requestedBy: string;
  origin?: Origin | undefined;
  /** Makes the request safe to repeat; `content` is what a repetition has to say again, word for word. */
  idempotency?: { key: string; content: string } | undefined;
}

/** An idempotency key was used before, for another request. */
export class IdempotencyKeyReused extends Error {
  override name = 'IdempotencyKeyReused';
}

/**
 * Writes a replay down; the starters of the workers see to the rest. It needs PostgreSQL only.
 *
 * @returns the replay's id; that of the first request when its idempotency key is known
 * @throws IdempotencyKeyReused
 * @throws ReplayRefused when its window was pruned meanwhile
 */
export async function requestReplay(database: Database, request: ReplayRequest): Promise<string> {
  const id = newReplayId();
  const { idempotency } = request;
  const hash = idempotency && createHash('sha256').update(idempotency.content).digest();
  return database.$transaction(async (transaction) => {
    const suppliers = await transaction.supplier.findMany({ where: { tenantId: request.tenant } });
    const rules: FrozenRules = Object.fromEntries(
      suppliers.map(({ id: supplier, skuPattern, clockToleranceSeconds, ruleId }) => [
        supplier,
        { skuPattern, clockToleranceSeconds, ruleId },
      ]),
    );
    // Skips a known idempotency key instead of failing, which would end the transaction.
    const { count } = await transaction.replay.createMany({
      data: {
        id,
        tenantId: request.tenant,
        supplierId: request.supplier ?? null,
        sku: request.sku ?? null,
        outcome: request.outcome ?? null,
        failureMode: request.failureMode ?? null,
        by: request.by,
        sinceUs: request.since,
        untilUs: request.until,
        createdAtUs: request.asOf,
        rules,
        ratePerSecond: request.rate ?? null,
        eventsTotal: request.eventsTotal,
        requestedBy: request.requestedBy,
        idempotencyKey: idempotency?.key ?? null,
        requestHash: hash ?? null,
        startDueUs: request.asOf,
      },
      skipDuplicates: true,
    });
    if (count === 0) return knownReplay(transaction, request, hash);
    // What a prune took away since the window was checked is seen now, and from now on it leaves the window alone.
    await lockPrunes(transaction, request.tenant);
    await refusePruned(transaction, request);
    await writeAudit(transaction, {
      tenant: request.tenant,
      actor: request.requestedBy,
      origin: request.origin,
      action: 'replay.start',
      subject: `replay/${id}`,
      after: {
        by: request.by,
        since: formatTime(request.since),
        until: formatTime(request.until),
        supplier: request.supplier ?? null,
        sku: request.sku ?? null,
        outcome: request.outcome ?? null,
        failureMode: request.failureMode ?? null,
      },
    });
    await transaction.$executeRaw`SELECT pg_notify('supplier_event', '')`;
    return id;
  });
}

/** Such as `2026-06-01-1a2b3c4d`. */
export function newReplayId(): string {
  return `${formatTime(microsOf(new Date())).slice(0, 10)}-${randomBytes(4).toString('hex')}`;
}

/** @returns the id of the replay that a request with this key made before, if it asked for the same */
export async function findRepeated(
  database: Pick<Database, 'replay'>,
  tenant: string,
  idempotency: { key: string; content: string },
): Promise<string | undefined> {
  const hash = createHash('sha256').update(idempotency.content).digest();
  const row = await database.replay.findUnique({
    where: { tenantId_idempotencyKey: { tenantId: tenant, idempotencyKey: idempotency.key } },
  });
  if (!row) return undefined;
  if (!row.requestHash || !hash.equals(row.requestHash)) {
    throw new IdempotencyKeyReused(`The key was used for replay ${row.id}, which asked for something else.`);
  }
  return row.id;
}

async function knownReplay(
  database: Pick<Database, 'replay'>,
  { tenant, idempotency }: ReplayRequest,
  hash: Buffer | undefined,
): Promise<string> {
  const id = idempotency && hash && (await findRepeated(database, tenant, idempotency));
  if (id === undefined) throw new Error('a replay of this id is there already; ask again');
  return id;
}
