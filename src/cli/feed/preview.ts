import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import type { Database } from '../../database/client.ts';
import { microsOf } from '../../domain/time.ts';
import { checkDefinition, faultInWords } from '../../feed/definition/read-definition.ts';
import { unknownFeed } from '../../feed/feed-refused.ts';
import { UnreadableFile } from '../../feed/file/unreadable-file.ts';
import type { Guess } from '../../feed/mapping/guess.ts';
import { guessFile } from '../../feed/preview/guess-file.ts';
import { previewFile, type Preview, type PreviewedFile } from '../../feed/preview/preview-file.ts';
import { readingDefinition } from '../../feed/store/definition-of.ts';
import { withContext } from '../context.ts';
import { CommandError, usageError } from '../errors.ts';
import { note, print, printJson } from '../output.ts';
import { previewInWords } from './preview-words.ts';

export interface PreviewOptions {
  tenant: string;
  feed?: string;
  supplier?: string;
}

/** What a guess is called until somebody names it. */
const UNNAMED = 'guessed';

/** `feed preview`: what a file would do, by a feed or by a guess; nothing is written. */
export async function runPreview(file: string, options: PreviewOptions, json: boolean): Promise<void> {
  if ((options.feed === undefined) === (options.supplier === undefined)) {
    throw usageError('Give --feed, or --supplier to have it guessed how the file is to be read.');
  }
  await withContext(async (context) => {
    const database = await context.database();
    const guess = options.supplier === undefined ? undefined : await guessed(file, options.supplier);
    if (guess && !json) sayGuess(guess);
    if (guess && guess.open.length > 0) {
      if (json) printJson({ guess: guess.document, open: guess.questions });
      process.exitCode = 1;
      return;
    }
    const previewed = guess
      ? await byGuess(file, { tenant: options.tenant, guess })
      : await byFeed(database, file, options.tenant, options.feed ?? '');
    const preview = await readable(() => previewFile(database, previewed));
    if (json) printJson({ ...(guess && { guess: guess.document }), ...preview });
    else print(previewInWords(preview));
  });
}

export async function guessed(file: string, supplier: string): Promise<Guess> {
  const named = { name: path.basename(file), feed: UNNAMED, supplier };
  return readable(() => guessFile(createReadStream(file), named));
}

/** The guess as a document, and what it leaves open. */
export function sayGuess({ document, questions }: Guess): void {
  note('By its look the file is read so:');
  note(stringify(document).trimEnd().replaceAll(/^/gm, '  '));
  if (questions.length === 0) return;
  note('What it does not say:');
  for (const { path: place, why, choices } of questions) {
    note(`  ${place}: ${why}${choices.length > 0 ? ` (${choices.join(' | ')})` : ''}`);
  }
  note('Write that into a document as above, and: catalog-sync feed set FILE.yaml --tenant TENANT');
}

/** @throws CommandError where the guess is no definition */
export async function byGuess(
  file: string,
  { tenant, guess }: { tenant: string; guess: Guess },
): Promise<PreviewedFile> {
  const checked = checkDefinition(guess.document);
  if (!checked.ok)
    throw new CommandError(`The guess is no feed: ${checked.faults.map(faultInWords).join('; ')}`);
  const { definition } = checked;
  return { ...(await fileOf(file)), tenant, supplier: definition.supplier, feed: undefined, definition };
}

async function byFeed(
  database: Database,
  file: string,
  tenant: string,
  feed: string,
): Promise<PreviewedFile> {
  const row = await database.feed.findUnique({ where: { tenantId_id: { tenantId: tenant, id: feed } } });
  if (!row) throw new CommandError(unknownFeed(tenant, feed).message);
  const definition = await readingDefinition(database, { tenant, feed, version: row.version });
  return { ...(await fileOf(file)), tenant, supplier: row.supplierId, feed, definition };
}

async function fileOf(
  file: string,
): Promise<Pick<PreviewedFile, 'chunks' | 'name' | 'writtenAt' | 'receivedAt'>> {
  return {
    chunks: createReadStream(file),
    name: path.basename(file),
    writtenAt: microsOf((await stat(file)).mtime),
    receivedAt: microsOf(new Date()),
  };
}

/** What cannot be read is told as it is. */
export async function readable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UnreadableFile) throw new CommandError(error.message);
    if (error instanceof Error && 'syscall' in error) {
      throw new CommandError(`The file cannot be read: ${error.message}`);
    }
    throw error;
  }
}

/** Whether the guards, or the file itself, would keep the figures back. */
export function isKeptBack({ guards, unreadable }: Preview): boolean {
  return guards.verdict === 'held' || unreadable !== undefined;
}
