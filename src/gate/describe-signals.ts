import type { Transaction } from '../database/client.ts';
import type { TenantState } from '../domain/flags.ts';
import { isFresh, sampleAge } from '../domain/gate.ts';
import type { JudgedSignal } from '../domain/judge-signals.ts';
import { formatTime, type Micros } from '../domain/time.ts';
import { meets, SAMPLE_VALID_US, targetText, valueText } from '../domain/verdict.ts';
import type { SignalStatus } from './gate-status.ts';
import { SIGNALS_BY_NAME } from '../signals/index.ts';
import type { Signal, StorefrontReading } from '../signals/signal.ts';
import { worstOf } from '../signals/worst-storefront.ts';
import type { LatestSample } from './latest-samples.ts';
import { readSinces, readTrend } from './signal-history.ts';

/** So many points has a trend. */
const TREND = 60;

/** The signals as people read them. What an old sample said is kept in the words, but it is a verdict no more. */
export async function describeSignals(
  transaction: Transaction,
  facts: {
    tenant: string;
    state: TenantState;
    sampledAt: Micros | null;
    samples: readonly LatestSample[];
    judged: readonly JudgedSignal[];
    now: Micros;
  },
): Promise<SignalStatus[]> {
  const { tenant, sampledAt, samples, judged, now } = facts;
  const fresh = sampledAt !== null && isFresh(sampledAt, now);
  const described: SignalStatus[] = [];
  const sinces = await readSinces(transaction, tenant, fresh ? judged : []);
  for (const one of judged) {
    const { title, bound, owner, onMiss, unit, whatToDo } = SIGNALS_BY_NAME[one.signal];
    const readings = samples.filter(({ signal }) => signal === one.signal);
    const reading = readings.find(({ supplier }) => supplier === one.supplier);
    const verdict = fresh ? one.verdict : 'inconclusive';
    const trend = await readTrend(transaction, tenant, one.signal, TREND);
    described.push({
      signal: one.signal,
      title,
      target: targetText(bound, unit),
      owner,
      onMiss,
      value: reading?.value ?? null,
      valueText: valueText(reading?.value ?? null, unit),
      verdict,
      reason: fresh ? one.reason : whyNotFresh(facts, one.reason),
      since: sinceOf({ sampledAt, fresh, since: sinces.get(one.signal) }),
      whatToDo: whatToDoNow(facts, {
        fresh,
        verdict,
        owner,
        isBad: typeof reading?.value === 'number' && !meets(reading.value, bound),
        heal: () => whatToDo({ tenant, supplier: one.supplier, verdict }),
      }),
      trend: trend.map(({ at, ...point }) => ({ at: formatTime(at), ...point })),
      storefronts: describeStorefronts(reading?.storefronts ?? [], { unit, fresh }),
      suppliers: readings.flatMap(({ supplier, value, verdict: own, reason }) =>
        supplier === null
          ? []
          : [
              {
                supplier,
                value,
                valueText: valueText(value, unit),
                verdict: fresh ? own : ('inconclusive' as const),
                reason,
              },
            ],
      ),
    });
  }
  return described;
}

function describeStorefronts(
  readings: readonly StorefrontReading[],
  { unit, fresh }: { unit: Signal['unit']; fresh: boolean },
): SignalStatus['storefronts'] {
  const worst = worstOf(readings);
  return readings.map((one) => ({
    ...{ storefront: one.storefront, value: one.value, valueText: valueText(one.value, unit) },
    ...{ reason: one.reason, verdict: fresh ? one.verdict : ('inconclusive' as const) },
    counts: one === worst,
  }));
}

function sinceOf(facts: {
  sampledAt: Micros | null;
  fresh: boolean;
  since: Micros | undefined;
}): string | null {
  const { sampledAt, fresh, since } = facts;
  if (sampledAt === null) return null;
  if (!fresh) return formatTime(sampledAt + SAMPLE_VALID_US);
  return formatTime(since ?? sampledAt);
}

function whyNotFresh(
  { state, sampledAt, now }: { state: TenantState; sampledAt: Micros | null; now: Micros },
  said: string,
): string {
  if (state === 'closed') return 'The tenant is closed: nothing is sampled.';
  if (sampledAt === null) return 'It was not sampled yet.';
  return `${sampleAge(sampledAt, now)} It said: ${said}`;
}

function whatToDoNow(
  { state }: { state: TenantState },
  reading: {
    fresh: boolean;
    verdict: SignalStatus['verdict'];
    owner: string;
    /** What there is misses the target, be it enough for a verdict or not. */
    isBad: boolean;
    heal: () => string;
  },
): string {
  const { fresh, verdict, owner, isBad, heal } = reading;
  if (!fresh) return sampleAgain(state);
  if (verdict !== 'inconclusive') return heal();
  return isBad
    ? `What there is misses the target, and waiting does not mend it: it is ${owner}'s to mend. ${heal()} Nothing opens meanwhile.`
    : 'Wait until there is enough data; nothing opens meanwhile.';
}

function sampleAgain(state: TenantState): string {
  return state === 'closed'
    ? 'Open the canary; the gate samples it from then on.'
    : 'See that a worker runs and Temporal answers: `catalog-sync doctor`.';
}
