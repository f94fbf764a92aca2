import type { Database } from '../../database/client.ts';
import { createProgressLine } from '../../process/progress-line.ts';
import { exitCodeOf, stopSignal } from '../../process/stop-signal.ts';
import { followSweep } from '../../sweep/follow-sweep.ts';
import { placeOf, readFindings } from '../../sweep/read-findings.ts';
import type { SweepStatus } from '../../sweep/sweep-status.ts';
import { CommandError } from '../errors.ts';
import { note, print, printJson } from '../output.ts';
import { driftInWords, findingLine, progressWords, wayInWords } from './words.ts';

const PAGE = 500;
/** As `gate status` has it. */
const SOMETHING_IS_LEFT = 3;

/**
 * Follows a sweep to its end or to Ctrl-C: progress on stderr, in the end the findings on stdout.
 *
 * @throws CommandError when it did not come to its end, or items got no answer
 */
export async function followToItsEnd(database: Database, id: string, json: boolean): Promise<void> {
  const { signal } = stopSignal();
  const progress = createProgressLine();
  const textOf = progressWords();
  const status = await followSweep(
    database,
    id,
    {
      progress: (now) => {
        if (now.state === 'running') progress.say(textOf(now));
      },
      away: () => progress.say('PostgreSQL does not answer; asking again'),
    },
    signal,
  );
  progress.clear();
  if (status.state === 'running') {
    note(
      `No longer following; the sweep goes on (${status.items.done} of ${status.items.total ?? '?'} items).`,
    );
    note(`To go on following: catalog-sync sweep show ${id} --follow`);
    // What comes behind && must not take the sweep for done. As shells count: 128 and the signal's number.
    process.exitCode = exitCodeOf(signal);
    return;
  }
  await printFindings(database, id, json);
  if (json) printJson(status);
  report(status);
  endWith(status);
}

/** The findings on stdout, one a line. */
export async function printFindings(database: Database, sweepId: string, json: boolean): Promise<void> {
  for (let after: string | undefined = ''; after !== undefined;) {
    const page: Awaited<ReturnType<typeof readFindings>> = await readFindings(database, {
      ...{ sweepId, after, limit: PAGE },
    });
    for (const finding of page) {
      if (json) printJson(finding);
      else print(findingLine(finding));
    }
    const last = page.at(-1);
    after = page.length === PAGE && last ? placeOf(last) : undefined;
  }
}

/** A sweep in a few lines on stderr. */
export function report(status: SweepStatus): void {
  const { sweepId, state, items, findings, failure, passedOver } = status;
  note(`sweep ${sweepId} ${state}${failure === null ? '' : `: ${failure}`}`);
  note(`  asked for ${items.asked} of ${items.total ?? '?'} items, ${wayInWords(status)}`);
  if (items.unanswered > 0) note(`  without an answer: ${items.unanswered}`);
  if (passedOver.length > 0) note(`  passed over, because they did not answer: ${passedOver.join(', ')}`);
  note(`  found ${findings.total}, published anew ${findings.repaired}, mended ${findings.mended}`);
  note(`  left: ${driftInWords(status)}`);
}

/** Sets the exit code by what a sweep that has ended came to. @throws CommandError */
export function endWith({ state, drift, items }: SweepStatus): void {
  if (state !== 'completed') throw new CommandError(`The sweep was ${state}.`);
  if (Object.keys(drift).length > 0) process.exitCode = SOMETHING_IS_LEFT;
  else if (items.unanswered > 0) {
    throw new CommandError(`The storefront gave no answer for ${items.unanswered} items.`);
  }
}
