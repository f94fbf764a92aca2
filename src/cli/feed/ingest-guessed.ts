import { createInterface } from 'node:readline/promises';
import { ingestByGuess, type GuessedCounts } from '../../feed/preview/ingest-by-guess.ts';
import { previewFile } from '../../feed/preview/preview-file.ts';
import { createProgressLine } from '../../process/progress-line.ts';
import { stopSignal } from '../../process/stop-signal.ts';
import { withContext } from '../context.ts';
import { CommandError, usageError } from '../errors.ts';
import { note, print, printJson } from '../output.ts';
import { byGuess, guessed, isKeptBack, readable, sayGuess } from './preview.ts';
import { previewInWords } from './preview-words.ts';

export interface GuessedOptions {
  tenant: string;
  supplier: string;
  yes: boolean;
}

/** `ingest FILE` of a file that is not of our own form: shows how it would be read and what it would do, and asks. */
export async function ingestGuessed(file: string, options: GuessedOptions, json: boolean): Promise<void> {
  const { tenant, supplier, yes } = options;
  const guess = await guessed(file, supplier);
  sayGuess(guess);
  if (guess.open.length > 0)
    throw new CommandError('What the file leaves open is not guessed; nothing was written.');
  await withContext(async (context) => {
    const database = await context.database();
    const preview = await readable(async () => previewFile(database, await byGuess(file, { tenant, guess })));
    note(previewInWords(preview));
    if (!yes && !(await agreed())) {
      note('Nothing was written.');
      return;
    }
    // Somebody who has to look has not looked yet.
    if (yes && isKeptBack(preview) && !process.stdin.isTTY) {
      throw new CommandError(
        'Nothing was written: it would be held, and nobody is asked. Make a feed of it: docs/feeds.md',
      );
    }
    const { signal } = stopSignal();
    const progress = createProgressLine();
    const onProgress = (counts: Readonly<GuessedCounts>): void =>
      progress.update(() => countsInWords(counts));
    const counts = await readable(async () =>
      ingestByGuess(database, await byGuess(file, { tenant, guess }), { onProgress, signal }),
    ).finally(() => progress.clear());
    if (json) printJson(counts);
    else print(countsInWords(counts));
    if (counts.refused > 0 || counts.conflict > 0) process.exitCode = 1;
  });
}

async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw usageError(
      'How the file is to be read was guessed. Add --yes to write it so, or name a feed with --feed.',
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question('Write it so? [y/N] ')).trim());
  } finally {
    terminal.close();
  }
}

function countsInWords({ rows, refused, accepted, duplicate, conflict }: Readonly<GuessedCounts>): string {
  return `${rows} rows: ${accepted} accepted, ${duplicate} duplicate, ${conflict} conflict, ${refused} refused`;
}
