import { spanInWords } from './span.ts';
import type { SupplierState, TenantState } from './flags.ts';
import { CHECKLIST, type ChecklistName } from './checklist.ts';
import { formatTime, type Micros } from './time.ts';
import type { Watch } from './gate-watch.ts';
import type { JudgedSignal } from './judge-signals.ts';
import { sentence } from './sentence.ts';
import type { SignalName } from './signals.ts';
import { SAMPLE_VALID_US } from './verdict.ts';

/** How many updates support has to explain. */
export const REVIEWS_NEEDED = 3;

/** A condition that is not met, in a stable word and in a sentence that says what to do. */
export interface Missing {
  condition: string;
  detail: string;
}

/** What the checklist's items are called, and what their evidence has to be. */
export const CHECKLIST_TITLES: Record<ChecklistName, { title: string; evidence: string }> = {
  'replay-tested': {
    title: 'replay tested on staging',
    evidence: 'the id of a replay that has ended with no failed event',
  },
  dashboard: {
    title: 'dashboard shows queue lag and publish errors',
    evidence: 'the http(s) address of the dashboard',
  },
  'canary-approved': {
    title: 'canary tenant approved',
    evidence: 'who approved it, and where that is written down',
  },
  'rollback-note': {
    title: 'rollback note linked in the release ticket',
    evidence: 'the http(s) address of the release ticket or its rollback note',
  },
  'support-macro': {
    title: 'support macro includes trace lookup steps',
    evidence: 'the http(s) address of the support macro',
  },
};

/** A tenant's suppliers, without the one of manual fixes, which no gate holds back. */
export type Suppliers = readonly { supplier: string; state: SupplierState }[];

/** @returns what keeps a canary from being opened with these suppliers; they are left out where nobody named any */
export function missingToOpen(facts: {
  tenant: string;
  state: TenantState;
  confirmed: readonly ChecklistName[];
  suppliers: Suppliers;
  named?: readonly string[];
}): Missing[] {
  const { tenant, state, confirmed, suppliers, named } = facts;
  const missing: Missing[] = [];
  if (state !== 'closed') {
    missing.push({
      condition: 'tenant_closed',
      detail: `Tenant ${tenant} is ${state} already. To begin its launch anew, roll it back first.`,
    });
  }
  for (const name of CHECKLIST) {
    if (confirmed.includes(name)) continue;
    const { title, evidence } = CHECKLIST_TITLES[name];
    missing.push({
      condition: `checklist_${name.replaceAll('-', '_')}`,
      detail: `Not confirmed: ${title}. Confirm ${name} in the checklist with ${evidence}.`,
    });
  }
  if (suppliers.length === 0) {
    missing.push({
      condition: 'supplier_known',
      detail: `Tenant ${tenant} has no supplier yet. Add one, then name it.`,
    });
  } else if (named) {
    if (named.length === 0) {
      missing.push({ condition: 'supplier_named', detail: 'No supplier is named. Name those to open.' });
    }
    for (const supplier of named) {
      if (suppliers.some((one) => one.supplier === supplier)) continue;
      missing.push({
        condition: 'supplier_known',
        detail: `Tenant ${tenant} has no supplier ${supplier}. It has ${listed(suppliers)}.`,
      });
    }
  }
  return missing;
}

/** A closed flag that was opened. */
export interface Opening {
  /** Null: the tenant. */
  supplier: string | null;
  at: Micros;
}

export interface Review {
  approved: boolean;
}

/** What a widening goes by: the watch is the supplier's own in an open tenant, else the tenant's. */
export interface WideningFacts {
  tenant: string;
  state: TenantState;
  suppliers: Suppliers;
  supplier: string | undefined;
  watch: Watch | undefined;
  needed: Micros;
  reviews: readonly Review[];
  /** The signals at the last sample. */
  signals: readonly JudgedSignal[];
  sampledAt: Micros | null;
  /** What flows since then is in no sample before. */
  lastOpening: Opening | null;
  now: Micros;
}

