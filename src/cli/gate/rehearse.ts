import type { Client } from '@temporalio/client';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyRing } from '../../access/secrets/key-ring.ts';
import type { AuditedBy } from '../../database/audit.ts';
import { databaseNow } from '../../database/clock.ts';
import type { Database } from '../../database/client.ts';
import { CHECKLIST, type ChecklistName } from '../../domain/checklist.ts';
import type { Missing } from '../../domain/gate.ts';
import type { Origin } from '../../domain/origin.ts';
import { secondsInWords } from '../../domain/span.ts';
import { addSupplier } from '../../flags/suppliers.ts';
import { addTenant } from '../../flags/tenants.ts';
import { GateRefused } from '../../gate/carry-out.ts';
import { confirmChecklist } from '../../gate/checklist.ts';
import { giveCommand, GateUnavailable } from '../../gate/give-command.ts';
import type { GateStatus } from '../../gate/gate-status.ts';
import { readGate } from '../../gate/read-gate.ts';
import { checkReplay } from '../../replay/check-replay.ts';
import { freezeWindow } from '../../replay/freeze-window.ts';
import { readReplayStatus } from '../../replay/replay-status.ts';
import { requestReplay } from '../../replay/request-replay.ts';
import { withContext } from '../context.ts';
import { CommandError } from '../errors.ts';
import { auditedBy } from '../option-values.ts';
import { note, print, printJson } from '../output.ts';
import { ITEMS, keepSending, sendFigures, type RehearsalSupplier } from './rehearsal-traffic.ts';

export interface RehearsalOptions {
  tenant: string;
  /** In seconds, as the next. */
  watch: number;
  within: number;
  url?: string;
  actor?: string;
}

