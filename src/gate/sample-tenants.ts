import { databaseNow } from '../database/clock.ts';
import type { Database, Transaction } from '../database/client.ts';
import { advanceWatch } from '../domain/gate-watch.ts';
import type { TenantState } from '../domain/flags.ts';
import { ownOrigin } from '../domain/origin.ts';
import { judgeSignals, type JudgedSignal } from '../domain/judge-signals.ts';
import type { Micros } from '../domain/time.ts';
import { worst } from '../domain/verdict.ts';
import { ALL_SIGNALS } from '../signals/index.ts';
import { readSignals, recordSamples } from '../signals/sample-signals.ts';
import type { Sample, Signal } from '../signals/signal.ts';
import { TENANTS_OWN } from '../flags/begin-watch.ts';
import { closedOf, openOf, readLastOpenings, readLaunch, type Launch } from './launch-facts.ts';
import { rollBack } from './roll-back.ts';
import { sampleReviews } from './sample-reviews.ts';
import { neededTime, type GateSettings } from './settings.ts';
import { lockWatches, saveWatch, type WatchRow } from './watch-rows.ts';
import { workingTime } from './working-time.ts';

/** What a sample of a tenant has led to. */
export interface Sampled {
  tenant: string;
  state: TenantState;
  signals: JudgedSignal[];
  /** In place of the others, why a tenant could not be sampled. */
  failure?: unknown;
}

/** In ms. */
const TRANSACTION = { timeout: 20_000, maxWait: 5_000 };

export interface SampleOptions {
  settings: GateSettings;
  /** The database's clock unless given. */
  nowUs?: Micros;
  /** All unless given. */
  signals?: readonly Pick<Signal, 'name' | 'onMiss'>[];
}

/**
 * Samples the signals of some tenants in one query a signal, writes the samples down, and counts them in the tenants'
 * watches. A tenant that cannot be sampled holds up no other: when the query of all fails, for one of them may have
 * more data than can be read in time, each is sampled alone.
 */
export async function sampleTenants(
  database: Database,
  tenants: readonly string[],
  options: SampleOptions,
): Promise<Sampled[]> {
  const openings = await readLastOpenings(database, tenants);
  const nowUs = options.nowUs ?? (await databaseNow(database));
  let samples: Sample[];
  try {
    samples = await readSignals(database, { tenants, nowUs });
  } catch (error) {
    if (tenants.length === 1) throw error;
    return sampleOneByOne(database, tenants, options);
  }
  const sampled: Sampled[] = [];
  for (const tenant of tenants) {
    const own = samples.filter((sample) => sample.tenant === tenant);
    try {
      sampled.push(
        await countSamples(database, own, { ...options, tenant, nowUs, opening: openings.get(tenant) }),
      );
    } catch (failure) {
      sampled.push({ tenant, state: 'closed', signals: [], failure });
    }
  }
  return sampled;
}

async function sampleOneByOne(
  database: Database,
  tenants: readonly string[],
  options: SampleOptions,
): Promise<Sampled[]> {
  const sampled: Sampled[] = [];
  for (const tenant of tenants) {
    // A database that is away fails the round at once, and not one tenant after the other.
    const nowUs = options.nowUs ?? (await databaseNow(database));
    try {
      sampled.push(...(await sampleTenants(database, [tenant], { ...options, nowUs })));
    } catch (failure) {
      sampled.push({ tenant, state: 'closed', signals: [], failure });
    }
  }
  return sampled;
}

/**
 * Samples and watch change together: a miss that was written down has begun the watch anew.
 *
 * @param options.opening the last one before the signals were read
 */
async function countSamples(
  database: Database,
  read: readonly Sample[],
  options: SampleOptions & { tenant: string; nowUs: Micros; opening: Micros | undefined },
): Promise<Sampled> {
  const { settings, tenant } = options;
  const counted = await database.$transaction(async (transaction) => {
    await holdFlags(transaction, tenant);
    const launch = await readLaunch(transaction, tenant);
    if (!launch || launch.state === 'closed') return undefined;
    const { lastOpening } = launch;
    // What was opened while the signals were read may be in none of them: the sample is one from before it.
    const isBefore =
      lastOpening !== null && lastOpening.at > (options.opening ?? -1n) && lastOpening.at < options.nowUs;
    const nowUs = isBefore ? lastOpening.at : options.nowUs;
    const samples = isBefore ? read.map((one) => ({ ...one, sampledAtUs: nowUs })) : read;
    await recordSamples(transaction, samples);
    const signals = judgeSignals(samples, openOf(launch.suppliers));
    const watches = await countWatches(transaction, launch, signals, { settings, nowUs });
    return { launch, signals, watches, nowUs };
  }, TRANSACTION);
  if (!counted) return { tenant, state: 'closed', signals: [] };
  const { launch, signals, watches, nowUs } = counted;
  if (await holdAsAsked(database, tenant, signals, options.signals ?? ALL_SIGNALS)) {
    return { tenant, state: 'closed', signals };
  }
  for (const watch of watches) {
    if (watch.needed !== null && watch.watched >= watch.needed)
      await sampleReviews(database, tenant, watch, nowUs);
  }
  return { tenant, state: launch.state, signals };
}

/**
 * Nobody changes the tenant's flags until the end of the transaction: by old ones a miss would be counted in a watch
 * that counts no more, and not in the one that does. A process that stands still must not hold up a rollback for long.
 */
async function holdFlags(transaction: Pick<Transaction, '$executeRaw'>, tenant: string): Promise<void> {
  await transaction.$executeRaw`
    SELECT set_config('idle_in_transaction_session_timeout', '5s', true),
           pg_advisory_xact_lock_shared(tenant_lock(${tenant}))`;
}

async function countWatches(
  transaction: Transaction,
  launch: Launch,
  signals: readonly JudgedSignal[],
  { settings, nowUs }: { settings: GateSettings; nowUs: Micros },
): Promise<WatchRow[]> {
  const { tenant, state, suppliers, calendar, timeZone } = launch;
  const verdict = worst(signals.map((one) => one.verdict));
  const missed = signals.find((one) => one.verdict === 'miss');
  const sample = {
    at: nowUs,
    verdict,
    miss: missed ? { signal: missed.signal, reason: missed.reason } : null,
  };
  const wanted = state === 'open' ? closedOf(suppliers) : [TENANTS_OWN];
  const watches: WatchRow[] = [];
  for (const watch of await lockWatches(transaction, tenant, wanted, nowUs)) {
    const advanced = advanceWatch(watch, sample, (from, to) => workingTime(calendar, timeZone, from, to));
    const row = { ...advanced, supplier: watch.supplier, needed: neededTime(settings, launch) };
    await saveWatch(transaction, tenant, row);
    watches.push(row);
  }
  return watches;
}

/** Closes the flow whose signal missed, where the signal's `onMiss` says so. */
async function holdAsAsked(
  database: Database,
  tenant: string,
  judged: readonly JudgedSignal[],
  signals: readonly Pick<Signal, 'name' | 'onMiss'>[],
): Promise<boolean> {
  const holding = new Set(signals.filter(({ onMiss }) => onMiss === 'hold').map(({ name }) => name));
  const missed = judged.find(({ signal, verdict }) => verdict === 'miss' && holding.has(signal));
  if (!missed) return false;
  await rollBack(database, {
    tenant,
    ...(missed.supplier !== null && { supplier: missed.supplier }),
    actor: 'gate',
    origin: ownOrigin('gate'),
    reason: `${missed.signal} missed its target, and holds the flow: ${missed.reason}`,
  });
  return missed.supplier === null;
}
