import type { Database } from '../../database/client.ts';
import { isRefusedForGood } from '../../database/data-exception.ts';
import { wordsOfQueryError } from '../../database/words-of-query-error.ts';
import { hasEnded, type FeedRunStep, type RunState } from '../../domain/feed-run.ts';
import { printable } from '../../domain/safe-text.ts';
import { microsOf, seconds } from '../../domain/time.ts';
import type { FeedRun } from '../../generated/prisma/client.ts';
import { readingDefinition, UnreadableDefinition } from '../store/definition-of.ts';
import { endRun } from './end-run.ts';
import { readRun } from './read-run.ts';
import { recordRun } from './record-run.ts';
import { RunGone } from './run-gone.ts';
import type { RunWork } from './run-work.ts';
import { zeroRun } from './zero-run.ts';

/** No lease puts a run off so far: somebody has sent a part of its file since. */
const COMING_FOR = seconds(120);
const COMING_PAUSE_MS = 60_000;

/** Gets a run's file from its source; see src/feed/source. */
export type FetchRun = (run: FeedRun, work: RunWork) => Promise<{ pauseMs: number } | undefined>;

/**
 * Carries a run on from where its row says that it is, until it has ended or is held. Interrupted at any point, it goes
 * on there: each row comes once.
 */
export async function advanceRun(
  database: Database,
  runId: string,
  work: RunWork & { fetchFile: FetchRun },
): Promise<FeedRunStep> {
  for (;;) {
    const run = await database.feedRun.findUnique({ where: { id: runId } });
    const state = run?.state as RunState | undefined;
    if (!run || state === undefined || state === 'held' || hasEnded(state)) {
      if (run && state !== 'held') await database.feedRunItem.deleteMany({ where: { runId } });
      if (run && (state === 'held' || state === 'failed')) work.tell?.(run);
      return { state: 'ended', says: `It is ${state ?? 'gone'}.` };
    }
    try {
      const waits = await carryOn(database, run, state, work);
      if (waits) return { state: 'running', says: `${state} goes on`, ...waits };
    } catch (error) {
      if (error instanceof RunGone) continue;
      const failure = failureForGood(error);
      if (failure === undefined) throw error;
      await endRun(database, runId, 'failed', failure);
    }
  }
}

async function carryOn(
  database: Database,
  run: FeedRun,
  state: Exclude<RunState, 'held'>,
  work: RunWork & { fetchFile: FetchRun },
): Promise<{ pauseMs: number } | undefined> {
  if (state === 'fetching') return work.fetchFile(run, work);
  if (state === 'receiving') {
    if (isComing(run)) return { pauseMs: COMING_PAUSE_MS };
    await endRun(database, run.id, 'failed', 'the file did not come to its end: nothing more of it came');
  } else if (state === 'zeroing') await zeroRun(database, run.id, work);
  else await readOrRecord(database, run, state, work);
  return undefined;
}

/** What would fail again, however often it is tried. Undefined: it may pass. */
function failureForGood(error: unknown): string | undefined {
  if (error instanceof UnreadableDefinition) return printable(error.message);
  if (!isRefusedForGood(error)) return undefined;
  return printable(`the database refuses what the file says: ${wordsOfQueryError(error)}`);
}

function isComing({ startDueUs }: FeedRun): boolean {
  return startDueUs !== null && startDueUs - microsOf(new Date()) > COMING_FOR;
}

async function readOrRecord(database: Database, run: FeedRun, state: RunState, work: RunWork): Promise<void> {
  const named = { tenant: run.tenantId, feed: run.feedId, version: run.feedVersion };
  const definition = await readingDefinition(database, named);
  if (state === 'reading') await readRun(database, run, definition, work);
  else await recordRun(database, run, definition, work);
}
