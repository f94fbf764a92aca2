import { Tokenizer } from '@streamparser/json';
import type { BadRow, ReaderResult, ReadSettings, Row } from '../row.ts';
import type { TextFile } from '../text-file.ts';
import { UnreadableFile } from '../unreadable-file.ts';
import { jsonPath, NoJson, pointerOf, stepsOf } from './json-path.ts';
import { jsonRows, type JsonRows } from './json-rows.ts';
import { faultOf, primed } from './pending-rows.ts';

/** The elements of an array somewhere in a JSON text. @throws UnreadableFile, also from its rows */
export async function readJson(file: TextFile, how: ReadSettings): Promise<ReaderResult> {
  const steps = how.rows === undefined ? findRows(file) : stepsOf(how.rows);
  const reader = jsonRows(steps);
  const rows = await primed(read(file.text, reader));
  return { envelope: { ...reader.envelope }, found: { place: 'element', rows: pointerOf(steps) }, rows };
}

async function* read(text: AsyncIterable<string>, reader: JsonRows): AsyncGenerator<Row | BadRow> {
  for await (const chunk of text) {
    // What is before a fault was sent all the same.
    const fault = faultOf(() => reader.write(chunk));
    for (const row of reader.taken()) yield row;
    if (fault) throw inWords(reader, fault);
  }
  const fault = faultOf(() => reader.end());
  for (const row of reader.taken()) yield row;
  if (fault) throw inWords(reader, fault);
}

function inWords(reader: JsonRows, cause: Error): UnreadableFile {
  const where = reader.count() === 0 ? '' : ` behind its element ${reader.count()}`;
  const why = cause instanceof NoJson && cause.message !== '' ? `: ${cause.message}` : '';
  return new UnreadableFile(`The file is no whole JSON${where}${why}. Send it again, or as it should be.`, {
    cause,
  });
}

/**
 * The array with the most objects that is itself in no array; without one, the array or object that the whole file is.
 *
 * @throws UnreadableFile when its beginning has no such array
 */
function findRows({ sample, whole }: TextFile): string[] {
  const path = jsonPath();
  const objects = new Map<string, { steps: string[]; count: number }>();
  let isArray = false;
  const tokenizer = new Tokenizer();
  tokenizer.onToken = ({ token, value }) => {
    const inArray = path.levels.at(-1)?.isArray === true;
    const steps = path.levels.slice(0, -1).map(({ step }) => step);
    const event = path.take(token, value);
    if (event !== 'open') return;
    if (path.levels.length === 1) isArray = path.levels[0]?.isArray === true;
    if (!inArray || path.levels.at(-1)?.isArray || !steps.every((step) => typeof step === 'string')) return;
    const pointer = pointerOf(steps);
    objects.set(pointer, { steps, count: (objects.get(pointer)?.count ?? 0) + 1 });
  };
  try {
    tokenizer.write(sample);
  } catch {
    // What is wrong is said when it is read.
  }
  const [first, ...others] = objects.values();
  if (first) return others.reduce((most, one) => (one.count > most.count ? one : most), first).steps;
  if (isArray || whole) return [];
  throw new UnreadableFile('The beginning of the file has no array of objects: say where it is with rows.');
}
