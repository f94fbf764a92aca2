import { databaseNow } from '../database/clock.ts';
import type { Database, Transaction } from '../database/client.ts';
import { Prisma } from '../generated/prisma/client.ts';
import { knownTenant } from '../database/known-tenant.ts';
import { CHECKLIST_TITLES } from '../domain/gate.ts';
import { LONGEST_TEXT, secretIn } from '../domain/gate-text.ts';
import type { Somebody } from '../domain/four-eyes.ts';
import { NAME } from '../domain/identity.ts';
import type { Origin } from '../domain/origin.ts';
import { isStorable } from '../domain/safe-text.ts';
import { CHECKLIST, type ChecklistName } from '../domain/checklist.ts';
import { formatTime } from '../domain/time.ts';
import { writeAudit, type AuditedBy } from '../database/audit.ts';
import type { ChecklistEntry } from './gate-status.ts';
import { readReplayStatus } from '../replay/replay-status.ts';

/** The evidence does not show what it has to; the message says why. Nothing was confirmed. */
export class EvidenceRefused extends Error {
  override name = 'EvidenceRefused';
}

export interface Confirmation extends AuditedBy {
  tenant: string;
  name: ChecklistName;
  reference: string;
  /** Only replays of this tenant are known to whoever asks; of any unless given. */
  replaysOf?: string | undefined;
}

/** All five, in their order. */
export async function readChecklist(
  database: Pick<Transaction, 'checklistItem'>,
  tenant: string,
): Promise<ChecklistEntry[]> {
  const rows = await database.checklistItem.findMany({ where: { tenantId: tenant } });
  return CHECKLIST.map((name) => {
    const row = rows.find((one) => one.name === name);
    return {
      name,
      ...CHECKLIST_TITLES[name],
      confirmedBy: row?.confirmedBy ?? null,
      reference: row?.reference ?? null,
      at: row ? formatTime(row.atUs) : null,
    };
  });
}

/** Those that are confirmed. */
export async function readConfirmed(
  database: Pick<Transaction, 'checklistItem'>,
  tenant: string,
): Promise<ChecklistName[]> {
  const entries = await readChecklist(database, tenant);
  return entries.filter(({ confirmedBy }) => confirmedBy !== null).map(({ name }) => name);
}

/** Who confirmed a condition last. */
export async function readLastConfirmation(
  database: Pick<Transaction, 'checklistItem'>,
  tenant: string,
): Promise<(Somebody & { title: string }) | undefined> {
  const row = await database.checklistItem.findFirst({
    where: { tenantId: tenant, name: { in: [...CHECKLIST] } },
    orderBy: { atUs: 'desc' },
  });
  if (!row) return undefined;
  const { title } = CHECKLIST_TITLES[row.name as ChecklistName];
  return { title, actor: row.confirmedBy, origin: row.origin as Origin | null };
}

/**
 * Confirms a condition with its evidence; confirmed again, the later evidence counts. Needs PostgreSQL only.
 *
 * @throws EvidenceRefused
 * @throws UnknownTenantError
 */
export async function confirmChecklist(database: Database, confirmation: Confirmation): Promise<void> {
  const { tenant, name, actor, origin } = confirmation;
  const reference = confirmation.reference.trim();
  const fault = await faultOf(database, { ...confirmation, reference });
  if (fault !== undefined) throw new EvidenceRefused(fault);
  await database.$transaction(async (transaction) => {
    await knownTenant(transaction, tenant);
    const key = { tenantId_name: { tenantId: tenant, name } };
    const before = await transaction.checklistItem.findUnique({ where: key });
    const content = {
      confirmedBy: actor,
      origin: origin ? { ...origin } : Prisma.DbNull,
      reference,
      atUs: await databaseNow(transaction),
    };
    await transaction.checklistItem.upsert({
      where: key,
      create: { tenantId: tenant, name, ...content },
      update: content,
    });
    await writeAudit(transaction, {
      ...confirmation,
      action: 'gate.checklist',
      subject: `checklist/${tenant}/${name}`,
      before: { confirmedBy: before?.confirmedBy ?? null, reference: before?.reference ?? null },
      after: { confirmedBy: actor, reference },
    });
  });
}

async function faultOf(
  database: Database,
  { name, reference, replaysOf }: Confirmation,
): Promise<string | undefined> {
  const wanted = `The evidence has to be ${CHECKLIST_TITLES[name].evidence}.`;
  if (reference === '' || reference.length > LONGEST_TEXT || !isStorable(reference)) {
    return `${wanted} It is one line of 1 to ${LONGEST_TEXT} printable characters.`;
  }
  const secret = secretIn(reference);
  if (secret !== undefined) {
    return (
      `The evidence holds a secret: ${secret} in an address. Whoever may look sees it, and the audit list keeps it ` +
      'for good. Give the address without it.'
    );
  }
  switch (name) {
    case 'canary-approved':
      return undefined;
    case 'dashboard':
    case 'rollback-note':
    case 'support-macro':
      return isWebAddress(reference) ? undefined : wanted;
    case 'replay-tested':
      return faultOfReplay(database, reference, replaysOf);
  }
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

async function faultOfReplay(
  database: Database,
  id: string,
  replaysOf: string | undefined,
): Promise<string | undefined> {
  const status = NAME.test(id) ? await readReplayStatus(database, id) : undefined;
  if (!status || (replaysOf !== undefined && status.tenant !== replaysOf)) {
    return `There is no replay ${id}; \`catalog-sync replay list\` names them. A dry run is none.`;
  }
  const { state, events, items } = status;
  if (state !== 'completed') return `Replay ${id} is ${state}: it has to have come to its end.`;
  if (events.failed > 0) return `In replay ${id} ${events.failed} events failed.`;
  const held = events.outcomes.held ?? 0;
  if (held > 0)
    return `In replay ${id} ${held} of ${events.total} events were held, because a flag was closed.`;
  if (items.touched === 0) return `Replay ${id} touched no item at all, so it shows nothing.`;
  return undefined;
}
