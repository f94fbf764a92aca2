import path from 'node:path';
import { databaseNow } from '../database/clock.ts';
import type { Database } from '../database/client.ts';
import { formatTime, type Micros } from '../domain/time.ts';
import { openArchive } from './archive.ts';
import { restAfterSteps } from './pacing.ts';
import { pruneEvents, type EventSteps } from './prune-events.ts';
import { pruneProbes } from './prune-probes.ts';
import { pruneReplays } from './prune-replays.ts';
import {
  endRun,
  openRun,
  refuseErased,
  type PrunedCounts,
  type PruneEnd,
  type PruneRequest,
} from './prune-run.ts';

export interface PruneOptions extends Pick<EventSteps, 'onProgress' | 'eventsAFile' | 'atOnce'> {
  /** The folder of archives; without one nothing is kept. */
  archiveDir?: string | undefined;
  /** Ends the work between two steps. */
  signal?: AbortSignal | undefined;
  /** Called after each step of any kind, at least every few seconds. */
  onStep?: (() => void) | undefined;
}

export interface Pruned extends PrunedCounts {
  pruneId: number;
  tenant: string;
  state: PruneEnd;
  /** The name of the archive's folder; null when nothing was written. */
  archive: string | null;
}

/**
 * Takes out of a tenant's ledger what was received before a moment and is needed by nothing that stays: see
 * prisma/functions/prunable_events.sql. In small steps, each whole in itself: it may be ended at any moment and begun
 * again, which goes on. With an archive, each row is in a file on the disk, named by the manifest, before it goes.
 *
 * @returns what was done, also when the signal ended it
 * @throws PruneUnderWay
 * @throws ArchiveError
 */
export async function pruneTenant(
  database: Database,
  request: PruneRequest,
  { archiveDir, signal, onStep, ...steps }: PruneOptions = {},
): Promise<Pruned> {
  const { tenant, cutoff } = request;
  await refuseErased(database, tenant);
  const madeAt = await databaseNow(database);
  const name = archiveDir === undefined ? undefined : archiveName(tenant, madeAt);
  // Before anything is written down: an archive that cannot be made ends it here.
  const archive =
    archiveDir === undefined || name === undefined
      ? undefined
      : await openArchive(path.join(archiveDir, name), { tenant, cutoff, madeAt });
  const pruneId = await openRun(database, request, name).catch(async (error: unknown) => {
    await archive?.end('failed', 0);
    throw error;
  });
  const pause = restAfterSteps(signal);
  const rest = (): Promise<void> => {
    onStep?.();
    return pause();
  };
  let state: PruneEnd = 'completed';
  try {
    await pruneEvents(database, { tenant, cutoff, pruneId }, { ...steps, archive, rest });
    await pruneReplays(database, { tenant, cutoff, pruneId }, rest);
    await pruneProbes(database, { tenant, cutoff, pruneId }, rest);
  } catch (error) {
    state = signal?.aborted ? 'stopped' : 'failed';
    if (state === 'failed') {
      const { events } = await endRun(database, pruneId, state, request.origin);
      // What went wrong matters more than what goes wrong after it.
      await archive?.end(state, events).catch(() => undefined);
      throw error;
    }
  }
  const counts = await endRun(database, pruneId, state, request.origin);
  const wrote = await archive?.end(state, counts.events);
  return { pruneId, tenant, state, ...counts, archive: wrote ? (name ?? null) : null };
}

/** `canary-20261126T013300123456Z`: one sees whose it is and when it was made. */
function archiveName(tenant: string, madeAt: Micros): string {
  return `${tenant}-${formatTime(madeAt).replaceAll(/[-:.]/g, '')}`;
}
