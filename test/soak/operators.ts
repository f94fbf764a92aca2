import { setTimeout as sleep } from 'node:timers/promises';
import { parseTime } from '../../src/domain/time.ts';
import type { Random } from '../../src/start/sample-feed/random.ts';
import { command, COMMAND_MS } from './command.ts';
import { itemOf, nameOf, type SentEvent } from './oracle.ts';
import { prune } from './prune.ts';
import { deck, LATECOMER, TENANTS, type Soak } from './soak.ts';

interface Task {
  name: string;
  often: number;
  /** Further words are asked for each time, by the reason that they carry. */
  perform(soak: Soak, random: Random, reason: string): Promise<void>;
}

const PAUSE_MS = [1_000, 4_000] as const;
const CLOSED_MS = [2_000, 8_000] as const;
const REPLAYED_SECONDS = [20, 120] as const;

const TASKS: readonly Task[] = [
  { name: 'correct', often: 3, perform: correct },
  { name: 'void', often: 3, perform: voidOne },
  { name: 'replay', often: 2, perform: replay },
  { name: 'prune', often: 1, perform: prune },
  { name: 'sweep --repair', often: 1, perform: sweep },
  { name: 'tenant rolled back, opened again', often: 1, perform: closeTenant },
  { name: 'supplier closed, opened again', often: 2, perform: closeSupplier },
];

/** Does by the command line what people do, one thing after the other, until the soak is over. */
export async function operate(soak: Soak): Promise<void> {
  const random = soak.random();
  const next = deck(TASKS, random);
  for (let no = 1; !soak.over.aborted; no += 1) {
    const { name, perform } = next();
    soak.doing.operator = name;
    await perform(soak, random, `soak ${no}`);
    soak.doing.operator = '';
    await sleep(random.int(...PAUSE_MS), undefined, { signal: soak.over }).catch(() => {});
  }
}

async function correct(soak: Soak, random: Random, reason: string): Promise<void> {
  const event = pickEvent(soak, random);
  if (!event) return;
  const { tenant } = event;
  const [sku, quantity] = [itemOf(event).slice(tenant.length + 1), random.int(0, 500)];
  const args = ['correct', '--tenant', tenant, '--sku', sku, '--quantity', String(quantity)];
  const { code, values } = await command(soak, [...args, '--reason', reason]);
  soak.count(code === 0 ? 'corrections' : 'corrections without an answer');
  if (code !== 0) return void soak.oracle.unanswered.add(reason);
  const { supplier, eventId, updatedAt } = values[0] as Record<'supplier' | 'eventId' | 'updatedAt', string>;
  const time = parseTime(updatedAt);
  if (!time.ok) return void soak.wrong.push(`a correction has the time ${updatedAt}`);
  const fix: SentEvent = {
    tenant,
    supplier,
    eventId,
    sku,
    quantity,
    updatedAt: time.at,
    fate: 'contest',
  };
  soak.oracle.events.set(nameOf(fix), fix);
}

async function voidOne(soak: Soak, random: Random, reason: string): Promise<void> {
  const event = pickEvent(soak, random);
  if (!event || soak.oracle.voided.has(nameOf(event))) return;
  const { tenant, supplier, eventId } = event;
  const args = ['void', eventId, '--tenant', tenant, '--supplier', supplier, '--reason', reason];
  const { code, stderr } = await command(soak, args);
  soak.count(code === 0 ? 'voids' : 'voids without an answer');
  if (code === 0) soak.oracle.voided.add(nameOf(event));
  else if (!stderr.includes('is the last that stands')) soak.oracle.unanswered.add(reason);
}

/** Goes on while other things are done; how it ended is asked for at the end. */
async function replay(soak: Soak, random: Random): Promise<void> {
  const since = new Date(Date.now() - random.int(...REPLAYED_SECONDS) * 1_000).toISOString();
  const args = ['replay', '--tenant', random.pick(Object.keys(TENANTS)), '--since', since, '--yes'];
  void command(soak, args, 5 * COMMAND_MS).then(({ code }) =>
    soak.count(code === 0 ? 'replays' : 'replays with failed events, or lost from sight'),
  );
}

/** Finds what was altered, or is just on its way. */
async function sweep(soak: Soak, random: Random): Promise<void> {
  const args = ['sweep', '--tenant', random.pick(Object.keys(TENANTS)), '--repair'];
  void command(soak, args, 5 * COMMAND_MS).then(({ code }) => {
    // 3: something was left, such as what has changed since it was looked at.
    soak.count(
      code === 0 || code === 3 ? 'sweeps with repair' : 'sweeps without all answers, or lost from sight',
    );
  });
}

async function closeTenant(soak: Soak, random: Random, reason: string): Promise<void> {
  const tenant = random.pick(Object.keys(TENANTS));
  const span = { tenant, fromMs: Date.now(), toMs: Infinity };
  soak.closed.push(span);
  await untilDone(soak, ['gate', 'rollback', '--tenant', tenant, '--reason', reason]);
  await sleep(random.int(...CLOSED_MS));
  await untilDone(soak, ['tenant', 'set', tenant, '--state', 'open', '--reason', reason]);
  span.toMs = Date.now();
  soak.count('tenants rolled back, opened again');
}

async function closeSupplier(soak: Soak, random: Random, reason: string): Promise<void> {
  const tenant = random.pick(Object.keys(TENANTS));
  const supplier = random.pick((TENANTS[tenant] ?? []).filter((one) => one !== LATECOMER.supplier));
  const span = { tenant, supplier, fromMs: Date.now(), toMs: Infinity };
  soak.closed.push(span);
  const named = ['--tenant', tenant, '--supplier', supplier, '--reason', reason];
  await untilDone(soak, ['gate', 'rollback', ...named]);
  await sleep(random.int(...CLOSED_MS));
  await openSupplier(soak, { tenant, supplier, reason });
  span.toMs = Date.now();
  soak.count('suppliers closed, opened again');
}

export function openSupplier(
  soak: Soak,
  { tenant, supplier, reason }: { tenant: string; supplier: string; reason: string },
): Promise<void> {
  const args = ['supplier', 'set', supplier, '--tenant', tenant, '--state', 'open', '--reason', reason];
  return untilDone(soak, args);
}

/** A person tries again what a fault has kept from being done. */
async function untilDone(soak: Soak, args: readonly string[]): Promise<void> {
  let said = '';
  for (let tried = 1; tried <= 10; tried += 1) {
    const { code, stderr } = await command(soak, args);
    if (code === 0) return;
    said = stderr;
    await sleep(1_000);
  }
  soak.wrong.push(`${args.join(' ')} was never done: ${said.trim().slice(-200)}`);
}

/** One that takes part in the contest of an item with some more. */
function pickEvent({ oracle }: Soak, random: Random): SentEvent | undefined {
  const events = [...oracle.events.values()].slice(-500);
  if (events.length < 50) return undefined;
  for (let tried = 0; tried < 20; tried += 1) {
    const event = random.pick(events);
    const flows = event.supplier !== LATECOMER.supplier;
    if (event.fate === 'contest' && flows) return event;
  }
  return undefined;
}
