import type { KeyRing } from '../access/secrets/key-ring.ts';
import { writeAudit, type AuditedBy } from '../database/audit.ts';
import type { Database } from '../database/client.ts';
import { knownTenant } from '../database/known-tenant.ts';
import { isUniqueViolation } from '../database/unique-violation.ts';
import type { Owner, Patience, Severity } from '../domain/notify.ts';
import { NotifyError } from './notify-error.ts';
import { sealTarget, type Target } from './target.ts';

export interface NewChannel {
  name: string;
  target: Target;
  /** Where it leads, as far as everybody may know. */
  shown: string;
  tenant: string | null;
  owner: Owner | null;
  atLeast: Severity;
  patience: Patience;
}

/**
 * Makes a channel. It is told of everything that is so now, in its first message.
 *
 * @throws NotifyError where there is one of that name
 * @throws UnknownTenantError
 */
export async function addChannel(
  database: Database,
  keys: KeyRing,
  channel: NewChannel,
  by: AuditedBy,
): Promise<void> {
  const { name, target, shown, tenant, owner, atLeast, patience } = channel;
  if (tenant !== null) await knownTenant(database, tenant);
  try {
    await database.$transaction(async (transaction) => {
      await transaction.notifyChannel.createMany({
        data: {
          ...{ name, kind: target.kind, shown, owner, atLeast, tenantId: tenant },
          target: sealTarget(keys, name, target),
          ...{
            inconclusiveUs: patience.inconclusive,
            publishUs: patience.publish,
            expiryUs: patience.expiry,
          },
        },
      });
      await writeAudit(transaction, {
        ...by,
        ...{ tenant, action: 'notify.add', subject: `notify/${name}` },
        after: { kind: target.kind, to: shown, owner, atLeast },
      });
    });
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new NotifyError(
      `There is a channel ${name} already; \`catalog-sync notify remove ${name}\` takes it away.`,
    );
  }
}

/** Takes a channel away, with what it was still to be told. @throws NotifyError */
export async function removeChannel(database: Database, name: string, by: AuditedBy): Promise<void> {
  await database.$transaction(async (transaction) => {
    const row = await transaction.notifyChannel.findUnique({
      where: { name },
      select: { kind: true, shown: true, tenantId: true },
    });
    if (!row) throw unknownChannel(name);
    await transaction.notifyChannel.deleteMany({ where: { name } });
    await writeAudit(transaction, {
      ...by,
      ...{ tenant: row.tenantId, action: 'notify.remove', subject: `notify/${name}` },
      before: { kind: row.kind, to: row.shown },
    });
  });
}

export function unknownChannel(name: string): NotifyError {
  return new NotifyError(`There is no channel ${name}; \`catalog-sync notify list\` names them.`);
}
