import type { SupplierState, TenantState } from '../../src/domain/flags.ts';
import { REVIEWS_NEEDED } from '../../src/domain/gate.ts';
import { CHECKLIST } from '../../src/domain/checklist.ts';
import { SIGNALS } from '../../src/domain/signals.ts';
import { flagsAfter, type Entry, type Flags } from './journal.ts';

/** @returns a line for each attempt that began although a flag was closed */
export function wrongAttempts(entries: readonly Entry[]): string[] {
  const flags = flagsAfter([]);
  return entries.flatMap(({ no, what, row }) => {
    if (what === 'tenant') flags.state = row['state'] as TenantState;
    if (what === 'supplier') flags.suppliers.set(String(row['id']), row['state'] as SupplierState);
    if (what !== 'publish_attempt') return [];
    const supplier = flags.suppliers.get(String(row['supplier_id']));
    return flags.state !== 'closed' && supplier === 'open'
      ? []
      : [
          `entry ${no}: an attempt for ${String(row['item_id'])} began; tenant ${flags.state}, supplier ${supplier}`,
        ];
  });
}

/** @returns why a canary must not have been opened on what stood there */
export function wrongOpening(before: Flags, seen: readonly Entry[]): string[] {
  const confirmed = new Set(
    seen.filter(({ what }) => what === 'checklist_item').map(({ row }) => row['name']),
  );
  return [
    ...(before.state === 'closed' ? [] : [`the tenant was ${before.state}`]),
    ...CHECKLIST.filter((name) => !confirmed.has(name)).map((name) => `${name} was not confirmed`),
  ];
}

/** @returns why a supplier must not have been opened on what stood there */
export function wrongWidening(
  supplier: string,
  before: Flags,
  seen: readonly Entry[],
  needed: number,
): string[] {
  const { state, suppliers } = before;
  const allOpen = [...suppliers.values()].every((one) => one === 'open');
  const whose = state === 'open' ? supplier : '';
  const samples = samplesOf(seen);
  const since = lastOf(seen, (entry) => beginsAnew(entry, state, supplier, samples));
  const latest = [...samples.values()].reduce<Sampled | undefined>(
    (last, one) => (last && last.at > one.at ? last : one),
    undefined,
  );
  const sick = latest?.missing.filter((one) => suppliers.get(one) === 'open') ?? [];
  const explained = new Set(
    seen
      .filter(({ no, what, row }) => what === 'trace_review' && no > since && row['supplier_id'] === whose)
      .filter(({ row }) => row['approved_us'] !== null && String(row['explanation']).trim() !== '')
      .map(({ row }) => row['event_seq']),
  );
  const watched = watchedOf(
    seen.filter(({ no, what, row }) => what === 'gate_watch' && no > since && row['supplier_id'] === whose),
    samples,
  );
  return [
    ...(state === 'closed' ? ['the tenant was closed'] : []),
    ...(suppliers.get(supplier) === 'closed' || (state === 'canary' && allOpen) ? [] : ['it was open']),
    ...(latest?.verdict === 'pass' ? [] : [`the last sample said ${latest?.verdict}`]),
    ...sick.map((one) => `supplier ${one} missed`),
    ...(watched >= needed ? [] : [`it was watched for ${watched} of ${needed} µs`]),
    ...(explained.size >= REVIEWS_NEEDED ? [] : [`${explained.size} updates were explained`]),
  ];
}

interface Sampled {
  at: number;
  verdict: 'pass' | 'miss' | 'inconclusive';
  /** Suppliers of which a signal missed. */
  missing: string[];
}

/** What was said at each moment of sampling; the tenant's own readings count. */
function samplesOf(seen: readonly Entry[]): Map<number, Sampled> {
  const rows = new Map<number, Entry[]>();
  for (const entry of seen) {
    if (entry.what !== 'signal_sample') continue;
    const at = Number(entry.row['sampled_at_us']);
    rows.set(at, [...(rows.get(at) ?? []), entry]);
  }
  return new Map(
    [...rows].map(([at, entries]) => {
      const own = entries.filter(({ row }) => row['supplier_id'] === null).map(({ row }) => row['verdict']);
      const passes = SIGNALS.length === own.length && own.every((one) => one === 'pass');
      const missing = entries
        .filter(({ row }) => row['verdict'] === 'miss')
        .map(({ row }) => row['supplier_id']);
      return [
        at,
        {
          at,
          verdict: own.includes('miss') ? 'miss' : passes ? 'pass' : 'inconclusive',
          missing: missing.filter((one) => one !== null).map(String),
        },
      ];
    }),
  );
}

/** Nothing that was watched or explained before such an entry counts. */
function beginsAnew(
  { what, row }: Entry,
  state: TenantState,
  supplier: string,
  samples: ReadonlyMap<number, Sampled>,
): boolean {
  if (what === 'tenant') return row['state'] === 'closed';
  if (what === 'supplier' && row['state'] === 'closed') {
    // One that is added in a canary changes nothing of what is watched.
    return state === 'canary' ? row['op'] === 'UPDATE' : row['id'] === supplier;
  }
  return what === 'signal_sample' && samples.get(Number(row['sampled_at_us']))?.verdict === 'miss';
}

function lastOf(entries: readonly Entry[], wanted: (entry: Entry) => boolean): number {
  return entries.findLast(wanted)?.no ?? 0;
}

/** The spans between green samples, in the order in which they were counted. */
function watchedOf(counted: readonly Entry[], samples: ReadonlyMap<number, Sampled>): number {
  let watched = 0;
  let last: Sampled | undefined;
  for (const { row } of counted) {
    const sample = samples.get(Number(row['sampled_at_us']));
    if (!sample || sample.at === last?.at) continue;
    if (sample.verdict === 'pass' && last?.verdict === 'pass') watched += sample.at - last.at;
    last = sample;
  }
  return watched;
}
