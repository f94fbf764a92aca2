import type { Database } from '../../database/client.ts';
import type { Micros } from '../../domain/time.ts';
import { checkDefinition } from '../definition/read-definition.ts';
import type { DocumentFault } from '../definition/read-document.ts';
import { inOnePart } from '../file/in-one-part.ts';
import { UnreadableFile } from '../file/unreadable-file.ts';
import type { Question } from '../mapping/sample.ts';
import { guessFile } from './guess-file.ts';
import { previewFile, type Preview } from './preview-file.ts';

export interface Sample {
  tenant: string;
  supplier: string;
  name: string | undefined;
  bytes: Uint8Array;
  receivedAt: Micros;
  /** As somebody types it; undefined: it is guessed. */
  document: Record<string, unknown> | undefined;
}

export interface SamplePreview {
  /** What was read by: as it was given, or guessed. */
  document: unknown;
  /** Why the document is none yet. */
  faults: DocumentFault[];
  /** What the guess leaves open. */
  open: readonly Question[];
  preview: Preview | null;
  /** Why nothing of the sample can be read. */
  unreadable: string | null;
}

/** What a sample would become by a document that may not be one yet, or by a guess; nothing is written. */
export async function previewSample(database: Database, sample: Sample): Promise<SamplePreview> {
  const { tenant, supplier, name, receivedAt } = sample;
  const shown: SamplePreview = {
    document: sample.document,
    faults: [],
    open: [],
    preview: null,
    unreadable: null,
  };
  try {
    if (sample.document === undefined) {
      const guess = await guessFile(inOnePart(sample.bytes), { name, feed: 'guessed', supplier });
      shown.document = guess.document;
      shown.open = guess.questions;
      if (guess.open.length > 0) return shown;
    }
    const checked = checkDefinition(shown.document);
    if (!checked.ok) return { ...shown, faults: checked.faults };
    const { definition } = checked;
    const file = {
      chunks: inOnePart(sample.bytes),
      name,
      writtenAt: receivedAt,
      receivedAt,
      tenant,
      supplier,
    };
    shown.preview = await previewFile(database, { ...file, feed: undefined, definition });
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    shown.unreadable = error.message;
  }
  return shown;
}
