import type { Client } from '@temporalio/client';
import {
  claimFileEvents,
  claimSupplierEvents,
  giveBackSupplierEvents,
  lookAgainSoon,
  releaseHeldEvents,
  type DueEvent,
} from '../../ledger/claim-supplier-events.ts';
import {
  claimReplayEvents,
  claimReplays,
  giveBackReplay,
  giveBackReplayEvents,
} from '../../replay/claim-replays.ts';
import type { Seal } from '../../domain/seal.ts';
import { claimRuns, giveBackRun } from '../../feed/run/claim-runs.ts';
import { requestDueRuns } from '../../feed/run/request-due-runs.ts';
import { claimSweeps, giveBackSweep } from '../../sweep/claim-sweeps.ts';
import type { Database } from '../../database/client.ts';
import { bringBackDueTimes } from '../../ledger/bring-back-due-times.ts';
import { settleLedger } from '../../ledger/generation.ts';
import { closeUnansweredAttempts } from '../../ledger/publish-attempt.ts';
import { seconds } from '../../domain/time.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { reasonOf } from '../../telemetry/reason-of.ts';
import { expiryOf } from './expiry.ts';
import { startFeedWorkflow } from './start-feed-workflow.ts';
import { startReplayWorkflow } from './start-replay-workflow.ts';
import { startSweepWorkflow } from './start-sweep-workflow.ts';
import { startSyncWorkflow } from './start-sync-workflow.ts';
import type { Tracing } from '../../telemetry/tracing/tracing.ts';
import { traceStarts } from '../tracing/trace-starts.ts';
import { openTenantShare } from './tenant-share.ts';
import { listenForEvents } from './wake-up.ts';

export interface StarterOptions {
  database: Database;
  databaseUrl: string;
  client: Client;
  /** Of the inputs of workflows. */
  seal: Seal;
  /** Whether Temporal is not to read what workflows are about; it is not told the SKU then. */
  encrypts?: boolean;
  /** Undefined: no spans are made. */
  tracing?: Tracing | undefined;
  /** Unique among running workers. */
  worker: string;
  log: Logger;
  /** Most events that this worker may have undecided at a time. */
  window?: number;
  leaseSeconds?: number;
  /** Between two looks at held events, unanswered attempts, and what a clock that went back has put off. */
  tidySeconds?: number;
  /** Between two looks for figures that are too old. */
  expirySeconds?: number;
}

export interface Starter {
  /** For how long it has not been able to look at the ledger though it wanted to, in ms. */
  blindForMs(): number;
  /** For how long Temporal has taken none of the workflows that it was to start, in ms. */
  refusedForMs(): number;
  /** Ends after the starts under way. */
  stop(): Promise<void>;
}

const BATCH = 25;
/**
 * An event needs some 25 ms to be decided on an idle machine, 100 ms where Temporal and the database are far, and so much
 * too on a busy one: 16 at a time keep a process busy. What is more only queues inside the worker.
 */
const WINDOW = 16;
/** What part of its window events of files may have: few enough for a live event to find the machine free. */
const FILES_PART = 4;
const HELD_AT_ONCE = 500;
const REPLAYS_AT_ONCE = 5;
const SWEEPS_AT_ONCE = 5;
const FEED_RUNS_AT_ONCE = 5;
/** Without any found, so long until it asks for replays, sweeps and runs of feeds again: live events come first, and seldom is there one. */
const NO_REPLAYS_MS = 250;
/** A figure counts so much longer than its supplier's limit says, where not thousands end at once. */
const EXPIRY_SECONDS = 30;
const SHORTEST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;
/** So long after the last that came of a burst, it is taken: see claim_supplier_events. */
const ARRIVED_AFTER_MS = 250;
const GIVE_BACK_SECONDS = 2;
/** Temporal has so long to take a start; what it may have taken is found by its id the next time. */
const START_WITHIN_MS = 10_000;
/** What was refused is tried again within so long. */
const REFUSAL_HOLDS_MS = START_WITHIN_MS + 1_000 * GIVE_BACK_SECONDS + 5_000;
/** Well above what a look may take: two statements at their limit. */
const STUCK_AFTER_MS = 40_000;
/** Well above the longest time that an attempt may take; see publish-catalog-item.policy.ts. */
const UNANSWERED_AFTER = seconds(120);