const FIRST = 'first';
const SECOND = 'second';
const LOOK_EVERY_MS = 2_000;
/** Every hour of every day: it is working time whenever somebody rehearses. */
const ALWAYS = { days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00', holidays: [] };
const REASON = 'a rehearsal';

interface Rehearsal {
  client: Client;
  database: Database;
  keys: KeyRing;
  url: string;
  by: AuditedBy & { origin: Origin };
  tenant: string;
  watch: number;
  /** Ends it all. */
  deadline: number;
}

/** `gate rehearse`: from nothing to an open tenant. @throws CommandError with what is missing when its time is over */
export async function runRehearsal(options: RehearsalOptions, json: boolean): Promise<void> {
  await withContext(async (context) => {
    const { Client: TemporalClient, Connection } = await import('@temporalio/client');
    const { connectionOptions, namespace } = await context.temporal();
    const connection = Connection.lazy(connectionOptions);
    const began = performance.now();
    try {
      const status = await rehearse({
        client: new TemporalClient({ connection, namespace, ...(await context.dataConverter()) }),
        database: await context.database(),
        keys: await context.secretsKeys(),
        url: options.url ?? context.apiUrl,
        by: auditedBy(options),
        tenant: options.tenant,
        watch: options.watch,
        deadline: began + options.within * 1000,
      });
      const tookSeconds = Math.round((performance.now() - began) / 1000);
      if (json) return printJson({ tenant: status.tenant, state: status.state, tookSeconds });
      print(
        `tenant ${status.tenant} is ${status.state}, from nothing, in ${secondsInWords(tookSeconds)}; it was a rehearsal`,
      );
      note(
        `To take it away, and ${status.tenant}-staging: \`catalog-sync gate rollback\`, then \`catalog-sync tenant erase\`.`,
      );
    } finally {
      await connection.close();
    }
  });
}

async function rehearse(parts: Rehearsal): Promise<GateStatus> {
  const { tenant, by, database, url } = parts;
  await refuseNames(database, [tenant, `${tenant}-staging`]);
  note(`1. the tenants ${tenant} and ${tenant}-staging, two suppliers each`);
  const staging = await makeTenant(parts, `${tenant}-staging`, 'open');
  const suppliers = await makeTenant(parts, tenant, 'closed');
  note('2. a replay, tested on staging');
  const replay = await replayOnStaging(parts, staging);
  note('3. the checklist');
  await confirmAll(parts, replay);
  note('4. the canary is opened, and events come');
  await give(parts, () =>
    giveCommand(parts, 'openCanary', { tenant, ...by, reason: REASON, suppliers: [FIRST] }),
  );
  for (const one of suppliers) await sendFigures(url, one, { first: 0, count: ITEMS });
  const ended = new AbortController();
  const sending = keepSending(url, suppliers, ended.signal, (error) =>
    note(`a delivery failed: ${error instanceof Error ? error.message : String(error)}`),
  );
  try {
    note(
      `5. the watch: ${secondsInWords(parts.watch)} with every signal green, and three updates to explain`,
    );
    await watchAndExplain(parts);
    note('6. the second supplier is widened, and the tenant is open');
    await widen(parts);
  } finally {
    ended.abort();
    await sending;
  }
  return readGate(database, tenant);
}

/** Before anything is made: a rehearsal that is refused leaves nothing behind. */
async function refuseNames(database: Database, tenants: readonly string[]): Promise<void> {
  const there = await database.tenant.findFirst({
    where: { id: { in: [...tenants] } },
    select: { id: true },
    orderBy: { id: 'asc' },
  });
  if (there) {
    throw new CommandError(
      `There is a tenant ${there.id}, which may hold what is real: a rehearsal makes its own. Take a name that no ` +
        'tenant has; one of a former rehearsal goes with `catalog-sync gate rollback` and `catalog-sync tenant erase`.',
    );
  }
  const erased = await database.tenantErasure.findFirst({
    where: { tenantId: { in: [...tenants] } },
    select: { tenantId: true },
    orderBy: { tenantId: 'asc' },
  });
  if (erased) {
    throw new CommandError(
      `The tenant ${erased.tenantId} was erased, and its name is not given again. Take a name that no tenant had.`,
    );
  }
}

async function makeTenant(
  { database, keys, by, watch }: Rehearsal,
  tenant: string,
  state: 'open' | 'closed',
): Promise<RehearsalSupplier[]> {
  const audited = { ...by, reason: REASON };
  await addTenant(database, {
    ...{ ...audited, tenant, state, timeZone: 'UTC', calendar: ALWAYS, rehearsalSeconds: watch },
  });
  const made: RehearsalSupplier[] = [];
  for (const supplier of [FIRST, SECOND]) {
    const { secret } = await addSupplier(database, keys, { ...audited, tenant, supplier, state });
    made.push({ tenant, supplier, secret });
  }
  return made;
}

async function replayOnStaging(parts: Rehearsal, staging: readonly RehearsalSupplier[]): Promise<string> {
  const { database, url, tenant: own, by } = parts;
  const tenant = `${own}-staging`;
  const since = await databaseNow(database);
  for (const one of staging) await sendFigures(url, one, { first: 0, count: 10 });
  await waitFor(parts, 'the events of staging', async () => {
    const undecided = await database.supplierEvent.count({ where: { tenantId: tenant, decision: null } });
    return undecided === 0 ? true : undefined;
  });
  const window = await freezeWindow(database, { tenant, since, by: 'received_at' });
  const eventsTotal = await checkReplay(database, window, { dryRun: false });
  const id = await requestReplay(database, {
    ...{ ...window, eventsTotal, requestedBy: by.actor, origin: by.origin },
  });
  await waitFor(parts, `replay ${id}`, async () => {
    const status = await readReplayStatus(database, id);
    return status?.state === 'completed' ? true : undefined;
  });
  return id;
}

async function confirmAll({ database, by, tenant }: Rehearsal, replay: string): Promise<void> {
  const evidence: Record<ChecklistName, string> = {
    'replay-tested': replay,
    // By RFC 2606 nobody ever has such an address: it stands for yours.
    dashboard: 'https://dashboard.invalid/rehearsal',
    'canary-approved': `${by.actor}, for a rehearsal`,
    'rollback-note': 'https://tickets.invalid/rehearsal',
    'support-macro': 'https://desk.invalid/rehearsal',
  };
  for (const name of CHECKLIST) {
    await confirmChecklist(database, { tenant, name, reference: evidence[name], ...by });
  }
}

/** Waits until nothing keeps the second supplier closed, and explains what the gate asks to be explained. */
async function watchAndExplain(parts: Rehearsal): Promise<void> {
  const { database, tenant, by } = parts;
  let said = '';
  await waitFor(parts, 'the watch', async () => {
    const { toWiden, reviews, watch } = await readGate(database, tenant);
    const missing = toWiden.map(({ condition }) => condition).join(', ');
    if (missing !== said && missing !== '') note(`   missing: ${missing}`);
    said = missing;
    if (watch?.complete) {
      for (const one of reviews.filter(({ explainedBy }) => explainedBy === null)) {
        const explanation = `${one.eventId} of ${one.supplier} ended as ${one.outcome}: its figure was the newest then or it was not.`;
        const given = { tenant, ...by, eventId: one.eventId, supplier: one.supplier, explanation };
        await give(parts, () => giveCommand(parts, 'approveTrace', given));
      }
    }
    return toWiden.length === 0 ? true : undefined;
  });
}

/** What the gate still misses of the second supplier may come with the next sample. */
async function widen(parts: Rehearsal): Promise<void> {
  const { tenant, by } = parts;
  await waitFor(parts, 'the widening', async () => {
    try {
      await giveCommand(parts, 'widenSupplier', { tenant, ...by, reason: REASON, supplier: SECOND });
      return true;
    } catch (error) {
      if (!(error instanceof GateRefused || error instanceof GateUnavailable)) throw error;
      note(`   ${error instanceof GateRefused ? refusalOf(error.missing) : error.message}`);
      return undefined;
    }
  });
}

/** A refusal of the gate is the rehearsal's end; that nobody took the command is not, as long as there is time. */
async function give<T>(parts: Rehearsal, command: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await command();
    } catch (error) {
      if (error instanceof GateRefused) throw new CommandError(refusalOf(error.missing));
      if (!(error instanceof GateUnavailable) || performance.now() > parts.deadline) throw error;
      note(`   ${error.message} Asking again.`);
    }
  }
}

async function waitFor<T>(parts: Rehearsal, what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > parts.deadline) {
      const { toWiden } = await readGate(parts.database, parts.tenant);
      throw new CommandError(`The time is over, and ${what} is not done.\n${refusalOf(toWiden)}`);
    }
    await sleep(LOOK_EVERY_MS);
  }
}

function refusalOf(missing: readonly Missing[]): string {
  return `Missing:\n${missing.map(({ condition, detail }) => `  ${condition}: ${detail}`).join('\n')}`;
}
