import type { Database, Transaction } from '../database/client.ts';
import type { GateCommandRef } from '../domain/gate-command.ts';
import type { Missing } from '../domain/gate.ts';
import { withTenantLock } from '../flags/set-state.ts';

/** How a command ended: the answer of one that was carried out, or what was missing of one that was refused. */
export type CommandEnd = { answer: object; missing?: never } | { answer?: never; missing: Missing[] };

/** What is missing of a command that nobody waits for any more. */
export const TOO_LATE: Missing = {
  condition: 'in_time',
  detail: 'The command came too late: whoever asked for it has gone. Give it again.',
};

/** How a command ended, by its row; undefined for one that has not, or that was never written down. */
export async function readCommandEnd(
  database: Pick<Database, 'gateRequest'>,
  { requestId, tenant }: GateCommandRef,
): Promise<CommandEnd | undefined> {
  const row = await database.gateRequest.findUnique({ where: { id: requestId, tenantId: tenant } });
  if (!row) return undefined;
  if (row.answer !== null) return { answer: row.answer as object };
  return row.missing === null ? undefined : { missing: row.missing as unknown as Missing[] };
}

/** Writes down that a command was refused, unless it has ended; under the tenant's lock nobody is just carrying it out. */
export async function writeRefusal(
  database: Database,
  command: GateCommandRef,
  missing: readonly Missing[],
): Promise<void> {
  await withTenantLock(database, command.tenant, (transaction) => refuse(transaction, command, missing));
}

/**
 * Makes a command void, unless it has ended: whoever would carry it out later finds that.
 *
 * @returns how it had ended
 */
export async function voidCommand(
  database: Database,
  command: GateCommandRef,
): Promise<CommandEnd | undefined> {
  return withTenantLock(database, command.tenant, async (transaction) => {
    const end = await readCommandEnd(transaction, command);
    if (!end) await refuse(transaction, command, [TOO_LATE]);
    return end;
  });
}

async function refuse(
  transaction: Transaction,
  { requestId, tenant }: GateCommandRef,
  missing: readonly Missing[],
): Promise<void> {
  await transaction.$executeRaw`
    UPDATE gate_request SET missing = ${JSON.stringify(missing)}::jsonb
     WHERE id = ${requestId} AND tenant_id = ${tenant} AND answer IS NULL AND missing IS NULL`;
}