/**
 * Turns ledger rows into workflows for as long as the process lives: the ledger is the outbox, and a worker that dies
 * loses nothing but its leases.
 */
export function runStarter(options: StarterOptions): Starter {
  const { database, client, worker, log, window = WINDOW, leaseSeconds = 30, tidySeconds = 2 } = options;
  let stopped = false;
  let tidyAt = 0;
  let replaysAt = 0;
  let lookingSince: number | undefined;
  let refused: { sinceMs: number; lastMs: number } | undefined;
  const share = openTenantShare();
  const expiry = expiryOf(database, log, options.expirySeconds ?? EXPIRY_SECONDS);
  const wakeUp = listenForEvents(options.databaseUrl, log, {
    onFlags: () => {
      tidyAt = 0;
    },
  });

  async function loop(): Promise<void> {
    let pause = SHORTEST_PAUSE_MS;
    while (!stopped) {
      try {
        lookingSince ??= performance.now();
        // A clock that is set back must put nothing off.
        if (performance.now() >= tidyAt) {
          tidyAt = performance.now() + tidySeconds * 1000;
          if (await settleLedger(database)) {
            log.warn(
              'this ledger is a copy of another: a new generation begins, and storefronts are swept (docs/backup.md)',
            );
          }
          await releaseHeldEvents(database, HELD_AT_ONCE);
          await closeUnansweredAttempts(database, UNANSWERED_AFTER);
          await bringBackDueTimes(database, leaseSeconds);
          await requestDueRuns(database);
          expiry.look();
        }
        const due = await claimSupplierEvents(database, {
          worker,
          window,
          share: share.of(window),
          limit: BATCH,
          leaseSeconds,
        });
        lookingSince = undefined;
        share.saw(due.map(({ input }) => input.tenant));
        // Files and replays get what live events leave, and no live event waits for them.
        const room = BATCH - due.length;
        const begun = await Promise.all([startAll(due), startOfFiles(room), startReplayed(room)]);
        if (begun.some(({ failed }) => failed)) pause = LONGEST_PAUSE_MS;
        else if (begun.some(({ count }) => count > 0)) {
          pause = SHORTEST_PAUSE_MS;
          continue;
        }
      } catch (error) {
        log.warn({ reason: reasonOf(error) }, 'claiming events failed; trying again');
        pause = LONGEST_PAUSE_MS;
      }
      const woken = await wakeUp.sleep(pause);
      pause = woken ? ARRIVED_AFTER_MS : Math.min(LONGEST_PAUSE_MS, pause * 2);
    }
  }

  async function startOfFiles(room: number): Promise<{ count: number; failed: boolean }> {
    if (room <= 0) return { count: 0, failed: false };
    const claim = { worker, window, share: Math.ceil(window / FILES_PART), limit: room, leaseSeconds };
    return startAll(await claimFileEvents(database, claim));
  }

  async function startReplayed(room: number): Promise<{ count: number; failed: boolean }> {
    if (room <= 0 || performance.now() < replaysAt) return { count: 0, failed: false };
    const started = (await startReplays()) + (await startSweeps()) + (await startFeedRuns());
    const due = await claimReplayEvents(database, { worker, window, limit: room, leaseSeconds });
    if (started + due.length === 0) replaysAt = performance.now() + NO_REPLAYS_MS;
    return startAll(due);
  }

  async function startAll(due: DueEvent[]): Promise<{ count: number; failed: boolean }> {
    const failed: DueEvent[] = [];
    let reason = '';
    const early: DueEvent[] = [];
    const begun = performance.now();
    const traceStart = await traceStarts(options.tracing, database, due);
    await Promise.all(
      due.map(async (event) => {
        try {
          const result = await traceStart(event, (traced) =>
            inTime(() => startSyncWorkflow(client, options, traced)),
          );
          log.debug(
            { workflowId: event.workflowId, eventId: event.input.eventId, result },
            'workflow seen to',
          );
          if (result === 'running' && event.released) early.push(event);
        } catch (error) {
          failed.push(event);
          reason = reasonOf(error);
        }
      }),
    );
    if (failed.length < due.length) refused = undefined;
    if (failed.length > 0) {
      if (failed.length === due.length)
        refused = { sinceMs: refused?.sinceMs ?? begun, lastMs: performance.now() };
      const workflowId = failed[0]?.workflowId;
      log.warn({ reason, count: failed.length, workflowId }, 'workflows not started; trying again');
    }
    const live = failed.filter(({ input }) => input.replayId === undefined).map(({ input }) => input.seq);
    const replayed = failed.flatMap(({ input: { replayId, seq } }) =>
      replayId === undefined ? [] : [{ replayId, seq }],
    );
    if (early.length > 0)
      await lookAgainSoon(
        database,
        early.map(({ input }) => input.seq),
        GIVE_BACK_SECONDS,
      );
    if (live.length > 0) await giveBackSupplierEvents(database, live, GIVE_BACK_SECONDS);
    if (replayed.length > 0) await giveBackReplayEvents(database, replayed, GIVE_BACK_SECONDS);
    return { count: due.length, failed: failed.length > 0 };
  }

  async function startReplays(): Promise<number> {
    const replays = await claimReplays(database, { limit: REPLAYS_AT_ONCE, leaseSeconds });
    await seeToAll('replay', replays, startReplayWorkflow, giveBackReplay);
    return replays.length;
  }

  async function startSweeps(): Promise<number> {
    const sweeps = await claimSweeps(database, { limit: SWEEPS_AT_ONCE, leaseSeconds });
    await seeToAll('sweep', sweeps, startSweepWorkflow, giveBackSweep);
    return sweeps.length;
  }

  async function startFeedRuns(): Promise<number> {
    const runs = await claimRuns(database, { limit: FEED_RUNS_AT_ONCE, leaseSeconds });
    await seeToAll('run of a feed', runs, startFeedWorkflow, giveBackRun);
    return runs.length;
  }

  async function seeToAll<Due extends { id: string }>(
    noun: string,
    all: readonly Due[],
    start: (client: Client, due: Due) => Promise<unknown>,
    giveBack: (database: Database, id: string, afterSeconds: number) => Promise<void>,
  ): Promise<void> {
    await Promise.all(
      all.map(async (due) => {
        try {
          const result = await inTime(() => start(client, due));
          log.debug({ id: due.id, result }, `${noun} seen to`);
        } catch (error) {
          log.warn({ reason: reasonOf(error), id: due.id }, `${noun} not started; trying again`);
          await giveBack(database, due.id, GIVE_BACK_SECONDS);
        }
      }),
    );
  }

  function inTime<T>(work: () => Promise<T>): Promise<T> {
    return client.withDeadline(Date.now() + START_WITHIN_MS, work);
  }

  const ended = loop();
  const blindForMs = (): number => (lookingSince === undefined ? 0 : performance.now() - lookingSince);
  const refusedForMs = (): number => {
    const now = performance.now();
    // Another worker may have seen to them since.
    return refused && now - refused.lastMs < REFUSAL_HOLDS_MS ? now - refused.sinceMs : 0;
  };
  const watch = setInterval(() => {
    const blind = blindForMs();
    if (blind > STUCK_AFTER_MS) {
      log.error({ seconds: Math.round(blind / 1000) }, 'the ledger could not be looked at for long');
    }
  }, STUCK_AFTER_MS);
  return {
    blindForMs,
    refusedForMs,
    stop: async () => {
      stopped = true;
      clearInterval(watch);
      await wakeUp.close();
      await ended;
      await expiry.stop();
    },
  };
}
