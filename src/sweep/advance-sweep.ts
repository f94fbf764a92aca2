import type { Database } from '../database/client.ts';
import { secondsInWords } from '../domain/span.ts';
import type { SweepPhase, SweepStep } from '../domain/sweep.ts';
import type { Sweep } from '../generated/prisma/client.ts';
import { StorefrontSilent } from '../storefront/get-answer.ts';
import { askPage } from './ask-page.ts';
import { createPace } from './pace.ts';
import { repairFindings } from './repair-findings.ts';
import { leaveUnsettled, settleFindings } from './settle-findings.ts';
import { pagesOf, type OpenSecret } from '../storefront/pages.ts';
import { endSweep, noteSilence } from './sweep-rows.ts';

/** How a sweep is worked on, for some seconds. */
export interface SweepWork {
  /** For tenants without a storefront address of their own. */
  defaultStorefrontUrl: string | undefined;
  openSecret?: OpenSecret;
  /** By `performance.now()`: it ends with the page that is under way. */
  endsAt: number;
  /** Called now and then; throws when the work has to end. */
  beat(): void;
  /** How often this was tried without success, from 1. */
  attempt: number;
}

/** A sweep that does not get on for so long ends. */
export const SILENT_FOR_SECONDS = 3_600;

/**
 * Carries a sweep on for some seconds, from where its row says that it is.
 *
 * @throws StorefrontSilent when the storefront does not answer; the sweep is to be carried on later
 */
export async function advanceSweep(database: Database, sweepId: string, work: SweepWork): Promise<SweepStep> {
  const first = await database.sweep.findUnique({ where: { id: sweepId } });
  if (first?.state !== 'running') return ENDED;
  const pages = await pagesOf(database, first.tenantId, work.defaultStorefrontUrl, work.openSecret);
  if (!pages) {
    await endSweep(database, sweepId, 'failed', 'the tenant has no storefront address');
    return ENDED;
  }
  if (first.itemsTotal === null) await countItems(database, first);
  const asking = { pages, pace: createPace(first.ratePerSecond), beat: () => work.beat() };
  try {
    for (let done = 0; ; done += 1) {
      const sweep = await database.sweep.findUnique({ where: { id: sweepId } });
      if (sweep?.state !== 'running') return ENDED;
      if (done > 0 && performance.now() >= work.endsAt) return inWords(sweep);
      work.beat();
      if (sweep.phase === 'ask') {
        const { end, pauseMs } = await askPage(database, asking, sweep, done === 0 ? work.attempt : 1);
        if (end === 'end') await leavePhase(database, sweep, sweep.repair ? 'repair' : undefined);
        if (pauseMs !== undefined) return { ...inWords(sweep), pauseMs };
      } else if (sweep.phase === 'repair') {
        if (await repairFindings(database, sweepId, work)) await leavePhase(database, sweep, 'settle');
      } else {
        const settling = await settleFindings(database, asking, sweepId, work.endsAt);
        if (settling === 'done') await leavePhase(database, sweep, undefined);
        else if (settling === 'waiting') await waitForPublications(database, sweepId);
      }
    }
  } catch (error) {
    if (!(error instanceof StorefrontSilent)) throw error;
    const silent = await noteSilence(database, sweepId, error.message);
    if (silent < SILENT_FOR_SECONDS) throw error;
    const failure = `the storefront has not answered for ${secondsInWords(silent)}: ${error.message}`;
    await endSweep(database, sweepId, 'failed', failure);
    return ENDED;
  }
}

const ENDED: SweepStep = { state: 'ended', says: 'It has ended.' };

async function countItems(database: Database, { id, tenantId }: Sweep): Promise<void> {
  const itemsTotal = await database.catalogItem.count({ where: { tenantId } });
  await database.sweep.updateMany({ where: { id, itemsTotal: null }, data: { itemsTotal } });
}

/** Whoever comes late changes nothing: the phase that is left has to be the one that is on. */
async function leavePhase(database: Database, sweep: Sweep, next: SweepPhase | undefined): Promise<void> {
  if (next === undefined) await endSweep(database, sweep.id, 'completed');
  else {
    await database.sweep.updateMany({
      where: { id: sweep.id, state: 'running', phase: sweep.phase },
      data: { phase: next, silentSinceUs: null, silentReason: null },
    });
  }
}

async function waitForPublications(database: Database, sweepId: string): Promise<void> {
  const waited = await noteSilence(database, sweepId, 'what was repaired is still being published');
  if (waited < SILENT_FOR_SECONDS) return;
  await leaveUnsettled(database, sweepId, `it was not published within ${secondsInWords(waited)}`);
}

function inWords({ phase, itemsDone, itemsTotal }: Sweep): SweepStep {
  const says =
    phase === 'ask' ? `asked: ${itemsDone} of ${itemsTotal ?? '?'} items` : `asked for all; ${phase} goes on`;
  return { state: 'running', says };
}
