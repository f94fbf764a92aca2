import type { Database } from '../database/client.ts';
import type { Micros } from '../domain/time.ts';
import type { Archive } from './archive.ts';
import { trying } from './pacing.ts';
import { readOldPage, whichMayGo, type OldPlace } from './old-page.ts';
import { touchRun } from './prune-run.ts';
import { readArchiveLines, type ArchiveLine } from './read-archive-lines.ts';

export interface PruneProgress {
  /** Events that were looked at. */
  looked: number;
  pruned: number;
  /** Up to which time of receipt; undefined at the end. */
  upTo: Micros | undefined;
}

export interface EventSteps {
  archive: Archive | undefined;
  /** Between two steps; what it throws ends the work. */
  rest: () => Promise<void>;
  onProgress?: ((progress: PruneProgress) => void) | undefined;
  /** Most events of a file of the archive. */
  eventsAFile?: number | undefined;
  /** Most events of a step. */
  atOnce?: number | undefined;
}

const EVENTS_A_FILE = 20_000;
/** A step holds its items' locks: it takes as many events as live work may well wait for, in ms. */
const STEP_MS = 50;
const LEAST_AT_ONCE = 20;
const MOST_AT_ONCE = 1_000;

/** Looks through a tenant's old events, writes those that may go into the archive's next file, then takes them away. */
export async function pruneEvents(
  database: Database,
  run: { pruneId: number; tenant: string; cutoff: Micros },
  options: EventSteps,
): Promise<void> {
  const { archive, rest, onProgress } = options;
  const most = archive ? (options.eventsAFile ?? EVENTS_A_FILE) : (options.atOnce ?? MOST_AT_ONCE);
  const progress: PruneProgress = { looked: 0, pruned: 0, upTo: undefined };
  const step = stepsOf(database, run.pruneId, options.atOnce ?? MOST_AT_ONCE);
  const takeAway = async (batch: readonly bigint[]): Promise<void> => {
    const file = archive && (await archive.write(linesOf(database, run.pruneId, batch, rest)));
    for (let left = batch; left.length > 0;) {
      const { taken, pruned } = await step(left, file);
      left = left.slice(taken);
      progress.pruned += pruned;
      onProgress?.(progress);
      await rest();
    }
  };
  const found: bigint[] = [];
  let after: OldPlace | undefined;
  do {
    const from = after;
    const page = await trying(() => readOldPage(database, run, from));
    // An archive holds what goes; without one, whoever takes it away asks early enough.
    found.push(...(archive ? await trying(() => whichMayGo(database, page.seqs, run.cutoff)) : page.seqs));
    after = page.next;
    progress.looked += page.seqs.length;
    progress.upTo = after?.receivedAt;
    await touchRun(database, run.pruneId);
    onProgress?.(progress);
    await rest();
    while (found.length >= most || (!after && found.length > 0)) await takeAway(found.splice(0, most));
  } while (after);
}

async function* linesOf(
  database: Database,
  pruneId: number,
  seqs: readonly bigint[],
  rest: () => Promise<void>,
): AsyncIterable<ArchiveLine> {
  for (let from = 0; from < seqs.length; from += MOST_AT_ONCE) {
    yield* await trying(() => readArchiveLines(database, seqs.slice(from, from + MOST_AT_ONCE)));
    await touchRun(database, pruneId);
    await rest();
  }
}

/** Each step takes about `STEP_MS`. */
function stepsOf(database: Database, pruneId: number, most: number) {
  let atOnce = Math.min(most, 2 * LEAST_AT_ONCE);
  return async (
    seqs: readonly bigint[],
    file: number | undefined,
  ): Promise<{ taken: number; pruned: number }> => {
    const some = seqs.slice(0, atOnce);
    const begun = performance.now();
    const rows = await trying(
      () => database.$queryRaw<{ pruned: number }[]>`
        SELECT prune_events(${pruneId}::integer, ${file ?? null}::integer, ${some}::bigint[]) AS pruned`,
    );
    const ms = performance.now() - begun;
    if (ms < STEP_MS / 2) atOnce = Math.min(most, atOnce * 2);
    else if (ms > STEP_MS) atOnce = Math.max(Math.min(most, LEAST_AT_ONCE), Math.floor(atOnce / 2));
    return { taken: some.length, pruned: rows[0]?.pruned ?? 0 };
  };
}
