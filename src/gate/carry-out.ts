import { databaseNow } from '../database/clock.ts';
import type { Database, Transaction } from '../database/client.ts';
import type { Missing } from '../domain/gate.ts';
import type { GateCommand } from '../domain/gate-command.ts';
import { mustParseTime } from '../domain/time.ts';
import { withTenantLock } from '../flags/set-state.ts';

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
 * request id, it gives its first answer.
 *
 * @throws GateRefused
 */
export async function carryOut<T extends object>(
  database: Database,
  command: GateCommand,
  work: (transaction: Transaction) => Promise<T>,
): Promise<T> {
  return withTenantLock(database, command.tenant, async (transaction) => {
    const done = await transaction.gateRequest.findUnique({ where: { id: command.requestId } });
    if (done?.tenantId === command.tenant && done.answer !== null) return done.answer as T;
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
}

/** Asked again right before the commit: the wait for the lock and the work take time, too. */
async function refuseIfLate(transaction: Transaction, { expiresAt }: GateCommand): Promise<void> {
  if ((await databaseNow(transaction)) <= mustParseTime(expiresAt)) return;
  throw new GateRefused([
    {
      condition: 'in_time',
      detail: 'The command came too late: whoever asked for it has gone. Give it again.',
    },
  ]);
}
