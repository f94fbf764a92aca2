import type { Database } from '../database/client.ts';
import { secondsInWords } from '../domain/span.ts';
import type { SweepPhase, SweepStep } from '../domain/sweep.ts';
import type { Sweep } from '../generated/prisma/client.ts';
import { StorefrontSilent } from '../storefront/get-answer.ts';
import type { Asking } from './ask-each.ts';
import { askPage } from './ask-page.ts';
import { createPace } from './pace.ts';
import { repairFindings } from './repair-findings.ts';
import { leaveUnsettled, settleFindings, unsettledAt } from './settle-findings.ts';
import type { OpenSecret } from '../storefront/open.ts';
import { allPagesOf, type NamedPages } from '../storefront/pages.ts';
import { endSweep, noteSilence, passOver } from './sweep-rows.ts';
import { putOffOf, putOffSilent, takeTurn } from './turns.ts';

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

/** A storefront that does not answer for so long is passed over. */
export const SILENT_FOR_SECONDS = 3_600;

/**
 * Carries a sweep on for some seconds, from where its row says that it is.
 *
 * @throws StorefrontSilent when the storefront does not answer; the sweep is to be carried on later
 */
export async function advanceSweep(database: Database, sweepId: string, work: SweepWork): Promise<SweepStep> {
  const first = await database.sweep.findUnique({ where: { id: sweepId } });
  if (first?.state !== 'running') return ENDED;
  const storefronts = await allPagesOf(database, first.tenantId, work.defaultStorefrontUrl, work.openSecret);
  if (storefronts.length === 0) {
    await endSweep(database, sweepId, 'failed', 'the tenant has no storefront address');
    return ENDED;
  }
  if (first.itemsTotal === null) await countItems(database, first, storefronts.length);
  const pace = createPace(first.ratePerSecond);
  const asking = ({ name, pages }: NamedPages): Asking => ({
    ...{ storefront: name, pages, pace },
    beat: () => work.beat(),
  });
  try {
    for (let done = 0; ; done += 1) {
      const sweep = await database.sweep.findUnique({ where: { id: sweepId } });
      if (sweep?.state !== 'running') return ENDED;
      if (done > 0 && performance.now() >= work.endsAt) return inWords(sweep);
      work.beat();
      if (sweep.phase === 'ask') {
        const current = storefronts.find(({ name }) => name === sweep.storefront);
        if (!current) {
          await goOn(database, sweep, storefronts);
          continue;
        }
        const { end, pauseMs } = await askPage(
          database,
          asking(current),
          sweep,
          done === 0 ? work.attempt : 1,
        );
        if (end === 'end') await goOn(database, sweep, storefronts);
        if (pauseMs !== undefined) return { ...inWords(sweep), pauseMs };
      } else if (sweep.phase === 'repair') {
        if (await repairFindings(database, sweepId, work)) await leavePhase(database, sweep, 'settle');
      } else {
        const settling = await settleFindings(
          database,
          { storefronts: storefronts.map(asking), beat: () => work.beat() },
          sweep,
          work.endsAt,
        );
        if (settling === 'done') await leavePhase(database, sweep, undefined);
        else if (settling === 'waiting') await waitForPublications(database, sweepId);
      }
    }
  } catch (error) {
    if (!(error instanceof StorefrontSilent)) throw error;
    return hearSilence(database, sweepId, { storefronts, error });
  }
}

/**
 * A storefront that does not answer keeps the others from nothing: it is asked again after them. Once that has lasted too
 * long, it is passed over.
 *
 * @throws StorefrontSilent when there is nobody to ask but those that do not answer
 */
async function hearSilence(
  database: Database,
  sweepId: string,
  { storefronts, error }: { storefronts: readonly NamedPages[]; error: StorefrontSilent },
): Promise<SweepStep> {
  const asked = await database.sweep.findUniqueOrThrow({ where: { id: sweepId } });
  const isOneOfSeveral = asked.phase === 'ask' && asked.storefront !== null && storefronts.length > 1;
  const reason = isOneOfSeveral ? `${asked.storefront}: ${error.message}` : error.message;
  const silent = await noteSilence(database, sweepId, reason);
  if (silent >= SILENT_FOR_SECONDS) {
    const failure = `the storefront has not answered for ${secondsInWords(silent)}: ${reason}`;
    return leaveSilent(database, sweepId, storefronts, failure);
  }
  if (asked.phase !== 'ask') throw error;
  const sweep = await database.sweep.findUniqueOrThrow({ where: { id: sweepId } });
  if ((await putOffSilent(database, sweep, namesOf(storefronts))) !== 'fresh') throw error;
  return inWords(await database.sweep.findUniqueOrThrow({ where: { id: sweepId } }));
}

/** Goes on with the storefronts that answer. A sweep of which none does fails. */
async function leaveSilent(
  database: Database,
  sweepId: string,
  storefronts: readonly NamedPages[],
  failure: string,
): Promise<SweepStep> {
  const sweep = await database.sweep.findUniqueOrThrow({ where: { id: sweepId } });
  const silent =
    sweep.phase === 'ask' ? [sweep.storefront ?? ''] : await unsettledAt(database, sweepId, sweep.passedOver);
  const passedOver = new Set([...sweep.passedOver, ...silent]);
  if (storefronts.every(({ name }) => passedOver.has(name))) {
    await endSweep(database, sweepId, 'failed', failure);
    return ENDED;
  }
  await passOver(database, sweepId, silent);
  if (sweep.phase === 'ask') await goOn(database, sweep, storefronts);
  return inWords(sweep);
}

const ENDED: SweepStep = { state: 'ended', says: 'It has ended.' };

/** An item of two storefronts counts twice: each of them is asked for it. */
async function countItems(database: Database, { id, tenantId }: Sweep, storefronts: number): Promise<void> {
  const itemsTotal = storefronts * (await database.catalogItem.count({ where: { tenantId } }));
  await database.sweep.updateMany({ where: { id, itemsTotal: null }, data: { itemsTotal } });
}

async function goOn(database: Database, sweep: Sweep, storefronts: readonly NamedPages[]): Promise<void> {
  if (await takeTurn(database, sweep, namesOf(storefronts))) return;
  await leavePhase(database, sweep, sweep.repair ? 'repair' : undefined);
}

const namesOf = (storefronts: readonly NamedPages[]): string[] => storefronts.map(({ name }) => name);

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

function inWords(sweep: Sweep): SweepStep {
  const { phase, itemsDone, itemsTotal } = sweep;
  const waiting = putOffOf(sweep).map(({ reason }) => `; ${reason}: asked again after the others`);
  const says =
    phase === 'ask'
      ? `asked: ${itemsDone} of ${itemsTotal ?? '?'} items${waiting.join('')}`
      : `asked for all; ${phase} goes on`;
  return { state: 'running', says };
}