/** @returns what keeps a supplier closed; what is wrong with the supplier itself is left out where none is named */
export function missingToWiden(facts: WideningFacts): Missing[] {
  const { tenant, state, suppliers, supplier } = facts;
  const missing: Missing[] = [];
  if (supplier !== undefined) {
    const known = suppliers.find((one) => one.supplier === supplier);
    if (!known) {
      missing.push({
        condition: 'supplier_known',
        detail: `Tenant ${tenant} has no supplier ${supplier}. It has ${listed(suppliers)}.`,
      });
    } else if (known.state === 'open' && state !== 'closed' && !(state === 'canary' && allOpen(suppliers))) {
      return [{ condition: 'supplier_closed', detail: `Supplier ${supplier} is open already.` }];
    }
    // In an open tenant each supplier has its own watch, and this one has none.
    if (!known && state === 'open') return missing;
  }
  if (state === 'closed') {
    missing.push({
      condition: 'canary_open',
      detail: `Tenant ${tenant} is closed. Open its canary first; a watch begins then.`,
    });
    return missing;
  }
  if (state === 'canary' && !suppliers.some((one) => one.state === 'open')) {
    missing.push({
      condition: 'canary_flows',
      detail: `No supplier of the canary is open, so there is nothing to watch. Roll tenant ${tenant} back and open it anew.`,
    });
  }
  missing.push(...missingSignals(facts), ...missingWatch(facts), ...missingReviews(facts));
  return missing;
}

/** What heals a signal, where that is no replay. */
const HEALED_BY: Partial<Record<SignalName, string>> = {
  feed_health: 'Decide on what is held, mend what failed, ask who is silent; then watch again.',
};

function missingSignals({ tenant, signals, sampledAt, lastOpening, now }: WideningFacts): Missing[] {
  if (sampledAt === null) {
    return [
      {
        condition: 'sample_fresh',
        detail: 'The signals were not sampled yet. See that a worker runs, and wait for the first sample.',
      },
    ];
  }
  if (!isFresh(sampledAt, now)) {
    return [
      {
        condition: 'sample_fresh',
        detail: `${sampleAge(sampledAt, now)} See that a worker runs.`,
      },
    ];
  }
  const missing = signals
    .filter(({ verdict }) => verdict !== 'pass')
    .map(({ signal, verdict, reason }) => ({
      condition: `signal_${signal}`,
      detail:
        verdict === 'miss'
          ? `${signal} missed its target: ${sentence(reason)} ${HEALED_BY[signal] ?? 'Heal it (replay the window), then watch again.'}`
          : `${signal} is inconclusive: ${sentence(reason)} Nothing opens until it passes; \`catalog-sync gate status\` says what to do.`,
    }));
  if (lastOpening && sampledAt <= lastOpening.at)
    missing.unshift(missingSample(tenant, lastOpening, sampledAt));
  return missing;
}

/** Else two suppliers could be widened by one sample, the second before anything of the first was seen. */
function missingSample(tenant: string, { supplier, at }: Opening, sampledAt: Micros): Missing {
  const subject = supplier === null ? `Tenant ${tenant}` : `Supplier ${supplier}`;
  return {
    condition: 'sample_after_opening',
    detail:
      `${subject} was opened at ${formatTime(at)}, and the last sample is of ${formatTime(sampledAt)}: nothing that ` +
      'flows since then is in it. Come again after the next sample of all signals; `catalog-sync gate status` shows it.',
  };
}

function missingWatch({ watch, needed }: WideningFacts): Missing[] {
  if (watch && watch.watched >= needed) return [];
  const watched = watch?.watched ?? 0n;
  const since = watch?.lastMiss ? ` It began anew after ${watch.lastMiss.signal} missed.` : '';
  return [
    {
      condition: 'watch_complete',
      detail: `Watched for ${spanInWords(watched)} of ${spanInWords(needed)} of working time with every signal green.${since} Go on watching.`,
    },
  ];
}

function missingReviews({ reviews }: WideningFacts): Missing[] {
  const approved = reviews.filter((one) => one.approved).length;
  if (approved >= REVIEWS_NEEDED) return [];
  return [
    {
      condition: 'traces_explained',
      detail:
        reviews.length === 0
          ? `The gate has not sampled the ${REVIEWS_NEEDED} updates that support has to explain. It does so at the end of the watch, among those with a complete trace.`
          : `${approved} of ${REVIEWS_NEEDED} sampled updates are explained. Support has to explain the others.`,
    },
  ];
}

/** Then there is nothing to widen, and any of them completes the launch. */
function allOpen(suppliers: Suppliers): boolean {
  return suppliers.every(({ state }) => state === 'open');
}

/** A sample from the future is as little of now as an old one. */
export function isFresh(sampledAt: Micros, now: Micros): boolean {
  return now - sampledAt <= SAMPLE_VALID_US && sampledAt - now <= SAMPLE_VALID_US;
}

/** How old a sample is that says nothing any more. */
export function sampleAge(sampledAt: Micros, now: Micros): string {
  return now < sampledAt
    ? 'The last sample is from the future: the clock of the database was set back.'
    : `The last sample is ${spanInWords(now - sampledAt)} old, and holds for ${spanInWords(SAMPLE_VALID_US)}.`;
}

function listed(suppliers: Suppliers): string {
  return suppliers.length === 0 ? 'none' : suppliers.map(({ supplier }) => supplier).join(', ');
}
