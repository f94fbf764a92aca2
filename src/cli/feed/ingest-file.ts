import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { printableLines } from '../../domain/safe-text.ts';
import { microsOf } from '../../domain/time.ts';
import type { Format } from '../../feed/file/row.ts';
import { ingestFile, type Ingested, type Proposal } from '../../feed/ingest/ingest-file.ts';
import {
  IngestStopped,
  type IngestCounts,
  type RefusedLine,
  type WarnedLine,
} from '../../feed/ingest/ingest-rows.ts';
import { createProgressLine, type ProgressLine } from '../../process/progress-line.ts';
import { exitCodeOf, stopSignal } from '../../process/stop-signal.ts';
import { withContext, type CliContext } from '../context.ts';
import { CommandError, usageError } from '../errors.ts';
import { note, print, printJson } from '../output.ts';
import { ofKnownSupplier } from './known-supplier.ts';
import { countsText, fateText, progressText } from './ingest-words.ts';
import { HELD } from './follow-run.ts';
import { readable, sayGuess } from './preview.ts';
import { isKeptBack, previewInWords } from './preview-words.ts';

export interface IngestFileOptions {
  tenant: string;
  supplier: string;
  format: Format | undefined;
  yes: boolean;
}

/** More would push what matters off the screen; `--json` prints all. */
const SHOWN_LINES = 20;

/** `ingest FILE --supplier S`: one of our own form is read as it is, of any other the guess is shown, and asked. */
export async function runIngestFile(file: string, options: IngestFileOptions, json: boolean): Promise<void> {
  await withContext((context) => ingest(context, file, options, json));
}

async function ingest(
  context: CliContext,
  file: string,
  { tenant, supplier, format, yes }: IngestFileOptions,
  json: boolean,
): Promise<void> {
  const database = await context.database();
  const foreseen = await ofKnownSupplier(database, { tenant, supplier });
  const progress = createProgressLine();
  const told = lineTeller(progress, json);
  const { signal } = stopSignal();
  const isStream = file === '-';
  const open = () => {
    const stream = isStream ? process.stdin : createReadStream(file);
    // A stdin that says nothing for long must not keep an interrupted command waiting.
    signal.addEventListener('abort', () => stream.destroy());
    return stream;
  };
  const begun = performance.now();
  const seconds = (): number => Math.round(performance.now() - begun) / 1000;
  try {
    const ingested = await readable(async () =>
      ingestFile(
        database,
        {
          ...{ tenant, supplier, format, isStream, open, fate: foreseen.fate },
          name: isStream ? undefined : path.basename(file),
          writtenAt: isStream ? undefined : microsOf((await stat(file)).mtime),
          receivedAt: microsOf(new Date()),
        },
        {
          ...{ signal, onRefused: told.refused, onWarned: told.warned },
          agrees: (proposal) => agrees(proposal, yes),
          onProgress: (now) => progress.update(() => progressText(now, seconds())),
        },
      ),
    );
    progress.clear();
    if (ingested.outcome !== 'written') return notWritten(ingested);
    told.rest();
    sayCounts(ingested.counts, { closed: foreseen.closed, seconds: seconds() }, json);
  } catch (error) {
    progress.clear();
    if (error instanceof IngestStopped) {
      note(
        `Stopped at line ${error.line}; what stands before it is in the ledger.\n` +
          'Send the whole file again to go on: events that are known count as duplicates.',
      );
    } else if (signal.aborted) note('Nothing was written.');
    if (!signal.aborted) throw error instanceof IngestStopped ? await causeOf(error) : error;
    process.exitCode = exitCodeOf(signal);
  }
}

async function causeOf({ cause }: IngestStopped): Promise<unknown> {
  return readable(() => Promise.reject(cause as Error)).catch((error: unknown) => error);
}

function sayCounts(
  counts: IngestCounts,
  { closed, seconds }: { closed: string | undefined; seconds: number },
  json: boolean,
): void {
  const held = counts.accepted > 0 ? closed : undefined;
  if (json) printJson({ ...counts, ...(held !== undefined && { held }), seconds });
  else {
    print(`${countsText(counts)} (${seconds} s)`);
    for (const line of fateText(counts, held)) note(line);
    if (counts.ignored) note(printableLines(`not read: ${counts.ignored.join(', ')}`));
  }
  if (counts.bad > 0 || counts.conflict > 0) process.exitCode = 1;
}

function notWritten(ingested: Exclude<Ingested, { outcome: 'written' }>): void {
  switch (ingested.outcome) {
    case 'left':
      return note('Nothing was written.');
    case 'stream':
      throw new CommandError(
        'What comes by stdin is not of our own form (columns sku, quantity, updatedAt), and cannot be looked at before it ' +
          'is read; nothing was written. Save it as a file, or name a feed with --feed.',
      );
    case 'open':
      sayGuess(ingested.guess);
      throw new CommandError('What the file leaves open is not guessed; nothing was written.');
  }
}

/** Shows a guess and what it would do; whether it is to be written so. */
async function agrees({ guess, preview }: Proposal, yes: boolean): Promise<boolean> {
  sayGuess(guess);
  note(previewInWords(preview));
  if (preview.unreadable !== undefined) {
    throw new CommandError('Part of the file cannot be read; nothing was written.');
  }
  if (yes && isKeptBack(preview)) {
    note(
      '--yes agrees to the guess, and not to what a guard would hold. Look at it, and run it without ' +
        '--yes on a terminal; or make a feed of it (docs/feeds.md), whose run can be approved.',
    );
    process.exitCode = HELD;
    return false;
  }
  if (yes) return true;
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw usageError(
      'How the file is to be read was guessed. Add --yes to write it so, or name a feed with --feed.',
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const question = isKeptBack(preview) ? 'Write it all the same? [y/N] ' : 'Write it so? [y/N] ';
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}

/** Tells of lines as they come: the first of them, or by `--json` all. */
function lineTeller(progress: ProgressLine, json: boolean) {
  const counts = { refused: 0, warned: 0 };
  const tell = (one: RefusedLine | WarnedLine, count: number, said: string): void => {
    if (json) return printJson(one);
    if (count > SHOWN_LINES) return;
    progress.clear();
    note(printableLines(`line ${one.line}: ${said}${one.reason}`));
  };
  const more = (count: number, what: string): void => {
    if (!json && count > SHOWN_LINES) note(`… and ${count - SHOWN_LINES} ${what}; --json prints all.`);
  };
  return {
    refused: (one: RefusedLine) => tell(one, (counts.refused += 1), ''),
    warned: (one: WarnedLine) => tell(one, (counts.warned += 1), 'warning: '),
    rest(): void {
      more(counts.refused, 'more lines were refused');
      more(counts.warned, 'more lines like these were taken');
    },
  };
}
