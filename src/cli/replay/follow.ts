import { createProgressLine } from '../../process/progress-line.ts';
import type { Database } from '../../database/client.ts';
import { exitCodeOf, stopSignal } from '../../process/stop-signal.ts';
import { followReplay } from '../../replay/follow-replay.ts';
import { readRejectedEvents, type ReplayedItem } from '../../replay/replay-items.ts';
import type { ReplayStatus } from '../../replay/replay-status.ts';
import { CommandError } from '../errors.ts';
import { note, print, printJson } from '../output.ts';
import { secondsInWords } from '../../domain/span.ts';
import { counted, totalsOf } from './words.ts';

const PAGE = 500;

/**
 * Follows a replay to its end or to Ctrl-C: touched items on stdout as they come, progress on stderr.
 *
 * @throws CommandError when an event failed, or the replay did not come to its end
 */
export async function followToItsEnd(database: Database, id: string, json: boolean): Promise<void> {
  const { signal } = stopSignal();
  const progress = createProgressLine();
  const textOf = progressOf();
  const status = await followReplay(
    database,
    id,
    {
      items: (items) => {
        progress.clear();
        for (const item of items) printItem(item, json);
      },
      progress: (now) => {
        const text = textOf(now);
        if (text !== undefined) progress.say(text);
      },
      away: () => progress.say('PostgreSQL does not answer; asking again'),
    },
    signal,
  );
  progress.clear();
  if (status.state === 'running') {
    note(
      `No longer following; the replay goes on (${status.events.done} of ${counted(status.events.total, 'event')} done).`,
    );
    note(`To go on following: catalog-sync replay show ${id} --follow`);
    // What comes behind && must not take the replay for done. As shells count: 128 and the signal's number.
    process.exitCode = exitCodeOf(signal);
    return;
  }
  if (json) {
    await printRejected(database, id);
    printJson(summaryOf(status));
  }
  report(status);
  if (status.events.failed > 0) {
    throw new CommandError(
      `${counted(status.events.failed, 'event')} failed; \`catalog-sync replay show ${id}\` says more.`,
    );
  }
  if (status.state !== 'completed') throw new CommandError(`The replay was ${status.state}.`);
}

/** A replay in a few lines on stderr, with its totals. */
export function report(status: ReplayStatus): void {
  const { events, items } = status;
  note(`replay ${status.replayId} ${status.state}: ${events.done} of ${counted(events.total, 'event')} done`);
  if (status.stockRule !== null) note(`stock rule: ${status.stockRule}`);
  note(`items: ${items.touched} touched, ${items.changed} changed`);
  note(totalsOf({ ...items.outcomes, rejected: events.outcomes.rejected ?? 0 }, events.failureModes));
}

export function summaryOf(status: ReplayStatus): object {
  const { changed, unchanged } = status.items;
  return { ...status, changed, unchanged, rejected: status.events.outcomes.rejected ?? 0 };
}

function printItem(item: ReplayedItem, json: boolean): void {
  if (json) printJson(item);
  // An item whose events are all held was looked at, not touched.
  else if (item.outcome !== 'held') print(item.itemId);
}

async function printRejected(database: Database, replayId: string): Promise<void> {
  let afterSeq: bigint | undefined = 0n;
  while (afterSeq !== undefined) {
    const page: Awaited<ReturnType<typeof readRejectedEvents>> = await readRejectedEvents(database, {
      replayId,
      afterSeq,
      limit: PAGE,
    });
    for (const event of page.events) printJson(event);
    afterSeq = page.lastSeq;
  }
}

/** What a replay's progress line says; undefined where there is nothing to say. */
function progressOf(): (status: ReplayStatus) => string | undefined {
  let first: { at: number; done: number } | undefined;
  return (status) => {
    const { done, total } = status.events;
    if (status.state !== 'running') return undefined;
    if (status.preparedAt === null) return `reading the window (${counted(total, 'event')})`;
    first ??= { at: performance.now(), done };
    const rate = ((done - first.done) * 1000) / Math.max(1, performance.now() - first.at);
    const left =
      rate > 0
        ? `, ${rate.toFixed(rate < 10 ? 1 : 0)}/s, about ${secondsInWords(Math.ceil((total - done) / rate))} left`
        : '';
    return `${done} of ${counted(total, 'event')}${left}`;
  };
}
