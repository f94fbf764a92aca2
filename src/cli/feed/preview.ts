import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import type { Database } from '../../database/client.ts';
import { microsOf } from '../../domain/time.ts';
import { unknownFeed } from '../../feed/feed-refused.ts';
import { UnreadableFile } from '../../feed/file/unreadable-file.ts';
import { lookAtFile } from '../../feed/ingest/look-at-file.ts';
import type { Guess } from '../../feed/mapping/guess.ts';
import { previewFile, type Preview, type PreviewedFile } from '../../feed/preview/preview-file.ts';
import { readingDefinition } from '../../feed/store/definition-of.ts';
import { withContext } from '../context.ts';
import { CommandError, usageError } from '../errors.ts';
import { note, print, printJson } from '../output.ts';
import { ofKnownSupplier } from './known-supplier.ts';
import { previewInWords } from './preview-words.ts';

export interface PreviewOptions {
  tenant: string;
  feed?: string;
  supplier?: string;
}

/** `feed preview`: what a file would do, by a feed or by a guess; nothing is written. */
export async function runPreview(file: string, options: PreviewOptions, json: boolean): Promise<void> {
  const { tenant, feed, supplier } = options;
  if ((feed === undefined) === (supplier === undefined)) {
    throw usageError('Give --feed, or --supplier to have it guessed how the file is to be read.');
  }
  await withContext(async (context) => {
    const database = await context.database();
    if (feed !== undefined) {
      const preview = await previewOf(database, await byFeed(database, file, tenant, feed));
      return json ? printJson(preview) : print(previewInWords(preview));
    }
    await ofKnownSupplier(database, { tenant, supplier: supplier ?? '' });
    const read = await fileOf(file);
    const look = await readable(() => lookAtFile(read.chunks, { name: read.name, supplier: supplier ?? '' }));
    await look.close();
    const { guess, isOwn, definition } = look;
    if (!json) sayGuess(guess);
    if (!definition) {
      if (json) printJson({ guess: guess.document, open: guess.questions });
      process.exitCode = 1;
      return;
    }
    const previewed = { ...read, tenant, supplier: guess.document.supplier, feed: undefined, definition };
    const preview = await previewOf(database, { ...previewed, chunks: createReadStream(file) });
    if (json) printJson({ guess: guess.document, ownForm: isOwn, ...preview });
    else print(previewInWords(preview, { isOwn }));
  });
}

async function previewOf(database: Database, file: PreviewedFile): Promise<Preview> {
  return readable(() => previewFile(database, file));
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
): Promise<Pick<PreviewedFile, 'chunks' | 'writtenAt' | 'receivedAt'> & { name: string }> {
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
