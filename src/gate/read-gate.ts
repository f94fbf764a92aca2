import { databaseNow } from '../database/clock.ts';
import type { Database, Transaction } from '../database/client.ts';
import { UnknownTenantError } from '../database/known-tenant.ts';
import { missingToOpen, missingToWiden, type Missing } from '../domain/gate.ts';
import { judgeSignals } from '../domain/judge-signals.ts';
import { formatTime, seconds, type Micros } from '../domain/time.ts';
import { worst } from '../domain/verdict.ts';
import { businessDaySeconds } from '../domain/calendar.ts';
import type { GateStatus, ReviewStatus, WatchStatus } from './gate-status.ts';
import { TENANTS_OWN } from '../flags/begin-watch.ts';
import { readChecklist } from './checklist.ts';
import { readHeldEvents } from './held-events.ts';
import { readLatestSamples } from './latest-samples.ts';
import { closedOf, openOf, readLaunch, type Launch } from './launch-facts.ts';
import { readReviews, type ReviewRow } from './reviews.ts';
import { readSendingAttempts } from './sending-attempts.ts';
import { readLastSweep } from '../sweep/last-sweep.ts';
import { describeSignals } from './describe-signals.ts';
import { readWatches, type WatchRow } from './watch-rows.ts';
import { endedWatch, watchesThatCount } from './watches-that-count.ts';
import { isWorkingTime } from './working-time.ts';

/**
 * Where a tenant's launch stands, from one snapshot of the database: no Temporal and no worker is needed to see it.
 *
 * @throws UnknownTenantError
 */
export async function readGate(
  database: Database,
  tenant: string,
  options: { nowUs?: Micros } = {},
): Promise<GateStatus> {
  return database.$transaction((transaction) => read(transaction, tenant, options.nowUs), {
    isolationLevel: 'RepeatableRead',
    timeout: 20_000,
    maxWait: 5_000,
  });
}

async function read(
  transaction: Transaction,
  tenant: string,
  nowUs: Micros | undefined,
): Promise<GateStatus> {
  const launch = await readLaunch(transaction, tenant);
  if (!launch) throw new UnknownTenantError(tenant);
  const { state, suppliers } = launch;
  const now = nowUs ?? (await databaseNow(transaction));
  const { sampledAt, samples } = await readLatestSamples(transaction, tenant);
  const judged = judgeSignals(samples, openOf(suppliers));
  const signals = await describeSignals(transaction, { tenant, state, sampledAt, samples, judged, now });
  const allWatches = await readWatches(transaction, tenant);
  const watches = watchesThatCount(launch, allWatches);
  const ended = endedWatch(launch, allWatches);
  const reviews = await readReviews(transaction, tenant, ended ? [ended, ...watches] : watches);
  const checklist = await readChecklist(transaction, tenant);
  const held = await readHeldEvents(transaction, tenant);
  const confirmed = checklist.filter(({ confirmedBy }) => confirmedBy !== null).map(({ name }) => name);
  const watchOf = (supplier: string) => {
    const row = watches.find((one) => one.supplier === supplier);
    return row ? describeWatch(launch, row, { now, ended: false }) : null;
  };
  const missing = (watch: WatchRow | undefined, supplier: string): Missing[] =>
    missingToWiden({
      tenant,
      state,
      suppliers,
      supplier: undefined,
      watch,
      needed: neededOf(launch, watch),
      reviews: reviews
        .filter((one) => one.watch.supplier === supplier)
        .map(({ approvedAt }) => ({ approved: approvedAt !== null })),
      signals: judged,
      sampledAt,
      lastOpening: launch.lastOpening,
      now,
    });
  return {
    tenant,
    state,
    rehearsal: launch.rehearsal !== null,
    verdict: worst(signals.map(({ verdict }) => verdict)),
    sampledAt: sampledAt === null ? null : formatTime(sampledAt),
    signals,
    suppliers: suppliers.map((one) => ({
      ...one,
      heldEvents: held.get(one.supplier) ?? 0,
      watch: state === 'open' ? watchOf(one.supplier) : null,
    })),
    checklist,
    watch: ended ? describeWatch(launch, ended, { now, ended: true }) : watchOf(TENANTS_OWN),
    reviews: reviews.map(describeReview),
    sendingAttempts: (await readSendingAttempts(transaction, tenant)).length,
    lastSweep: await readLastSweep(transaction, tenant),
    toOpen: state === 'closed' ? missingToOpen({ tenant, state, suppliers, confirmed }) : [],
    toWiden:
      state === 'open'
        ? closedOf(suppliers).flatMap((supplier) =>
            missing(
              watches.find((one) => one.supplier === supplier),
              supplier,
            ).map(({ condition, detail }) => ({ condition, detail: `${supplier}: ${detail}` })),
          )
        : missing(watches[0], TENANTS_OWN),
  };
}

/** As the sampling process knew it last; before the first sample, the calendar's. */
function neededOf({ calendar, rehearsal }: Launch, watch: WatchRow | undefined): Micros {
  return watch?.needed ?? rehearsal ?? seconds(businessDaySeconds(calendar));
}

function describeWatch(
  launch: Launch,
  watch: WatchRow,
  { now, ended }: { now: Micros; ended: boolean },
): WatchStatus {
  const needed = neededOf(launch, watch);
  return {
    beganAt: formatTime(watch.beganAt),
    watchedSeconds: inSeconds(watch.watched),
    neededSeconds: inSeconds(needed),
    calendarSeconds: businessDaySeconds(launch.calendar),
    complete: watch.watched >= needed,
    ended,
    workingNow: isWorkingTime(launch.calendar, launch.timeZone, now),
    lastMiss: watch.lastMiss && { ...watch.lastMiss, at: formatTime(watch.lastMiss.at) },
  };
}

function describeReview(review: ReviewRow): ReviewStatus {
  const { watch } = review;
  const { supplier, eventId, itemId, sku, outcome, sampledAt, explainedBy, explanation, approvedAt } = review;
  return {
    forSupplier: watch.supplier === TENANTS_OWN ? null : watch.supplier,
    supplier,
    eventId,
    itemId,
    sku,
    outcome,
    sampledAt: formatTime(sampledAt),
    explainedBy,
    explanation,
    approvedAt: approvedAt === null ? null : formatTime(approvedAt),
  };
}

function inSeconds(span: Micros): number {
  return Number(span / 1000n) / 1000;
}
