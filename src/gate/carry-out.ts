import { databaseNow } from '../database/clock.ts';
import type { Database, Transaction } from '../database/client.ts';
import type { Missing } from '../domain/gate.ts';
import type { GateCommand } from '../domain/gate-command.ts';
import { mustParseTime } from '../domain/time.ts';
import { withTenantLock } from '../flags/set-state.ts';
import { readCommandEnd, TOO_LATE, writeRefusal } from './command-end.ts';

/** A command of the gate is refused, for all of these reasons at once. Nothing was changed. */
export class GateRefused extends Error {
  override name = 'GateRefused';
  readonly missing: readonly Missing[];

  constructor(missing: readonly Missing[]) {
    super(missing.map(({ detail }) => detail).join(' '));
    this.missing = missing;
  }
}

export function refuseIfAny(missing: readonly Missing[]): void {
  if (missing.length > 0) throw new GateRefused(missing);
}

/**
 * Carries a command out in one transaction under the tenant's exclusive lock, and once: sent again with the same
 * request id, it ends as it did the first time, whatever has changed since.
 *
 * @throws GateRefused
 */
export async function carryOut<T extends object>(
  database: Database,
  command: GateCommand,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  try {
    return await withTenantLock(database, command.tenant, async (transaction) => {
      const end = await readCommandEnd(transaction, command);
      if (end?.answer) return end.answer as T;
      if (end) throw new GateRefused(end.missing);
      await refuseIfLate(transaction, command);
      const answer = await work(transaction);
      await refuseIfLate(transaction, command);
      await transaction.gateRequest.upsert({
        where: { id: command.requestId },
        create: { id: command.requestId, tenantId: command.tenant, answer },
        update: { answer },
      });
      return answer;
    });
  } catch (error) {
    // Whoever gave it reads there why: on its way through Temporal a refusal can be altered.
    if (error instanceof GateRefused) await writeRefusal(database, command, error.missing);
    throw error;
  }
}

/** Asked again right before the commit: the wait for the lock and the work take time, too. */
async function refuseIfLate(transaction: Transaction, { expiresAt }: GateCommand): Promise<void> {
  if ((await databaseNow(transaction)) <= mustParseTime(expiresAt)) return;
  throw new GateRefused([TOO_LATE]);
}
