import { databaseNow } from '../../src/database/clock.ts';
import { randomUUID } from 'node:crypto';
import type { Database, Transaction } from '../../src/database/client.ts';
import type { GateCommand } from '../../src/domain/gate-command.ts';
import type { Missing } from '../../src/domain/gate.ts';
import { CHECKLIST } from '../../src/domain/checklist.ts';
import { SIGNALS, type SignalName, type Verdict } from '../../src/domain/signals.ts';
import { formatTime, seconds, type Micros } from '../../src/domain/time.ts';
import { TENANTS_OWN } from '../../src/flags/begin-watch.ts';
import { GateRefused } from '../../src/gate/carry-out.ts';
import type { GateSettings } from '../../src/gate/settings.ts';
import { recordSamples } from '../../src/signals/sample-signals.ts';

/** A business day of so many seconds. */
export const NEEDED = 60;
export const settings: GateSettings = { sampleSeconds: 1, businessDaySeconds: NEEDED };

/** Every hour of every day. */
const ALWAYS = { days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00', holidays: [] };

/** A closed tenant with closed suppliers and nothing else. */
export async function closedTenant(database: Database, tenant: string, suppliers: string[]): Promise<void> {
  await database.tenant.create({ data: { id: tenant, calendar: ALWAYS } });
  await database.supplier.createMany({ data: suppliers.map((id) => ({ tenantId: tenant, id })) });
}

/** All five, whatever the evidence. */
export async function confirmAll(database: Database, tenant: string): Promise<void> {
  await database.checklistItem.createMany({
    data: CHECKLIST.map((name) => ({ tenantId: tenant, name, confirmedBy: 'ada', reference: 'by hand' })),
  });
}

export async function command(
  database: Database,
  tenant: string,
  goodFor = 60,
): Promise<GateCommand & { reason: string }> {
  const expiresAt = formatTime((await databaseNow(database)) + seconds(goodFor));
  return { requestId: randomUUID(), tenant, actor: 'ada', reason: 'release 12', expiresAt };
}

/** Samples as if all signals had been read just then; pass unless told. */
export async function samplesSay(
  database: Pick<Transaction, '$queryRaw' | 'signalSample'>,
  tenant: string,
  said: Partial<Record<SignalName, Verdict>> = {},
  at?: Micros,
): Promise<void> {
  const sampledAtUs = at ?? (await databaseNow(database));
  await recordSamples(
    database,
    SIGNALS.map((signal) => ({
      tenant,
      supplier: null,
      signal,
      sampledAtUs,
      value: 0,
      of: 1000,
      verdict: said[signal] ?? 'pass',
      reason: `${signal} was said to be ${said[signal] ?? 'pass'}`,
    })),
  );
}

/** The watch as if the business day were over. */
export async function watchedEnough(
  database: Database,
  tenant: string,
  supplier = TENANTS_OWN,
): Promise<void> {
  await database.gateWatch.update({
    where: { tenantId_supplierId: { tenantId: tenant, supplierId: supplier } },
    data: { watchedUs: seconds(NEEDED), neededUs: seconds(NEEDED), verdict: 'pass' },
  });
}

/** The conditions that a command was refused for. */
export async function refusalOf(work: Promise<unknown>): Promise<string[]> {
  const outcome = await work.then(
    () => 'done',
    (error: unknown) => error,
  );
  if (!(outcome instanceof GateRefused)) throw new Error(`it was not refused: ${String(outcome)}`);
  return outcome.missing.map(({ condition }: Missing) => condition);
}
