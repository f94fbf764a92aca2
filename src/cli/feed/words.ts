import { noticesInWords } from '../../domain/file-notices.ts';
import { printableLines } from '../../domain/safe-text.ts';
import type { RunStatus } from '../../feed/run/told-run.ts';

/** How far a run is. */
export function progressInWords({ state, rows, events }: RunStatus): string {
  if (state === 'recording') return `${rows.recorded} of ${rows.read} rows are in the ledger`;
  if (state === 'zeroing') return `${events.zeroed} figures are 0 now, for want of a row`;
  return state === 'reading' ? `${rows.read} rows read` : state;
}

/** What became of a run, and what to do. */
export function runInWords(run: RunStatus): string {
  return printableLines([headOf(run), ...linesOf(run)].join('\n'));
}

function headOf({ runId, state, file, feed }: RunStatus): string {
  const name = file.name === null ? 'the file' : file.name;
  switch (state) {
    case 'completed':
      return `${name}: run ${runId} completed`;
    case 'unchanged':
      return `run ${runId}: ${file.name === null ? 'there is no new file' : `${name} is the file of the last run`}; nothing to do`;
    case 'held':
      return `${name}: run ${runId} is held; nothing of it flows`;
    default:
      return `${name}: run ${runId} of ${feed} is ${state}`;
  }
}

function linesOf(run: RunStatus): string[] {
  const { state, rows, events, failure, reasons, runId, tenant } = run;
  if (state === 'unchanged') return [];
  if (state === 'failed') return [failure ?? 'nobody knows why'];
  const counts = `${rows.read} rows, ${rows.refused} refused${refusalsOf(run)}`;
  if (state === 'held') {
    return [
      counts,
      ...noticesInWords(run.notices),
      ...reasons.map(({ reason }) => `- ${reason}`),
      `If it is right: catalog-sync feed approve ${runId} --tenant ${tenant} --reason TEXT`,
      `If it is not:   catalog-sync feed refuse ${runId} --tenant ${tenant} --reason TEXT`,
    ];
  }
  const zeroed = events.zeroed > 0 ? `, ${events.zeroed} set to 0 because they are missing` : '';
  return [
    counts,
    `${events.accepted} accepted, ${events.duplicate} duplicate, ${events.conflict} conflict${zeroed}`,
    ...afterNewer(run),
    ...noticesInWords(run.notices),
  ];
}

/** Why it took nothing away, though it is a snapshot. */
export function afterNewer({ newerRun }: Pick<RunStatus, 'newerRun'>): string[] {
  return newerRun === null ? [] : [`zeroed nothing: run ${newerRun} has read a newer file before`];
}

function refusalsOf({ refusals }: RunStatus): string {
  const codes = Object.entries(refusals).toSorted(([, a], [, b]) => b - a);
  return codes.length === 0 ? '' : ` (${codes.map(([code, count]) => `${code} ${count}`).join(', ')})`;
}
