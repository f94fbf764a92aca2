import { secondsInWords } from '../../domain/span.ts';
import type { GateStatus } from '../../gate/gate-status.ts';
import { paint, wrap, type Colour } from '../terminal-text.ts';
import { COLUMNS } from '../output.ts';
import { sparkline } from './sparkline.ts';

type Verdict = GateStatus['verdict'];
type Watch = NonNullable<GateStatus['watch']>;

const COLOURS: Record<Verdict, Colour> = { pass: 'green', miss: 'red', inconclusive: 'yellow' };
const TREND_WIDTH = 15;
const INDENT = 2;
/** Below the title of a signal, which follows its verdict. */
const DEEP = ' '.repeat(INDENT + 'inconclusive'.length + 2);

/** Where a launch stands, for a terminal of 80 columns: the answer first, then what it stands on. */
export function renderGate(status: GateStatus, { colour }: { colour: boolean }): string {
  const title = (text: string): string[] => ['', paint(text, 'bold', colour)];
  const lines = wrap(answerOf(status), COLUMNS);
  lines.push(...shortenedLines(status).map((line) => paint(line, 'red', colour)));

  lines.push(...title(signalHead()));
  for (const one of status.signals) lines.push(...signalLines(one, colour));

  if (status.suppliers.length > 0) lines.push(...title('Suppliers'));
  for (const { supplier, state, heldEvents, watch } of status.suppliers) {
    const held = heldEvents > 0 ? `, ${heldEvents} events held` : '';
    const line = `${state.padEnd(8)}${supplier}${held}${watch ? `; its own watch: ${watchInWords(watch)}` : ''}`;
    lines.push(...wrap(line, COLUMNS, ' '.repeat(INDENT), ' '.repeat(10)));
  }

  if (status.watch) {
    lines.push(...title('Watch'), ...wrap(watchInWords(status.watch), COLUMNS, '  '));
    const { lastMiss } = status.watch;
    if (lastMiss) {
      const words = `began anew after ${lastMiss.signal} missed at ${lastMiss.at}: ${lastMiss.reason}`;
      lines.push(...wrap(words, COLUMNS, '  ', '    '));
    }
  }

  if (status.reviews.length > 0) {
    lines.push(...title(status.watch?.ended ? 'Updates that were explained' : 'Updates to explain'));
  }
  for (const one of status.reviews) {
    const done = one.explainedBy === null ? 'to do' : 'done';
    const what = one.forSupplier === null ? '' : `, to widen ${one.forSupplier}`;
    const line = `${done.padEnd(8)}${one.eventId} of ${one.supplier} (${one.outcome}), ${one.itemId}${what}`;
    lines.push(...wrap(line, COLUMNS, '  ', ' '.repeat(10)));
    if (one.explainedBy !== null) {
      lines.push(...wrap(`${one.explainedBy}: ${one.explanation ?? ''}`, COLUMNS, ' '.repeat(10)));
    }
  }

  if (status.state !== 'canary') lines.push(...title('Checklist'), ...checklistLines(status.checklist));
  lines.push(...title('Storefront'));
  if (status.sendingAttempts > 0) lines.push(`  ${status.sendingAttempts} calls are not answered yet`);
  lines.push(...wrap(sweepInWords(status.lastSweep), COLUMNS, '  ', '    '));
  lines.push(...missingLines('Missing to open', status.toOpen, title));
  lines.push(...missingLines('Missing to widen', status.toWiden, title));
  return lines.join('\n');
}

/** The five conditions, with their evidence or what it has to be. */
export function checklistLines(checklist: GateStatus['checklist']): string[] {
  return checklist.flatMap(({ name, title, evidence, confirmedBy, reference, at }) => {
    const done = confirmedBy !== null;
    return [
      ...wrap(`${done ? 'yes' : 'no '}  ${name}: ${title}`, COLUMNS, '  ', ' '.repeat(7)),
      ...wrap(
        done ? `${reference ?? ''} (${confirmedBy}, ${at ?? ''})` : `needs ${evidence}`,
        COLUMNS,
        ' '.repeat(7),
      ),
    ];
  });
}

function answerOf({ tenant, state, verdict, sampledAt, signals }: GateStatus): string {
  if (state === 'closed') return `${tenant} is closed: its events are held, and nothing is sampled.`;
  const sampled = sampledAt === null ? 'not sampled yet' : `last sample ${sampledAt}`;
  const named = (wanted: Verdict): string =>
    signals
      .filter((one) => one.verdict === wanted)
      .map(({ title }) => title)
      .join(', ');
  const words: Record<Verdict, string> = {
    pass: 'every signal is green',
    miss: `${named('miss')} missed the target; nothing opens`,
    inconclusive: `inconclusive (${named('inconclusive')}); nothing opens`,
  };
  return `${tenant} is ${state}: ${words[verdict]}; ${sampled}.`;
}

