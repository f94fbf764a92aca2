import type { Database } from '../../database/client.ts';
import type { Micros } from '../../domain/time.ts';
import { checkDefinition, type ReadDefinition } from '../definition/read-definition.ts';
import type { DocumentFault } from '../definition/read-document.ts';
import { inOnePart } from '../file/in-one-part.ts';
import { UnreadableFile } from '../file/unreadable-file.ts';
import type { Question } from '../mapping/sample.ts';
import { hiddenPlaces } from '../store/kept-apart.ts';
import { guessFile } from './guess-file.ts';
import { previewFile, type Preview } from './preview-file.ts';
import { sampleRows, type SampleRows } from './sample-rows.ts';

export interface Sample {
  tenant: string;
  supplier: string;
  name: string | undefined;
  bytes: Uint8Array;
  /** When the file was written, where that is known. */
  writtenAt: Micros | undefined;
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
  /** Its first rows as they stand. */
  sample: SampleRows | null;
  preview: Preview | null;
  /** Why nothing of the sample can be read. */
  unreadable: string | null;
}

/** What a sample would become by a document that may not be one yet, or by a guess; nothing is written. */
export async function previewSample(database: Database, sample: Sample): Promise<SamplePreview> {
  const { tenant, supplier, name, writtenAt, receivedAt } = sample;
  const shown: SamplePreview = {
    document: sample.document,
    faults: [],
    open: [],
    sample: null,
    preview: null,
    unreadable: null,
  };
  try {
    if (sample.document === undefined) {
      const guess = await guessFile(inOnePart(sample.bytes), { name, feed: 'guessed', supplier });
      shown.document = guess.document;
      shown.open = guess.questions;
    }
    const checked = checkShown(shown.document);
    // What a guess leaves open is asked, and no fault of anybody.
    if (!checked.ok && sample.document !== undefined) shown.faults = checked.faults;
    shown.sample = await sampleRows(inOnePart(sample.bytes), { name, document: shown.document });
    if (shown.open.length > 0 || !checked.ok) return shown;
    const { definition } = checked;
    const file = {
      chunks: inOnePart(sample.bytes),
      name,
      writtenAt,
      receivedAt,
      tenant,
      supplier,
    };
    shown.preview = await previewFile(database, { ...file, feed: definition.feed, definition });
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    shown.unreadable = error.message;
  }
  return shown;
}

/** No source is asked here. A secret that stays as it was is no fault, though its sign may be none of its kind. */
function checkShown(document: unknown): ReadDefinition {
  const checked = checkDefinition(document);
  if (checked.ok) return checked;
  const hidden = hiddenPlaces(document);
  const faults = checked.faults.filter(({ path }) => !hidden.includes(path));
  if (faults.length > 0) return { ok: false, faults };
  return checkDefinition({ ...(document as object), source: { folder: { path: '.' } } });
}