/** A rehearsal must not pass for a launch. */
function shortenedLines(status: GateStatus): string[] {
  const watches = [status.watch, ...status.suppliers.map(({ watch }) => watch)];
  const short = watches.find((watch) => watch !== null && watch.neededSeconds < watch.calendarSeconds);
  if (!short) return [];
  return wrap(
    `SHORTENED BUSINESS DAY: ${secondsInWords(short.neededSeconds)} ${status.rehearsal ? 'for this rehearsal' : 'by GATE_BUSINESS_DAY_SECONDS'}, ` +
      `instead of the ${secondsInWords(short.calendarSeconds)} of the tenant's calendar.`,
    COLUMNS,
  );
}

function signalHead(): string {
  return signalRow(['Verdict', 'Signal', 'Value', 'Target', 'Owner', 'Trend']).trimEnd();
}

function signalRow([
  verdict = '',
  title = '',
  value = '',
  target = '',
  owner = '',
  trend = '',
]: string[]): string {
  return [
    `${' '.repeat(INDENT)}${verdict.padEnd(12)}`,
    title.padEnd(14),
    value.padStart(9),
    target.padEnd(7),
    owner.padEnd(11),
    trend,
  ].join('  ');
}

function signalLines(one: GateStatus['signals'][number], colour: boolean): string[] {
  const bars = sparkline(
    one.trend.map(({ value }) => value),
    TREND_WIDTH,
  );
  const points = one.trend.slice(-TREND_WIDTH);
  const trend = bars
    .map((bar, index) => paint(bar, COLOURS[points[index]?.verdict ?? 'pass'], colour))
    .join('');
  const row = signalRow([one.verdict, one.title, one.valueText, one.target, one.owner]).trimEnd();
  const width = signalRow(['', '', '', '', '']).length;
  const painted = row.padEnd(width).replace(one.verdict, paint(one.verdict, COLOURS[one.verdict], colour));
  const lines = [`${painted}${trend}`.trimEnd(), ...wrap(one.reason, COLUMNS, DEEP)];
  if (one.since !== null) lines.push(`${DEEP}${one.verdict} since ${one.since}`);
  if (one.verdict !== 'pass' && one.whatToDo !== '') lines.push(...wrap(one.whatToDo, COLUMNS, DEEP));
  for (const { supplier, verdict, valueText, reason } of one.suppliers) {
    if (verdict !== 'miss') continue;
    lines.push(...wrap(`${supplier}: ${verdict}, ${valueText}: ${reason}`, COLUMNS, DEEP));
  }
  for (const { storefront, verdict, valueText, reason, counts } of one.storefronts) {
    // The reason of the worst is the signal's own.
    const more = counts ? '; counts, as the worst' : verdict === 'pass' ? '' : `: ${reason}`;
    lines.push(...wrap(`storefront ${storefront}: ${verdict}, ${valueText}${more}`, COLUMNS, DEEP));
  }
  return lines;
}

function watchInWords(watch: Watch): string {
  const { watchedSeconds, neededSeconds, complete, ended, workingNow, beganAt } = watch;
  const now = ended ? '; it ended with the launch' : workingNow ? '' : '; it is no working time now';
  return (
    `${complete ? 'complete: ' : ''}watched ${secondsInWords(watchedSeconds)} of ${secondsInWords(neededSeconds)} of working time ` +
    `with every signal green, since ${beganAt}${now}`
  );
}

function sweepInWords(sweep: GateStatus['lastSweep']): string {
  if (!sweep) return 'no sweep has asked for every item yet';
  const drift = Object.entries(sweep.drift).map(([kind, items]) => `${kind} ${items}`);
  const silent = sweep.unanswered > 0 ? `, ${sweep.unanswered} without an answer` : '';
  return (
    `last sweep at ${sweep.finishedAt}: ${sweep.asked} items asked for${silent}; ` +
    (drift.length > 0
      ? `shown otherwise than the ledger says: ${drift.join(', ')}; catalog-sync sweep show ${sweep.sweepId} lists them`
      : 'all are shown as the ledger says')
  );
}

function missingLines(
  heading: string,
  missing: GateStatus['toOpen'],
  title: (text: string) => string[],
): string[] {
  if (missing.length === 0) return [];
  return [
    ...title(heading),
    ...missing.flatMap(({ condition, detail }) => wrap(`${condition}: ${detail}`, COLUMNS, '  ', '    ')),
  ];
}
